"""Which routing a client means that names a lead by its phone, and which of those it names are its own."""

from collections.abc import Collection
from uuid import UUID

from distribution.models import Routing


def routings_by_phone(client_id: int, phones: Collection[str]) -> dict[str, list[UUID]]:
    """Give the client's routings of leads with these phones (normalised), by phone: index lead_phone."""
    found: dict[str, list[UUID]] = {}
    rows = Routing.objects.real().filter(client_id=client_id, lead__phone_normalized__in=list(phones))
    for phone, routing_id in rows.order_by().values_list("lead__phone_normalized", "pk"):
        found.setdefault(phone, []).append(routing_id)
    return found


def routings_of(client_id: int, ids: Collection[UUID], numbers: Collection[int]) -> tuple[set[UUID], set[int]]:
    """Give those of the ids and of the numbers that are routings of the client."""
    mine = Routing.objects.filter(client_id=client_id)
    return (
        set(mine.filter(pk__in=list(ids)).values_list("pk", flat=True)),
        set(mine.filter(number__in=list(numbers)).values_list("number", flat=True)),
    )
