"""Changing part of what was said last: what PATCH means for something that is only added to."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from distribution.models import Routing
from distribution.models.routing import new_id
from feedback.choices import Door
from feedback.engine.append import Entry, Origin, Status, append
from feedback.errors import FeedbackError, RoutingNotFound
from feedback.models import CurrentFeedback
from feedback.rules.feedback_input import FeedbackInput, checked
from feedback.rules.request_key import RequestKey
from feedback.services.record import result_of
from feedback.services.repetition import answer_once
from feedback.services.result import FeedbackResult, recorded_of

AMENDABLE = ("reason_id", "comment", "amount", "occurred_at")


def amend_feedback(
    *,
    client_id: int,
    routing_id: uuid.UUID | None = None,
    routing_number: int | None = None,
    changes: Mapping[str, Any],
    door: Door,
    api_key_id: int | None = None,
    now: datetime,
    request: RequestKey | None = None,
    check: Callable[[], None] = lambda: None,
) -> FeedbackResult:
    """Record a feedback that differs from the routing's current one in `changes` (keys of `AMENDABLE`).

    What is not named keeps its value. When nothing changes, nothing is recorded and the current feedback is the
    answer. The routing's current feedback is locked meanwhile. Errors are as for `record_feedback`, among them
    `ReasonMissing` when there is no feedback yet and no reason is given.

    With `request`, a change that came under a key is made once and then answered again; raises what `answer_once`
    raises. `check` is called in the transaction before anything is changed, but not for a request that is answered
    again: what it asks for held when that request was new.
    """
    origin = Origin(
        client_id=client_id,
        door=door,
        api_key_id=api_key_id,
        author_id=None,
        now=now,
        sees_waiting=False,
    )
    named = FeedbackInput(routing_id=routing_id, routing_number=routing_number)

    def effect() -> list[FeedbackResult]:
        with transaction.atomic():
            check()
            while True:
                result = _amend(named, changes, origin)
                if result is not None:
                    return [result]

    if request is None:
        return effect()[0]
    return answer_once(client_id=client_id, request=request, now=now, effect=effect)[0]


def _amend(named: FeedbackInput, changes: Mapping[str, Any], origin: Origin) -> FeedbackResult | None:
    """Give None when the first feedback of the routing arrived meanwhile: then there is something to start from."""
    current = _locked_current(named, origin)
    said = _merged(named, current, changes)
    try:
        said = checked(said)
    except FeedbackError as error:
        # A routing of somebody else's must not be told apart by what else is wrong.
        return FeedbackResult(error=error if _sees(named, origin) else RoutingNotFound())
    if current is not None and all(getattr(said, name) == getattr(current.feedback, name) for name in AMENDABLE):
        recorded = recorded_of(current.feedback, routing=current.routing, is_current=True)
        return FeedbackResult(recorded=recorded, is_duplicate=True)
    # Without a digest: going back to what was said before the last time is a change, too.
    (written,) = append([Entry(position=0, id=new_id(), said=said, digest=None)], origin=origin)
    return None if written.status is Status.STALE else result_of(said, written)


def _locked_current(named: FeedbackInput, origin: Origin) -> CurrentFeedback | None:
    wanted = (
        {"routing_id": named.routing_id} if named.routing_id is not None else {"routing__number": named.routing_number}
    )
    # The feedback itself is read in a statement of its own, once the lock is held: this one would join what its
    # snapshot showed before it waited.
    return (
        CurrentFeedback.objects.select_for_update(of=("self",), no_key=True)
        .select_related("routing")
        .filter(routing__client_id=origin.client_id, routing__visible_at__isnull=False, **wanted)
        .first()
    )


def _sees(named: FeedbackInput, origin: Origin) -> bool:
    wanted = {"pk": named.routing_id} if named.routing_id is not None else {"number": named.routing_number}
    return Routing.objects.visible_to(origin.client_id).filter(**wanted).exists()


def _merged(named: FeedbackInput, current: CurrentFeedback | None, changes: Mapping[str, Any]) -> FeedbackInput:
    values: dict[str, Any] = (
        {name: getattr(current.feedback, name) for name in AMENDABLE} if current is not None else {}
    )
    values |= changes
    return FeedbackInput(
        routing_id=named.routing_id,
        routing_number=named.routing_number,
        reason_id=values.get("reason_id"),
        comment=values.get("comment") or "",
        amount=values.get("amount"),
        occurred_at=values.get("occurred_at"),
    )
