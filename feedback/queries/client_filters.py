"""Narrowing a client's routings and feedback as staff ask for it on the client's page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Count, Model, Q, QuerySet

from distribution.models import Lead, Routing
from distribution.queries import search_leads
from feedback.choices import RoutingOutcome
from feedback.models import Feedback, Reason
from feedback.queries.routing_list import ANSWERED, with_outcome

Row = TypeVar("Row", bound=Model)
ANY, NONE = "any", "none"


@dataclass(frozen=True, kw_only=True)
class ClientFilter:
    """What is asked for; nothing means everything.

    `said` is `ANY`, `NONE` or a reason's number; `since` and `until` bound the time (from, before); `term` is what
    staff know of a person.
    """

    outcome: RoutingOutcome | None = None
    said: str = ""
    since: datetime | None = None
    until: datetime | None = None
    term: str = ""


def narrow_routings(routings: QuerySet[Routing], chosen: ClientFilter) -> QuerySet[Routing]:
    """Give the routings that are asked for, by when they were made."""
    if chosen.outcome is not None:
        routings = with_outcome(routings, chosen.outcome)
    if chosen.said == ANY:
        routings = routings.filter(ANSWERED)
    elif chosen.said == NONE:
        routings = routings.exclude(ANSWERED)
    elif chosen.said:
        routings = routings.filter(current_feedback__feedback__reason=int(chosen.said))
    return _of_person(_between(routings, "created_at", chosen), "lead", chosen.term)


def narrow_feedback(feedback: QuerySet[Feedback], chosen: ClientFilter) -> QuerySet[Feedback]:
    """Give the feedback that is asked for, by when it was received."""
    if chosen.said:
        feedback = feedback.filter(reason=int(chosen.said))
    return _of_person(_between(feedback, "received_at", chosen), "routing__lead", chosen.term)


def counts_by_reason(feedback: QuerySet[Feedback]) -> list[tuple[Reason, int]]:
    """Give how often each reason is what counts now among some feedback, the most frequent first; two queries."""
    current = feedback.filter(Q(is_current=True)).order_by().values("reason").annotate(count=Count("pk"))
    counts: dict[int, int] = dict(current.values_list("reason", "count"))
    reasons = Reason.objects.in_bulk(list(counts))
    return [(reasons[pk], counts[pk]) for pk in sorted(counts, key=lambda pk: (-counts[pk], pk))]


def _between(rows: QuerySet[Row], field: str, chosen: ClientFilter) -> QuerySet[Row]:
    bounds: dict[str, Any] = {f"{field}__gte": chosen.since, f"{field}__lt": chosen.until}
    return rows.filter(**{name: value for name, value in bounds.items() if value is not None})


def _of_person(rows: QuerySet[Row], path: str, term: str) -> QuerySet[Row]:
    return rows.filter(**{f"{path}__in": search_leads(Lead.objects.order_by(), term).values("pk")}) if term else rows
