"""Rows of feedback: what clients say, and the kits and files by which they come to say it."""

from feedback.models.feedback import AnsweredRequest, CurrentFeedback, Feedback, LinkRevocation
from feedback.models.feedback_file import FeedbackFile
from feedback.models.kit import KitHandover, KitOpening
from feedback.models.reason import ClientReason, Reason, ReasonQuerySet
from feedback.models.reports import CountProgress, DailyLeads, DailyRoutings, ScheduledReport

__all__ = [
    "AnsweredRequest",
    "ClientReason",
    "CountProgress",
    "CurrentFeedback",
    "DailyLeads",
    "DailyRoutings",
    "Feedback",
    "FeedbackFile",
    "KitHandover",
    "KitOpening",
    "LinkRevocation",
    "Reason",
    "ReasonQuerySet",
    "ScheduledReport",
]
