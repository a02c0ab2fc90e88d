"""A client's routings as staff see them: each lead given, where its deliveries stand, what the client said."""

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from distribution.models import Delivery, Routing
from feedback.models import CurrentFeedback

PAGE_SIZE = 50


@dataclass(frozen=True, kw_only=True)
class RoutingRow:
    """One routing with what the screen shows of it."""

    routing: Routing
    deliveries: list[Delivery]
    current: CurrentFeedback | None


@dataclass(frozen=True, kw_only=True)
class RoutingPage:
    """One page, newest first; `before` asks for the next, None when there is none."""

    rows: list[RoutingRow]
    before: int | None


def routings_of(client: User) -> QuerySet[Routing]:
    """Give the leads that a client was given, newest first."""
    return Routing.objects.real().filter(client=client).order_by("-number")


def client_routings(chosen: QuerySet[Routing], *, before: int | None) -> RoutingPage:
    """Give the page of a client's routings whose number is below `before` (all when None); index `routing_client`, two
    queries.
    """
    found = chosen.select_related("lead__source", "current_feedback__feedback__reason").prefetch_related(
        Prefetch("deliveries", Delivery.objects.select_related("rule").order_by("created_at"))
    )
    if before is not None:
        found = found.filter(number__lt=before)
    routings = list(found[: PAGE_SIZE + 1])
    page = routings[:PAGE_SIZE]
    return RoutingPage(
        rows=[
            RoutingRow(
                routing=routing,
                deliveries=list(routing.deliveries.all()),
                current=getattr(routing, "current_feedback", None),
            )
            for routing in page
        ],
        before=page[-1].number if len(routings) > PAGE_SIZE else None,
    )


def routing_count(client: User) -> int:
    """Give how many leads the client was given."""
    return routings_of(client).count()
