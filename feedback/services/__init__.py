"""What can be done with feedback: the door other apps use."""

from feedback.rules.feedback_input import FeedbackInput
from feedback.rules.request_key import RequestKey
from feedback.services.amend import amend_feedback
from feedback.services.record import record_by_staff, record_feedback
from feedback.services.repetition import forget_answered_requests
from feedback.services.result import FeedbackResult, Recorded

__all__ = [
    "FeedbackInput",
    "FeedbackResult",
    "Recorded",
    "RequestKey",
    "amend_feedback",
    "forget_answered_requests",
    "record_by_staff",
    "record_feedback",
]
