"""What a client's own key sees, at every door."""

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet

from distribution.models import Routing
from feedback.models import Feedback


def routings_of_client(client_id: int) -> QuerySet[Routing]:
    """Give the client's routings from their first attempt on, each with its lead and current feedback."""
    return Routing.objects.visible_to(client_id).select_related("lead__source", "current_feedback__feedback")


def feedback_of_client(client_id: int) -> QuerySet[Feedback]:
    """Give all feedback on the routings that the client sees; `is_current` says which one counts."""
    return (
        Feedback.objects.filter(routing__client_id=client_id, routing__visible_at__isnull=False)
        .select_related("routing")
        .annotate(
            is_current=ExpressionWrapper(Q(routing__current_feedback__feedback_id=F("id")), output_field=BooleanField())
        )
    )
