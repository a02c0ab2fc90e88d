"""What a client may say about a routing, and whether it fits."""

import hashlib
import json
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from feedback.errors import (
    AmountInvalid,
    OccurredAtInvalid,
    ReasonMissing,
    ReasonUnknown,
    RoutingMissing,
    RoutingNotFound,
    TextNotAllowed,
    TextTooLong,
)

COMMENT_LENGTH = 2000
CLIENT_REFERENCE_LENGTH = 100
CENT = Decimal("0.01")
AMOUNT_LIMIT = Decimal(10) ** 10
# Wide enough for any feedback, narrow enough that every time zone can show it.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2199, 12, 31, tzinfo=UTC)
LARGEST_INTEGER = 2**31 - 1

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedbackInput:
    """One feedback as a door read it: types are right, values are not checked yet.

    A routing is named by its id or by its number; when both are given they must belong together.
    `occurred_at` is when it happened in the client's eyes, with its offset; None means on arrival.
    """

    routing_id: uuid.UUID | None = None
    routing_number: int | None = None
    reason_id: int | None = None
    comment: str = ""
    amount: Decimal | None = None
    occurred_at: datetime | None = None
    client_reference: str = ""


def checked(said: FeedbackInput) -> FeedbackInput:
    """Give the same in the form that is stored: amount to the cent, time in UTC, a blank text as none.

    Raises the `FeedbackError` that names what does not fit. What only the database knows (is it the client's
    routing, is there such a reason) is not asked here.
    """
    if said.routing_id is None and said.routing_number is None:
        raise RoutingMissing
    if said.routing_number is not None and not 0 < said.routing_number <= LARGEST_INTEGER:
        raise RoutingNotFound
    if said.reason_id is None:
        raise ReasonMissing
    if not 0 < said.reason_id <= LARGEST_INTEGER:
        raise ReasonUnknown
    return FeedbackInput(
        routing_id=said.routing_id,
        routing_number=said.routing_number,
        reason_id=said.reason_id,
        comment=_text(said.comment, field="Comment", maximum=COMMENT_LENGTH),
        amount=_amount(said.amount),
        occurred_at=_moment(said.occurred_at),
        client_reference=_text(said.client_reference, field="ClientReference", maximum=CLIENT_REFERENCE_LENGTH),
    )


def digest(said: FeedbackInput) -> bytes:
    """Give the SHA-256 of everything the client wrote about the routing: equal posts have equal digests."""
    written = [
        said.reason_id,
        said.comment,
        None if said.amount is None else str(said.amount),
        None if said.occurred_at is None else said.occurred_at.isoformat(),
        said.client_reference,
    ]
    return hashlib.sha256(json.dumps(written).encode()).digest()


def _text(value: str, *, field: str, maximum: int) -> str:
    if not value or value.isspace():
        return ""
    if len(value) > maximum:
        raise TextTooLong(field=field, maximum=maximum)
    if _NO_TEXT.search(value):
        raise TextNotAllowed(field=field)
    return value


def _amount(value: Decimal | None) -> Decimal | None:
    if value is None:
        return None
    # The size first: quantizing 1E+999999 would have to write out its digits, and abs() overflows at 1E+1000000.
    if not value.is_finite() or value.copy_abs() >= AMOUNT_LIMIT:
        raise AmountInvalid
    try:
        cents = value.quantize(CENT)
    except InvalidOperation:
        raise AmountInvalid from None
    if cents != value:
        raise AmountInvalid
    return abs(cents) if cents == 0 else cents


def _moment(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.utcoffset() is None or not EARLIEST <= value <= LATEST:
        raise OccurredAtInvalid
    return value.astimezone(UTC)
