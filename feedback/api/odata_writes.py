"""What API OData's writes do: one call of the service each, and its answer in the protocol's terms."""

from collections.abc import Sequence
from typing import Any

from accounts.models import ApiKey
from feedback.choices import Door
from feedback.errors import FeedbackError, FeedbackInvalid
from feedback.odata import Write, Written, errors
from feedback.services import FeedbackInput, FeedbackResult, amend_feedback, record_feedback

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
    return _unwrapped(_record([write])[0])


def record_many(writes: Sequence[Write]) -> list[Written | errors.ODataError]:
    """Several `POST Feedbacks` of one atomic group: one call, an answer each."""
    return [_answer(result) for result in _record(writes)]


def amend(write: Write) -> Written:
    """`PATCH Routings(...)`: record what the client says now, as far as it differs from what it said last."""
    key: ApiKey = write.context.principal
    result = amend_feedback(
        client=key.client,
        routing_id=write.key.get("Id"),
        routing_number=write.key.get("Number"),
        changes={_ATTRIBUTES[name]: value for name, value in write.values.items()},
        door=Door.ODATA,
        api_key=key,
        now=write.context.now,
    )
    _unwrapped(result)
    return Written(key=write.key, created=False)


def _record(writes: Sequence[Write]) -> list[FeedbackResult]:
    context = writes[0].context
    key: ApiKey = context.principal
    return record_feedback(
        client=key.client,
        items=[_said(write) for write in writes],
        door=Door.ODATA,
        api_key=key,
        now=context.now,
    )


def _said(write: Write) -> FeedbackInput:
    given = {_ATTRIBUTES[name]: value for name, value in write.values.items() if value is not None}
    return FeedbackInput(**given)


def _answer(result: FeedbackResult) -> Written | errors.ODataError:
    if result.error is not None:
        return _translated(result.error)
    feedback = result.unwrap()
    values: dict[str, Any] = {name: getattr(feedback, attribute) for name, attribute in _ATTRIBUTES.items()}
    values |= {"Id": feedback.id, "ReceivedAt": feedback.received_at, "IsCurrent": feedback.is_current}
    return Written(key={"Id": feedback.id}, values=values, created=not result.is_duplicate)


def _unwrapped(result: FeedbackResult) -> Written:
    answer = _answer(result)
    if isinstance(answer, errors.ODataError):
        raise answer
    return answer


def _translated(error: FeedbackError) -> errors.ODataError:
    if isinstance(error, FeedbackInvalid):
        return errors.InvalidValue(str(error), code=error.code, target=str(error.field))
    return errors.NotFound(str(error), code=error.code)
