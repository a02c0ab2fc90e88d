"""The list of feedback reasons."""

from django.db.models import QuerySet

from feedback.models import Reason


def reasons_for_clients() -> QuerySet[Reason]:
    """Give the reasons that clients are asked to use, in their order."""
    return Reason.objects.active()
