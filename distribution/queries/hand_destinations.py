"""Where staff can give a lead by hand."""

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from distribution.choices import TAKEN_BACK
from distribution.models import Delivery, Lead, Rule


@dataclass(frozen=True, kw_only=True)
class HandDestination:
    """A client, and its rules that would send the lead."""

    client: User
    rules: list[Rule]


def hand_destinations(lead: Lead) -> list[HandDestination]:
    """Give the clients and those of their active rules that have not sent this lead yet; two queries."""
    sent = Delivery.objects.filter(routing__lead=lead).exclude(outcome_code=TAKEN_BACK)
    unused = Rule.objects.active().exclude(pk__in=sent.values("rule")).order_by("id")
    return _destinations(unused)


def destinations_for_many() -> list[HandDestination]:
    """Give all clients with their active rules; two queries."""
    return _destinations(Rule.objects.active().order_by("id"))


def _destinations(rules: QuerySet[Rule]) -> list[HandDestination]:
    clients = User.objects.clients().filter(is_active=True).prefetch_related(Prefetch("rules", rules, to_attr="unused"))
    return [HandDestination(client=client, rules=client.unused) for client in clients]
