"""Rows of feedback: what clients say, and the kits and files by which they come to say it."""

from feedback.models.feedback import AnsweredRequest, CurrentFeedback, Feedback, LinkRevocation
from feedback.models.feedback_file import FeedbackFile
from feedback.models.kit import KitHandover, KitOpening
from feedback.models.reason import ClientReason, Reason, ReasonQuerySet

__all__ = [
    "AnsweredRequest",
    "ClientReason",
    "CurrentFeedback",
    "Feedback",
    "FeedbackFile",
    "KitHandover",
    "KitOpening",
    "LinkRevocation",
    "Reason",
    "ReasonQuerySet",
]
