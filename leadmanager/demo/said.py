"""What the demo's clients said about their leads: through the same service as every feedback, at its time."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from distribution.models import Routing
from feedback.choices import Door
from feedback.services import FeedbackInput, record_by_staff, record_feedback
from leadmanager.demo.agency import DemoClient
from leadmanager.demo.conversations import Remark, conversation

_SHARE_WITH_FEEDBACK = 0.8
_SHARE_BY_PHONE = 0.08


@dataclass(frozen=True, kw_only=True)
class Event:
    """One feedback, when it came, and whether a staff member wrote it down."""

    at: datetime
    routing: Routing
    remark: Remark
    by_phone: bool
    happened_at: datetime


def write_feedback(client: DemoClient, routings: Sequence[Routing], *, staff: User, now: datetime) -> int:
    """Record feedback on most of the routings that were delivered, at moments before `now`; give how many."""
    chance = random.Random(f"{client.plan.email} said")  # noqa: S311 - the same conversations on every machine
    events = [event for routing in routings for event in _events(routing, chance) if event.at < now]
    for event in sorted(events, key=lambda event: event.at):
        _record(client, event, staff)
    return len(events)


def _events(routing: Routing, chance: random.Random) -> list[Event]:
    if routing.delivered_at is None or chance.random() > _SHARE_WITH_FEEDBACK:
        return []
    events = []
    at = routing.delivered_at
    for remark in conversation(chance):
        at += timedelta(minutes=chance.uniform(*remark.after_minutes))
        events.append(
            Event(
                at=at,
                routing=routing,
                remark=remark,
                by_phone=chance.random() < _SHARE_BY_PHONE,
                happened_at=(at - timedelta(minutes=chance.uniform(0, 5))).replace(microsecond=0),
            )
        )
    return events


def _record(client: DemoClient, event: Event, staff: User) -> None:
    remark = event.remark
    said = FeedbackInput(
        routing_id=event.routing.pk,
        reason_id=remark.reason_id,
        comment=remark.comment,
        amount=Decimal(remark.amount) if remark.amount else None,
        occurred_at=event.happened_at,
        client_reference="" if event.by_phone else f"{event.routing.number}-{event.at:%d%H%M}",
    )
    if event.by_phone:
        record_by_staff(routing=event.routing, author=staff, said=said, now=event.at).unwrap()
        return
    door = Door.REST if client.plan.speaks_rest else Door.ODATA
    (result,) = record_feedback(
        client_id=client.user.pk, items=[said], door=door, api_key_id=client.key.pk, now=event.at
    )
    result.unwrap()
