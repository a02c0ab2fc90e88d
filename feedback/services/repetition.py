"""One idempotency key, one effect: a request that comes again is answered again.

The key's row and the effect are written in one transaction, so there is never one without the other, and a twin
that arrives meanwhile waits at the unique index until it can be answered. Kept are ids and codes, never what was
said: the answer is made anew from them, in the language of whoever asks now.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from feedback.errors import KeyUsedDifferently, RequestTooOld, RoutingNotFound, error_again
from feedback.models import AnsweredRequest, Feedback
from feedback.rules.request_key import KEPT_FOR, RequestKey
from feedback.services.result import FeedbackResult, recorded_of

# One whose time is over counts as never seen, whether or not it was removed already.
_CLAIM = """
INSERT INTO feedback_answeredrequest AS kept (client_id, key, fingerprint, outcomes, received_at)
VALUES (%s, %s, %s, '[]', %s)
ON CONFLICT (client_id, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, outcomes = excluded.outcomes, received_at = excluded.received_at
    WHERE kept.received_at <= %s
RETURNING id
"""


def answer_once(
    *, client_id: int, request: RequestKey, now: datetime, effect: Callable[[], list[FeedbackResult]]
) -> list[FeedbackResult]:
    """Give the results of `effect`; for a request that was answered within `KEPT_FOR`, give them again instead.

    Refusals are answered again as well: what is mended is a new request and needs a new key. When `effect` raises,
    the key counts as never used. Raises `KeyUsedDifferently` when the key belongs to another request of the
    client, `RequestTooOld` when nobody can tell any more whether it was answered.
    """
    if request.first_sent is not None and request.first_sent <= now - KEPT_FOR:
        raise RequestTooOld
    with transaction.atomic():
        claimed = _claim(client_id, request, now)
        if claimed is None:
            return _answer_again(client_id, request)
        results = effect()
        AnsweredRequest.objects.filter(pk=claimed).update(outcomes=[_outcome(result) for result in results])
        return results


def forget_answered_requests(*, now: datetime) -> int:
    """Remove the keys whose time is over; give how many there were."""
    removed, _ = AnsweredRequest.objects.filter(received_at__lte=now - KEPT_FOR).delete()
    return removed


def _claim(client_id: int, request: RequestKey, now: datetime) -> int | None:
    """Give the id of the key's new row, or None when the key was used; waits for whoever is using it just now."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [client_id, request.text, request.fingerprint, now, now - KEPT_FOR])
        row = cursor.fetchone()
    return None if row is None else row[0]


def _answer_again(client_id: int, request: RequestKey) -> list[FeedbackResult]:
    kept = AnsweredRequest.objects.get(client_id=client_id, key=request.text)
    if bytes(kept.fingerprint) != request.fingerprint:
        raise KeyUsedDifferently
    said = _feedback_by_id([outcome["feedback"] for outcome in kept.outcomes if "feedback" in outcome])
    return [_result(outcome, said) for outcome in kept.outcomes]


def _feedback_by_id(ids: Sequence[str]) -> dict[str, Feedback]:
    rows = Feedback.objects.filter(pk__in=[uuid.UUID(one) for one in ids])
    return {str(row.pk): row for row in rows.select_related("routing__current_feedback")}


def _outcome(result: FeedbackResult) -> dict[str, Any]:
    if result.error is not None:
        return {"error": result.error.code, "values": result.error.values}
    return {"feedback": str(result.unwrap().id), "duplicate": result.is_duplicate}


def _result(outcome: dict[str, Any], said: dict[str, Feedback]) -> FeedbackResult:
    if "error" in outcome:
        return FeedbackResult(error=error_again(outcome["error"], outcome["values"]), is_replayed=True)
    feedback = said.get(outcome["feedback"])
    if feedback is None:
        # Erased since, together with its lead.
        return FeedbackResult(error=RoutingNotFound(), is_replayed=True)
    routing = feedback.routing
    is_current = routing.current_feedback.feedback_id == feedback.pk
    return FeedbackResult(
        recorded=recorded_of(feedback, routing=routing, is_current=is_current),
        is_duplicate=outcome["duplicate"],
        is_replayed=True,
    )
