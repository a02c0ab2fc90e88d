"""Two weeks of leads that the demo's clients were sent already: every routing with its delivery and attempts."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import uuid_utils.compat
from django.conf import settings
from django.db import connection

from distribution.choices import AttemptKind, DeliveryState, Origin
from distribution.engine.credentials import read_credentials
from distribution.models import Attempt, Delivery, Exchange, FrozenRequest, Lead, Routing
from distribution.rules import phones
from distribution.rules.answers import excerpt
from distribution.rules.outcome import judge
from distribution.rules.redaction import redact_headers
from distribution.rules.rendering import RenderedRequest, render
from distribution.rules.values import Subject
from leadmanager.demo.agency import DemoClient
from leadmanager.demo.answers import BUSY, Answer, locked_out, refused, taken
from leadmanager.demo.people import make_person

DAYS = 14
EXTERNAL_ID = "demo-"
# What became of a client's leads; the mix is the same for each, the order is not.
OUTCOMES = ("taken",) * 50 + ("taken at last",) * 6 + ("refused",) * 4 + ("locked out",) * 2 + ("never reached",) * 2
_OPENING_HOURS = (8, 22)


@dataclass(frozen=True, kw_only=True)
class Story:
    """One lead's way to one client: which answers its attempts got, and when the first one began."""

    client: DemoClient
    came_at: datetime
    answers: tuple[Answer, ...]
    durations_ms: tuple[int, ...]


@dataclass(kw_only=True)
class Rows:
    """What is written for a client, table by table."""

    deliveries: list[Delivery]
    frozen: list[FrozenRequest]
    attempts: list[Attempt]
    exchanges: list[Exchange]


def routings_of(client: DemoClient) -> list[Routing]:
    """Give the routings that the demo made for a client, oldest first; none before `write_history`."""
    made = Routing.objects.filter(client=client.user, lead__external_id__startswith=EXTERNAL_ID)
    return list(made.order_by("number"))


