"""What can be done with feedback: the door other apps use."""

from feedback.rules.feedback_input import FeedbackInput
from feedback.services.amend import amend_feedback
from feedback.services.record import FeedbackResult, Recorded, record_by_staff, record_feedback

__all__ = ["FeedbackInput", "FeedbackResult", "Recorded", "amend_feedback", "record_by_staff", "record_feedback"]
