"""A feedback as JSON: the names that API OData has, read and written by hand because arrays have a thousand."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from feedback.errors import FieldInvalid, FieldUnknown
from feedback.rules.feedback_input import FeedbackInput
from feedback.services import Recorded

_READ_ONLY = frozenset({"Id", "ReceivedAt", "IsCurrent"})


def read_feedback(body: Any) -> FeedbackInput:
    """Give the feedback that a JSON object says; computed fields are ignored whatever they hold.

    Raises `FieldInvalid` and `FieldUnknown`.
    """
    if not isinstance(body, dict):
        raise FieldInvalid(field=_("A feedback"), expected=_("a JSON object"))
    values = {}
    for name, value in body.items():
        known = _FIELDS.get(name)
        if known is None:
            if name in _READ_ONLY:
                continue
            raise FieldUnknown(field=_printable(name), known=", ".join(_FIELDS))
        attribute, read, expected = known
        if value is None:
            continue
        try:
            values[attribute] = read(value)
        except (ValueError, TypeError, ArithmeticError):
            raise FieldInvalid(field=name, expected=expected) from None
    return FeedbackInput(**{name: value for name, value in values.items() if value is not None})


def feedback_json(feedback: Recorded) -> dict[str, Any]:
    """Give a recorded feedback in the names of the doors."""
    return {
        "Id": str(feedback.id),
        "RoutingId": str(feedback.routing_id),
        "RoutingNumber": feedback.routing_number,
        "ReasonId": feedback.reason_id,
        "Comment": feedback.comment,
        # Twelve digits are exact in a double, and print as they are.
        "Amount": None if feedback.amount is None else float(feedback.amount),
        "OccurredAt": None if feedback.occurred_at is None else moment_json(feedback.occurred_at),
        "ClientReference": feedback.client_reference,
        "ReceivedAt": moment_json(feedback.received_at),
        "IsCurrent": feedback.is_current,
    }


def moment_json(moment: datetime) -> str:
    """Give a moment in UTC (RFC 3339)."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _reference(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # many systems number what they send
    return _text(value)


def _uuid(value: Any) -> uuid.UUID | None:
    return uuid.UUID(_text(value).strip()) if value != "" else None


def _integer(value: Any) -> int | None:
    if value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise TypeError
    if isinstance(value, Decimal):
        if value.adjusted() > 18 or value != value.to_integral_value():
            raise ValueError  # 1e999999999 is never written out
        return int(value)
    return int(value)


def _decimal(value: Any) -> Decimal | None:
    if value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise TypeError
    return Decimal(value)


def _moment(value: Any) -> datetime | None:
    if value == "":
        return None
    return datetime.fromisoformat(_text(value).strip())


def _printable(name: str) -> str:
    return name[:50].encode(errors="replace").decode()


_Reader = Callable[[Any], Any]
_FIELDS: dict[str, tuple[str, _Reader, Any]] = {
    "RoutingId": ("routing_id", _uuid, _("a routing ID, such as 019a2b3c-4d5e-7f60-8123-456789abcdef")),
    "RoutingNumber": ("routing_number", _integer, _("a whole number")),
    "ReasonId": ("reason_id", _integer, _("a whole number")),
    "Comment": ("comment", _text, _("a text")),
    "Amount": ("amount", _decimal, _("a number")),
    "OccurredAt": ("occurred_at", _moment, _("a time with its offset, such as 2026-01-31T09:30:00Z")),
    "ClientReference": ("client_reference", _reference, _("a text")),
}
