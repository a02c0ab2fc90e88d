"""What the dashboard shows of feedback."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from feedback.choices import ReasonKind
from feedback.models import CurrentFeedback, Feedback, Reason


@dataclass(frozen=True, kw_only=True)
class FeedbackToday:
    """How much feedback came, and how much of it was a sale."""

    count: int
    sales: int


@dataclass(frozen=True, kw_only=True)
class ReasonCount:
    """How often a reason was given."""

    reason: Reason
    count: int


def today(*, day_start: datetime) -> FeedbackToday:
    """Count the feedback since `day_start` (index feedback_by_time)."""
    counts = Feedback.objects.filter(received_at__gte=day_start).aggregate(
        count=Count("pk"), sales=Count("pk", filter=Q(reason__kind=ReasonKind.SALE))
    )
    return FeedbackToday(count=counts["count"], sales=counts["sales"])


def latest(*, limit: int) -> list[Feedback]:
    """Give the newest feedback with its reason, lead and client."""
    rows = Feedback.objects.select_related("reason", "routing__lead", "routing__client")
    return list(rows.order_by("-received_at", "-id")[:limit])


def current_by_routing(routing_ids: Iterable[UUID]) -> dict[UUID, Feedback]:
    """Give the current feedback of each routing that has one, with its reason."""
    rows = CurrentFeedback.objects.filter(routing_id__in=list(routing_ids)).select_related("feedback__reason")
    return {row.routing_id: row.feedback for row in rows}


def by_reason(*, since: datetime) -> list[ReasonCount]:
    """Count the feedback since a moment, reason by reason in their order; reasons nobody gave are left out."""
    counted = Feedback.objects.filter(received_at__gte=since).order_by().values_list("reason").annotate(Count("pk"))
    counts = dict(counted)
    return [ReasonCount(reason=reason, count=counts[reason.pk]) for reason in Reason.objects.filter(pk__in=counts)]
