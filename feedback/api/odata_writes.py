"""What API OData's writes do: one call of the service each, and its answer in the protocol's terms."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from accounts.queries import Caller
from feedback.choices import Door
from feedback.errors import FeedbackError, FeedbackInvalid, KeyUsedDifferently, RequestTooOld
from feedback.odata import Write, Written, errors
from feedback.services import FeedbackInput, FeedbackResult, RequestKey, amend_feedback, record_feedback

_ATTRIBUTES = {
    "RoutingId": "routing_id",
    "RoutingNumber": "routing_number",
    "ReasonId": "reason_id",
    "Comment": "comment",
    "Amount": "amount",
    "OccurredAt": "occurred_at",
    "ClientReference": "client_reference",
}


def record_one(write: Write) -> Written:
    """`POST Feedbacks`: record what the client says."""
    with _refusals_translated():
        return _unwrapped(_record([write], request=_request_key(write))[0])


def record_many(writes: Sequence[Write]) -> list[Written | errors.ODataError]:
    """Several `POST Feedbacks` of one atomic group: one call, an answer each."""
    return [_answer(result) for result in _record(writes)]


def amend(write: Write) -> Written:
    """`PATCH Routings(...)`: record what the client says now, as far as it differs from what it said last."""
    caller: Caller = write.context.principal
    with _refusals_translated():
        result = amend_feedback(
            client_id=caller.client_id,
            routing_id=write.key.get("Id"),
            routing_number=write.key.get("Number"),
            changes={_ATTRIBUTES[name]: value for name, value in write.values.items()},
            door=Door.ODATA,
            api_key_id=caller.key_id,
            now=write.context.now,
            request=_request_key(write),
            check=write.check,
        )
    _unwrapped(result)
    return Written(key=write.key, created=False, replayed=result.is_replayed)


def _request_key(write: Write) -> RequestKey | None:
    promise = write.idempotency
    if promise is None:
        return None
    return RequestKey(text=promise.key, fingerprint=write.fingerprint, first_sent=promise.first_sent)


@contextmanager
def _refusals_translated() -> Iterator[None]:
    """Refusals of the request itself, in the protocol's terms."""
    try:
        yield
    except KeyUsedDifferently as error:
        raise errors.Unprocessable(str(error), code=error.code) from None
    except RequestTooOld as error:
        raise errors.PreconditionFailed(str(error), code=error.code) from None


def _record(writes: Sequence[Write], *, request: RequestKey | None = None) -> list[FeedbackResult]:
    context = writes[0].context
    caller: Caller = context.principal
    return record_feedback(
        client_id=caller.client_id,
        items=[_said(write) for write in writes],
        door=Door.ODATA,
        api_key_id=caller.key_id,
        now=context.now,
        request=request,
    )


def _said(write: Write) -> FeedbackInput:
    given = {_ATTRIBUTES[name]: value for name, value in write.values.items() if value is not None}
    return FeedbackInput(**given)


def _answer(result: FeedbackResult) -> Written | errors.ODataError:
    if result.error is not None:
        refusal = _translated(result.error)
        if result.is_replayed:
            refusal.headers["Idempotency-Replayed"] = "true"
        return refusal
    feedback = result.unwrap()
    values: dict[str, Any] = {name: getattr(feedback, attribute) for name, attribute in _ATTRIBUTES.items()}
    values |= {name: values[name] or None for name in ("Comment", "ClientReference")}  # as they are read
    values |= {"Id": feedback.id, "ReceivedAt": feedback.received_at, "IsCurrent": feedback.is_current}
    return Written(key={"Id": feedback.id}, values=values, created=not result.is_duplicate, replayed=result.is_replayed)


def _unwrapped(result: FeedbackResult) -> Written:
    answer = _answer(result)
    if isinstance(answer, errors.ODataError):
        raise answer
    return answer


def _translated(error: FeedbackError) -> errors.ODataError:
    if isinstance(error, FeedbackInvalid):
        return errors.InvalidValue(str(error), code=error.code, target=str(error.field))
    return errors.NotFound(str(error), code=error.code)
