"""Where staff can give a lead by hand."""

from dataclasses import dataclass

from django.db.models import Prefetch

from accounts.models import User
from distribution.models import Lead, Rule


@dataclass(frozen=True, kw_only=True)
class HandDestination:
    """A client, and its rules that would send the lead."""

    client: User
    rules: list[Rule]


def hand_destinations(lead: Lead) -> list[HandDestination]:
    """Give the clients and those of their active rules that have not sent this lead yet; two queries."""
    unused = Rule.objects.active().exclude(deliveries__routing__lead=lead).order_by("id")
    clients = (
        User.objects.clients().filter(is_active=True).prefetch_related(Prefetch("rules", unused, to_attr="unused"))
    )
    return [HandDestination(client=client, rules=client.unused) for client in clients]