def write_history(clients: Sequence[DemoClient], *, now: datetime) -> None:
    """Write the leads that came for these clients in the `DAYS` before `now`, and what became of each."""
    # The same people on every machine; one source of chance per client, so that clients do not disturb each other.
    chances = {client.user.pk: random.Random(client.plan.email) for client in clients}  # noqa: S311
    stories = [story for client in clients for story in _stories(client, chances[client.user.pk], now)]
    stories.sort(key=lambda story: story.came_at)  # so that ids and numbers grow with time
    leads = Lead.objects.bulk_create(
        _lead(story, number, chances[story.client.user.pk]) for number, story in enumerate(stories, start=1)
    )
    routings = Routing.objects.bulk_create(_routing(lead, story) for lead, story in zip(leads, stories, strict=True))
    numbers = dict(Routing.objects.filter(pk__in=[routing.pk for routing in routings]).values_list("pk", "number"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT distribution_make_partitions(%s, 2)", [(now - timedelta(days=DAYS)).date()])
    rows = Rows(deliveries=[], frozen=[], attempts=[], exchanges=[])
    for lead, routing, story in zip(leads, routings, stories, strict=True):
        _deliver(rows, story, routing, _subject(story, lead, routing.pk, numbers[routing.pk]))
    Delivery.objects.bulk_create(rows.deliveries)
    FrozenRequest.objects.bulk_create(rows.frozen)
    Attempt.objects.bulk_create(rows.attempts)
    Exchange.objects.bulk_create(rows.exchanges)
    Routing.objects.bulk_update(routings, ["delivered_at", "version", "client_reference"])


def _stories(client: DemoClient, chance: random.Random, now: datetime) -> list[Story]:
    name = client.plan.name
    outcomes = list(OUTCOMES)
    chance.shuffle(outcomes)
    stories = []
    for outcome in outcomes:
        answers: dict[str, tuple[Answer, ...]] = {
            "taken": (taken(name, chance),),
            "taken at last": (BUSY, taken(name, chance)),
            "refused": (refused(name, chance),),
            "locked out": (locked_out(name),),
            "never reached": (BUSY,) * (len(settings.TRANSMIT_BACKOFF_S) + 1),
        }
        # Giving up takes days: such a lead came early enough for all of its attempts.
        days = chance.uniform(DAYS - 4, DAYS) if outcome == "never reached" else chance.uniform(0, DAYS)
        stories.append(
            Story(
                client=client,
                came_at=_opening_hours(now - timedelta(days=days), chance, now),
                answers=answers[outcome],
                durations_ms=tuple(chance.randrange(60, 900) for _answer in answers[outcome]),
            )
        )
    return stories


def _opening_hours(at: datetime, chance: random.Random, now: datetime) -> datetime:
    """Move a moment into the hours in which people fill in forms, unless that would be in the future."""
    first, last = _OPENING_HOURS
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    moved = local if first <= local.hour < last else local.replace(hour=chance.randrange(first, last))
    return moved if moved < now - timedelta(minutes=20) else min(local, now - timedelta(minutes=20))


def _lead(story: Story, number: int, chance: random.Random) -> Lead:
    plan = story.client.plan
    person = make_person(chance, question=plan.question)
    return Lead(
        source=story.client.source,
        external_id=f"{EXTERNAL_ID}{number:03d}",
        origin=Origin.API,
        name=person.name,
        phone=person.phone,
        phone_normalized=phones.normalize(person.phone),
        email=person.email,
        city=person.city,
        notes=person.notes,
        consent=person.consent,
        data=person.data,
        submitted_at=story.came_at - timedelta(seconds=chance.randrange(1, 20)),
        received_at=story.came_at,
    )


def _routing(lead: Lead, story: Story) -> Routing:
    return Routing(
        id=_id_at(story.came_at),
        lead=lead,
        client=story.client.user,
        created_at=story.came_at,
        visible_at=story.came_at + timedelta(milliseconds=40),
    )


def _subject(story: Story, lead: Lead, routing_id: UUID, number: int) -> Subject:
    client = story.client
    return Subject(
        routing_id=routing_id,
        routing_number=number,
        client_name=client.user.name,
        time_zone=client.user.time_zone,
        lead_id=lead.pk,
        name=lead.name,
        phone=lead.phone,
        phone_normalized=lead.phone_normalized,
        email=lead.email,
        city=lead.city,
        notes=lead.notes,
        consent=lead.consent,
        submitted_at=lead.submitted_at,
        received_at=lead.received_at,
        source_name=client.source.name,
        data=lead.data,
    )


def _deliver(rows: Rows, story: Story, routing: Routing, subject: Subject) -> None:
    """Write a delivery with one attempt for each answer, judged as the transmit loop judges them."""
    delivery_id, version = _id_at(routing.created_at), story.client.version
    request = render(story.client.request_plan, subject, idempotency_key=str(delivery_id))
    credentials = read_credentials(version.auth_kind, version.auth_username, version.auth_secret)
    headers = redact_headers([*request.headers, *credentials.headers], credentials.secrets)
    begins = routing.created_at + timedelta(milliseconds=40)
    for made, (answer, duration_ms) in enumerate(zip(story.answers, story.durations_ms, strict=True), start=1):
        ends = begins + timedelta(milliseconds=duration_ms)
        understood = story.client.understand(answer)
        verdict = judge(
            status=answer.status,
            error_code="",
            attempts_made=made,
            backoff_s=settings.TRANSMIT_BACKOFF_S,
            jitter=0.5,
            understood=understood.reading,
        )
        said = understood.reason or excerpt(answer.status, answer.headers, answer.body)
        routing.client_reference = understood.reference
        attempt = Attempt(
            id=_id_at(begins),
            started_at=begins,
            kind=AttemptKind.DELIVERY,
            delivery_id=delivery_id,
            routing=routing,
            version=version,
            finished_at=ends,
            outcome=verdict.outcome,
            status_code=answer.status,
            detail=said,
            duration_ms=duration_ms,
        )
        rows.attempts.append(attempt)
        rows.exchanges.append(_exchange(attempt, request, headers, answer))
        begins = ends + timedelta(seconds=verdict.delay_s or 0)
    delivery = Delivery(
        id=delivery_id,
        routing=routing,
        rule=story.client.rule,
        state=verdict.state,
        due_at=ends,
        attempt_count=len(story.answers),
        outcome_code=verdict.code,
        outcome_detail=said,
        created_at=routing.created_at,
        finished_at=ends,
    )
    rows.deliveries.append(delivery)
    rows.frozen.append(
        FrozenRequest(
            delivery=delivery,
            version=version,
            method=request.method,
            url=request.url,
            headers=[list(header) for header in request.headers],
            body=request.body,
        )
    )
    if verdict.state == DeliveryState.ACCEPTED:
        routing.delivered_at, routing.version = ends, 2


def _exchange(attempt: Attempt, request: RenderedRequest, headers: list[list[str]], answer: Answer) -> Exchange:
    return Exchange(
        attempt_id=attempt.pk,
        started_at=attempt.started_at,
        request_method=request.method,
        request_url=request.url,
        request_headers=headers,
        request_body=request.body,
        response_headers=[list(header) for header in answer.headers],
        response_body=answer.body,
    )


def _id_at(at: datetime) -> UUID:
    """Make the UUIDv7 that this moment would have made."""
    return uuid_utils.compat.uuid7(nanoseconds=int(at.timestamp() * 1_000_000) * 1_000)
