"""Acting on many deliveries: choosing them, starting, cancelling; and the work itself, batch after batch.

Each batch is one transaction with its progress, and each delivery in it is moved by the same service as a single
one: what that refuses is counted with its reason and left as it is.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from procrastinate.contrib.django import app

from accounts.models import User
from distribution.choices import NEEDS_PERSON_STATES, DeliveryAct, DeliveryState, ImportState
from distribution.errors import DeliveryNotOpen, MoveNotOpen, TooManyDeliveries, TransmissionError
from distribution.models import Delivery, DeliveryMove
from distribution.services.transmission import cancel, send_again, send_again_by_current_rule

TASK = "distribution.move_deliveries"
BATCH = 100
MOST = 200_000
MOVABLE_STATES = (DeliveryState.WAITING, *NEEDS_PERSON_STATES)

_ACTS: dict[str, Callable[..., Delivery]] = {
    DeliveryAct.AGAIN: send_again,
    DeliveryAct.ANEW: send_again_by_current_rule,
    DeliveryAct.CANCEL: cancel,
}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which deliveries: in one of the `states`, of a rule or client when one is named, and there since `since` (when
    they ended; of waiting ones, when they were made) and before `until`.
    """

    states: Sequence[str] = (DeliveryState.HELD, DeliveryState.GAVE_UP)
    rule_id: int | None = None
    client_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def chosen(choice: Choice) -> QuerySet[Delivery]:
    """Give the deliveries meant; those that are on their way or taken are never among them."""
    states = [state for state in choice.states if state in MOVABLE_STATES]
    closed, waiting = Q(state__in=states), Q(state=DeliveryState.WAITING)
    for name, value in (("gte", choice.since), ("lt", choice.until)):
        if value is not None:
            closed &= Q(**{f"finished_at__{name}": value})
            waiting &= Q(**{f"created_at__{name}": value})
    found = Delivery.objects.filter(closed | waiting if DeliveryState.WAITING in states else closed)
    if choice.rule_id is not None:
        found = found.filter(rule_id=choice.rule_id)
    if choice.client_id is not None:
        found = found.filter(rule__client_id=choice.client_id)
    return found


def start(*, act: str, deliveries: QuerySet[Delivery], by: User | None, now: datetime) -> DeliveryMove:
    """List the deliveries and hand them to the worker; raises `TooManyDeliveries`."""
    ids = list(deliveries.order_by("id").values_list("id", flat=True)[: MOST + 1])
    if len(ids) > MOST:
        raise TooManyDeliveries
    with transaction.atomic():
        move = DeliveryMove.objects.create(act=act, delivery_ids=ids, total=len(ids), created_by=by, created_at=now)
        transaction.on_commit(lambda: app.configure_task(TASK).defer(move_id=move.pk))
        return move


def stop(*, move: DeliveryMove, now: datetime) -> None:
    """Stop after the batch under way; what was moved stays moved. Raises `MoveNotOpen` when it has ended."""
    changed = DeliveryMove.objects.filter(pk=move.pk, state__in=(ImportState.WAITING, ImportState.RUNNING)).update(
        state=ImportState.CANCELLED, finished_at=now
    )
    if not changed:
        raise MoveNotOpen


def run(move_id: int, *, now: Callable[[], datetime]) -> None:
    """Do the work that is left, until it ends or is stopped; safe to be called again at any time."""
    while _move_batch(move_id, now):
        pass


def fail(move_id: int, why: str, *, now: datetime) -> None:
    """Note that it cannot go on by itself."""
    DeliveryMove.objects.filter(pk=move_id, state__in=(ImportState.WAITING, ImportState.RUNNING)).update(
        state=ImportState.FAILED, failure=why[:300], finished_at=now
    )


def _move_batch(move_id: int, now: Callable[[], datetime]) -> bool:
    """Move the next ones; False when there is nothing more to do. Two workers at one move take turns."""
    with transaction.atomic():
        move = DeliveryMove.objects.select_for_update(no_key=True).defer("delivery_ids").filter(pk=move_id).first()
        if move is None or not move.is_running:
            return False
        ids = _next_ids(move)
        if ids:
            refusals = _move_each(ids, _ACTS[move.act])
            move.state, move.done = ImportState.RUNNING, move.done + len(ids)
            move.moved += len(ids) - sum(refusals.values())
            move.refusals = dict(Counter(move.refusals) + refusals)
        if move.done >= move.total or not ids:
            move.state, move.finished_at = ImportState.DONE, now()
        move.save(update_fields=["state", "done", "moved", "refusals", "finished_at"])
        return move.is_running


def _next_ids(move: DeliveryMove) -> list[UUID]:
    name = f"delivery_ids__{move.done}_{move.done + BATCH}"
    (ids,) = DeliveryMove.objects.filter(pk=move.pk).values_list(name, flat=True)
    return list(ids or [])


def _move_each(ids: Iterable[UUID], act: Callable[..., Delivery]) -> Counter[str]:
    refusals = Counter[str]()
    # Locked from here on: what a client's system takes meanwhile is never sent to it again.
    for delivery in Delivery.objects.select_for_update().filter(pk__in=list(ids)).order_by("id"):
        try:
            if not delivery.can_be_moved and delivery.state != DeliveryState.SENDING:
                raise DeliveryNotOpen
            act(delivery=delivery)
        except TransmissionError as error:
            refusals[error.code] += 1
    return refusals
