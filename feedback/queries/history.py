"""What staff see of the feedback of a client or of a lead."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet

from accounts.models import User
from feedback.models import Feedback


def feedback_of_client_for_staff(client: User) -> QuerySet[Feedback]:
    """Give everything a client ever said, newest first, its test routing's included."""
    return _with_context().filter(routing__client=client)


def feedback_of_routings(routing_ids: Sequence[UUID]) -> QuerySet[Feedback]:
    """Give everything that was said about these routings, newest first."""
    return _with_context().filter(routing__in=routing_ids)


def _with_context() -> QuerySet[Feedback]:
    is_current = ExpressionWrapper(Q(routing__current_feedback__feedback_id=F("id")), output_field=BooleanField())
    return (
        Feedback.objects.select_related("reason", "routing__lead", "routing__client", "author")
        .annotate(is_current=is_current)
        .order_by("-received_at", "-id")
    )
