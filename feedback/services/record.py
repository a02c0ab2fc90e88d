"""Recording what clients say: one function behind API OData, REST and staff."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from distribution.models import Routing
from distribution.models.routing import new_id
from feedback.choices import Door
from feedback.engine.append import UNDECIDED, Entry, Origin, Status, Written, append
from feedback.errors import CommentRequired, FeedbackError, ReasonUnknown, RoutingNotFound
from feedback.rules.feedback_input import FeedbackInput, checked, digest
from feedback.rules.request_key import RequestKey
from feedback.services.repetition import answer_once
from feedback.services.result import FeedbackResult, Recorded

_ERRORS: dict[Status, type[FeedbackError]] = {
    Status.ROUTING_NOT_FOUND: RoutingNotFound,
    Status.REASON_UNKNOWN: ReasonUnknown,
    Status.COMMENT_REQUIRED: CommentRequired,
}


def record_feedback(
    *,
    client_id: int,
    items: Sequence[FeedbackInput],
    door: Door,
    api_key_id: int | None = None,
    now: datetime,
    request: RequestKey | None = None,
) -> list[FeedbackResult]:
    """Record what a client says about its routings; give an answer per item, in their order.

    Items are independent: one that is refused keeps no other from being recorded. Items about the same routing
    apply in their order. The current feedback of a routing is the one with the newest `occurred_at` (one in the
    future counts as `now`), else the one that arrived last; an older one only joins the history. An equal item
    is one effect: with `occurred_at` for ever, without it when the current one is equal and less than a day old.
    An inactive reason is accepted and marked. Another client's routing, an unknown one and one that the client
    does not see yet all give the same `RoutingNotFound`.

    With `request`, the items that came under one key are answered once and then again; raises what `answer_once`
    raises.
    """
    origin = Origin(
        client_id=client_id,
        door=door,
        api_key_id=api_key_id,
        author_id=None,
        now=now,
        sees_waiting=False,
    )
    if request is None:
        return _record(items, origin)
    return answer_once(client_id=client_id, request=request, now=now, effect=lambda: _record(items, origin))


def record_by_staff(*, routing: Routing, author: User, said: FeedbackInput, now: datetime) -> FeedbackResult:
    """Record what a client told a staff member about a routing; the author is kept.

    `said` need not name the routing. Order, duplicates and refusals are as for `record_feedback`, but the
    routing may be one that the client's system has not been sent yet.
    """
    origin = Origin(
        client_id=routing.client_id,
        door=Door.STAFF,
        api_key_id=None,
        author_id=author.pk,
        now=now,
        sees_waiting=True,
    )
    named = FeedbackInput(
        routing_id=routing.pk,
        reason_id=said.reason_id,
        comment=said.comment,
        amount=said.amount,
        occurred_at=said.occurred_at,
        client_reference=said.client_reference,
    )
    return _record([named], origin)[0]


def record_from_file(
    *, client: User, author: User | None, items: Sequence[FeedbackInput], now: datetime
) -> list[FeedbackResult]:
    """Record what stands in a client's file that staff uploaded; a result per item, in their order.

    Order, duplicates and refusals are as for `record_feedback`; a routing may be one that the client's system has
    not been sent yet, as for `record_by_staff`.
    """
    origin = Origin(
        client_id=client.pk,
        door=Door.FILE,
        api_key_id=None,
        author_id=None if author is None else author.pk,
        now=now,
        sees_waiting=True,
    )
    return _record(items, origin)


def _record(items: Sequence[FeedbackInput], origin: Origin) -> list[FeedbackResult]:
    results: dict[int, FeedbackResult] = {}
    entries: list[Entry] = []
    for position, item in enumerate(items):
        try:
            said = checked(item)
        except FeedbackError as error:
            results[position] = FeedbackResult(error=error)
        else:
            known_by = None if said.occurred_at is None else digest(said)
            entries.append(Entry(position=position, id=new_id(), said=said, digest=known_by))
    for entry, written in _write(entries, origin):
        results[entry.position] = result_of(entry.said, written)
    return [results[position] for position in range(len(items))]


def _write(entries: Sequence[Entry], origin: Origin) -> Iterable[tuple[Entry, Written]]:
    """Append the entries in rounds that name each routing once, until every entry is decided."""
    rounds = _rounds(entries)
    if not rounds:
        return []
    if len(rounds) == 1:
        # Nearly always: one statement, which is a transaction of its own.
        decided, undecided = _append(rounds[0], origin)
        if not undecided:
            return decided
        rounds = [undecided]
    else:
        decided = []
    with transaction.atomic():
        waiting: list[Entry] = []
        while rounds or waiting:
            batch = sorted([*waiting, *(rounds.pop(0) if rounds else [])], key=lambda entry: entry.position)
            newly, waiting = _append(batch, origin)
            decided += newly
    return decided


def _append(entries: Sequence[Entry], origin: Origin) -> tuple[list[tuple[Entry, Written]], list[Entry]]:
    by_position = {entry.position: entry for entry in entries}
    written = append(entries, origin=origin)
    decided = [(by_position[one.position], one) for one in written if one.status not in UNDECIDED]
    return decided, [by_position[one.position] for one in written if one.status in UNDECIDED]


def _rounds(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Split the entries so that none of the parts names a routing twice, in the order they came."""
    rounds: list[list[Entry]] = []
    seen: dict[uuid.UUID | int | None, int] = {}
    for entry in entries:
        name = entry.said.routing_id or entry.said.routing_number
        turn = seen.get(name, 0)
        seen[name] = turn + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(entry)
    return rounds


def result_of(said: FeedbackInput, written: Written) -> FeedbackResult:
    """Give the answer to an entry that the engine has decided."""
    if written.status in _ERRORS:
        return FeedbackResult(error=_ERRORS[written.status]())
    recorded = Recorded(
        id=written.feedback_id,  # type: ignore[arg-type]
        routing_id=written.routing_id,  # type: ignore[arg-type]
        routing_number=written.routing_number,  # type: ignore[arg-type]
        reason_id=said.reason_id,  # type: ignore[arg-type]
        comment=said.comment,
        amount=said.amount,
        occurred_at=said.occurred_at,
        client_reference=said.client_reference,
        received_at=written.received_at,  # type: ignore[arg-type]
        is_current=written.is_current,
        is_reason_inactive=written.is_reason_inactive,
    )
    return FeedbackResult(recorded=recorded, is_duplicate=written.status == Status.DUPLICATE)
