"""The feedback app: what became of the leads."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeedbackConfig(AppConfig):
    """Reasons, feedback, and the API OData that clients' systems call."""

    name = "feedback"
    verbose_name = _("Feedback")

    def ready(self) -> None:
        """Add what feedback watches, and what it adds to the values that rules send."""
        from feedback import values  # noqa: F401
        from feedback.queries import silence  # noqa: F401
