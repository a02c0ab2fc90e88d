"""From the rows of a client's file to feedback, by the matching of its columns."""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext_lazy as _

from distribution.rules.dates import parse_moment
from distribution.rules.fields import Vocabulary, comparable
from distribution.rules.phones import normalize
from distribution.rules.table_files import Row
from feedback.errors import FeedbackError
from feedback.rules.feedback_input import LARGEST_INTEGER, FeedbackInput, checked

UNUSED = "unused"
FIELD_LABELS = {
    "routing": _("routing ID or number"),
    "phone": _("phone"),
    "reason": _("reason, its name or number"),
    "comment": _("comment"),
    "amount": _("amount"),
    "occurred_at": _("happened"),
    "client_reference": _("client's reference"),
    UNUSED: _("not used"),
}
KNOWN_NAMES = {
    "routing": (
        "routing id", "routing number", "routing", "routingid", "routingnumber", "rid", "external ref", "number",
        "זיהוי ניתוב", "מספר ניתוב", "ניתוב", "מזהה ניתוב", "מספר", "מס ניתוב",
    ),
    "phone": (
        "phone", "phone number", "mobile", "mobile phone", "cell", "tel", "telephone",
        "טלפון", "טלפון נייד", "נייד", "מספר טלפון", "מס טלפון", "סלולרי",
    ),
    "reason": (
        "reason", "reason id", "reasonid", "status", "result", "outcome", "disposition", "feedback",
        "סיבה", "סיבת משוב", "משוב", "סטטוס", "תוצאה", "מספר סיבה", "קוד סיבה",
    ),
    "comment": ("comment", "comments", "note", "notes", "remarks", "הערה", "הערות", "פירוט"),
    "amount": ("amount", "sum", "total", "price", "deal", "סכום", "סכום העסקה", "סכום עסקה", "מחיר"),
    "occurred_at": (
        "occurred at", "occurredat", "happened", "date", "datetime", "time", "feedback date",
        "תאריך", "תאריך ושעה", "תאריך משוב", "מועד", "מועד האירוע",
    ),
    "client_reference": ("client reference", "clientreference", "reference", "ref", "אסמכתא", "מזהה שלנו"),
}  # fmt: skip
FEEDBACK_FIELDS = Vocabulary.of(FIELD_LABELS, KNOWN_NAMES, otherwise=UNUSED)

# Why a row is refused, by code: what stands beside it in the file of refused rows.
REFUSALS = {
    "routing_missing": _("Neither a routing ID or number nor a phone: nobody can tell which lead is meant."),
    "routing_not_found": _("This client has no routing with this ID or number."),
    "phone_not_found": _("No lead with this phone was given to this client."),
    "phone_ambiguous": _("Several leads with this phone were given to this client: write the routing number."),
    "reason_missing": _("No reason is given."),
    "reason_unknown": _("There is no reason with this name or number."),
    "comment_required": _("This reason needs a comment."),
    "text_too_long": _("A text is too long: a comment may have 2,000 characters, a reference 100."),
    "text_not_allowed": _("A text holds a character that is no text."),
    "amount_invalid": _("The amount is no number, or has more than ten digits or two after the point."),
    "occurred_at_invalid": _("The date cannot be read. Write it as 31/01/2026 or 31/01/2026 09:30."),
}

_SIGNS = re.compile(r"[\s\u00a0\u200e\u200f\u202a-\u202e\u2066-\u2069₪$€]|ש\"ח|ש״ח|NIS|ILS", re.IGNORECASE)
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_PLAIN = re.compile(r"-?\d+([.,]\d{1,2})?", re.ASCII)


_NOTHING = FeedbackInput()


@dataclass(frozen=True, kw_only=True)
class FileRow:
    """What a row says: the feedback, and the phone where no routing is named; or the code of why it is refused."""

    number: int
    said: FeedbackInput = _NOTHING
    phone: str = ""
    refusal: str = ""


class ReasonNames:
    """Finds the reason that a cell means: by its number, or by its name in either language."""

    def __init__(self, reasons: Iterable[tuple[int, str, str]]) -> None:
        """`reasons` are number, Hebrew and English name of each; of two with one name, the first counts."""
        self._numbers: set[int] = set()
        self._names: dict[str, int] = {}
        for number, *names in reasons:
            self._numbers.add(number)
            for name in names:
                self._names.setdefault(comparable(name), number)

    def find(self, cell: str) -> int | None:
        """Give the number; None when no reason is meant."""
        if cell.isdecimal() and len(cell) < 10:
            return int(cell) if int(cell) in self._numbers else None
        return self._names.get(comparable(cell))


def read_row(
    row: Row, columns: Sequence[str], matching: Mapping[str, str], reasons: ReasonNames, *, zone: tzinfo
) -> FileRow:
    """Give what a row says; dates without an offset are of `zone`. Whether the routing is there is not asked here."""
    cells: dict[str, str] = {}
    for name, cell in zip(columns, row.cells, strict=False):
        field = matching.get(name, UNUSED)
        if cell and field != UNUSED:
            cells.setdefault(field, cell)
    try:
        said, phone = _read(cells, reasons, zone)
        if phone:
            # Everything else is checked as if the routing were known; it is found by its phone afterwards.
            return FileRow(
                number=row.number,
                said=replace(checked(replace(said, routing_number=1)), routing_number=None),
                phone=phone,
            )
        return FileRow(number=row.number, said=checked(said))
    except _Refused as refused:
        return FileRow(number=row.number, refusal=refused.code)
    except FeedbackError as error:
        return FileRow(number=row.number, refusal=error.code)


class _Refused(Exception):
    """A cell that cannot be read; `code` is one of `REFUSALS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _read(cells: Mapping[str, str], reasons: ReasonNames, zone: tzinfo) -> tuple[FeedbackInput, str]:
    routing_id, routing_number = _routing(cells.get("routing", ""))
    phone = ""
    if routing_id is None and routing_number is None:
        if not cells.get("phone"):
            raise _Refused("routing_missing")
        phone = normalize(cells["phone"])
        if not phone:
            raise _Refused("phone_not_found")
    if not cells.get("reason"):
        raise _Refused("reason_missing")
    reason_id = reasons.find(cells["reason"])
    if reason_id is None:
        raise _Refused("reason_unknown")
    return (
        FeedbackInput(
            routing_id=routing_id,
            routing_number=routing_number,
            reason_id=reason_id,
            comment=cells.get("comment", ""),
            amount=_amount(cells.get("amount", "")),
            occurred_at=_moment(cells.get("occurred_at", ""), zone),
            client_reference=cells.get("client_reference", ""),
        ),
        phone,
    )


def _routing(cell: str) -> tuple[uuid.UUID | None, int | None]:
    if not cell:
        return None, None
    number = cell.lstrip("#")
    if number.isdecimal() and number.isascii():
        if len(number) > 10 or not 0 < int(number) <= LARGEST_INTEGER:
            raise _Refused("routing_not_found")
        return None, int(number)
    try:
        return uuid.UUID(cell), None
    except ValueError:
        raise _Refused("routing_not_found") from None


def _amount(cell: str) -> Decimal | None:
    """Read what people and spreadsheets write: 1500, 1,500.50, 1500,5, ₪ 1,500."""
    text = _SIGNS.sub("", cell)
    if not text:
        return None
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    elif _PLAIN.fullmatch(text):
        text = text.replace(",", ".")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise _Refused("amount_invalid") from None


def _moment(cell: str, zone: tzinfo) -> datetime | None:
    if not cell:
        return None
    moment = parse_moment(cell, zone=zone)
    if moment is None:
        raise _Refused("occurred_at_invalid")
    return moment
