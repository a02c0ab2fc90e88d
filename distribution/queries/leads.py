"""Leads as screens show them: found by what staff know of a person, and one lead with all that became of it."""

import re
import uuid
from dataclasses import dataclass, field

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from distribution.models import Attempt, Delivery, Exchange, Lead, Routing
from distribution.models.lead import NAME_WORDS
from distribution.queries.transmission import AttemptWithExchange
from distribution.rules import phones

_PHONE_LIKE = re.compile(r"[\d\s()*+.-]+")
_SHORTEST_PREFIX = 3
_LARGEST_NUMBER = 2_147_483_647


def search_leads(leads: QuerySet[Lead], term: str) -> QuerySet[Lead]:
    """Give the leads that a staff member means: by phone or its beginning, e-mail or its beginning, routing ID or
    number, the id at the source, or the beginnings of words of the name. Each by an index.
    """
    term = " ".join(term.replace("\x00", "").split())
    if not term:
        return leads
    if (routing_id := _uuid(term)) is not None:
        return leads.filter(routings__id=routing_id)
    if "@" in term:
        return leads.annotate(lower_email=Lower("email")).filter(lower_email__startswith=term.lower())
    if _PHONE_LIKE.fullmatch(term):
        return leads.filter(_by_number(term))
    words = re.findall(r"\w+", term)
    if not words:
        return leads.none()
    query = SearchQuery(" & ".join(f"{word}:*" for word in words), search_type="raw", config="simple")
    return leads.annotate(name_words=NAME_WORDS).filter(name_words=query)


def _by_number(term: str) -> Q:
    """A phone, the beginning of one, or a routing number."""
    found = Q(phone_normalized=phones.normalize(term)) if phones.normalize(term) else Q(pk__in=[])
    digits = re.sub(r"\D", "", term)
    if len(digits) >= _SHORTEST_PREFIX:
        is_star = term.startswith("*")
        beginnings = {f"*{digits}"} if is_star else {f"+{digits}", f"+{phones.HOME_CODE}{digits.removeprefix('0')}"}
        for beginning in beginnings:
            found |= Q(phone_normalized__startswith=beginning)
    if digits == term and int(digits) <= _LARGEST_NUMBER:
        # Asked for by itself: as part of one condition it would keep PostgreSQL from using the phones' index.
        found |= Q(pk__in=list(Routing.objects.filter(number=int(digits)).values_list("lead_id", flat=True)))
    return found


def _uuid(term: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(term)
    except ValueError:
        return None


@dataclass(kw_only=True)
class DeliveryStory:
    """One delivery of a routing with its attempts, oldest first."""

    delivery: Delivery
    attempts: list[AttemptWithExchange] = field(default_factory=list)


@dataclass(kw_only=True)
class RoutingStory:
    """One routing of a lead with its deliveries, oldest first."""

    routing: Routing
    deliveries: list[DeliveryStory] = field(default_factory=list)


def lead_story(lead: Lead) -> list[RoutingStory]:
    """Give what became of a lead at each client, newest routing first; four queries, however much that is."""
    routings = (
        Routing.objects.filter(lead=lead).select_related("client", "created_by", "withdrawn_by").order_by("-number")
    )
    stories = {routing.id: RoutingStory(routing=routing) for routing in routings}
    deliveries: dict[uuid.UUID, DeliveryStory] = {}
    for delivery in Delivery.objects.filter(routing__in=stories).select_related("rule").order_by("created_at", "id"):
        story = deliveries[delivery.id] = DeliveryStory(delivery=delivery)
        stories[delivery.routing_id].deliveries.append(story)
    attempts = list(
        Attempt.objects.deliveries()
        .filter(delivery_id__in=deliveries)
        .select_related("version")
        .order_by("started_at", "id")
    )
    exchanges = {
        exchange.attempt_id: exchange
        for exchange in Exchange.objects.filter(
            attempt_id__in=[attempt.id for attempt in attempts],
            started_at__in=[attempt.started_at for attempt in attempts],
        )
    }
    for attempt in attempts:
        if attempt.delivery_id is not None:
            deliveries[attempt.delivery_id].attempts.append(
                AttemptWithExchange(attempt=attempt, exchange=exchanges.get(attempt.id))
            )
    return list(stories.values())
