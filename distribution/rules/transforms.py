"""What is done to a value before it is sent: pure functions from a value to what the client's system gets.

`None` means “nothing to send”. Values keep their kind where the form allows it (a number stays a number in JSON).
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from distribution.choices import Transform
from distribution.rules import phones
from distribution.rules.values import first_name, last_name

YES_WORDS = frozenset({"1", "true", "yes", "y", "on", "כן"})

# A run of one letter is a token; `T` and everything that is no Latin letter stands for itself.
_TOKEN = re.compile(r"(?P<token>YYYY|YY|MM?|DD?|HH?|SS?|Z)|(?P<literal>[^A-Za-z]|T)", re.IGNORECASE)
_AS_STRFTIME = {"YYYY": "%Y", "YY": "%y", "DD": "%d", "HH": "%H", "SS": "%S"}
_UNPADDED: dict[str, Callable[[datetime], int]] = {
    "D": lambda at: at.day,
    "H": lambda at: at.hour,
    "S": lambda at: at.second,
}


_SINCE_1970 = {"UNIX": 1, "UNIXMS": 1_000}


class DateFormatUnknown(ValueError):
    """The notation holds letters that stand for no part of a date."""


@lru_cache(maxsize=512)
def _date_parts(notation: str) -> tuple[str | Callable[[datetime], str], ...]:
    parts: list[str | Callable[[datetime], str]] = []
    position, previous = 0, ""
    while position < len(notation):
        match = _TOKEN.match(notation, position)
        if match is None:
            raise DateFormatUnknown(notation)
        position = match.end()
        if literal := match["literal"]:
            parts.append(literal)
            continue
        token = match["token"].upper()
        parts.append(_date_part(token, is_minutes=previous.startswith("H")))
        previous = token
    if not previous:
        raise DateFormatUnknown(notation)
    return tuple(parts)


def _date_part(token: str, *, is_minutes: bool) -> str | Callable[[datetime], str]:
    if token == "Z":  # noqa: S105 - a letter of the notation
        return lambda at: at.isoformat()[-6:]
    if token.startswith("M"):
        read: Callable[[datetime], int] = (lambda at: at.minute) if is_minutes else (lambda at: at.month)
        return (lambda at: f"{read(at):02d}") if len(token) == 2 else (lambda at: str(read(at)))
    if token in _UNPADDED:
        return lambda at: str(_UNPADDED[token](at))
    return lambda at: at.strftime(_AS_STRFTIME[token])


def check_date_format(notation: str) -> None:
    """Accept a notation such as `DD/MM/YYYY HH:MM`; raises `DateFormatUnknown`.

    `MM` after the hours means minutes, as clients write it; upper and lower case mean the same. `Z` is the offset
    (+02:00), `ISO`, `UNIX` and `UNIXMS` alone are the standard form, and the seconds and milliseconds since 1970.
    """
    if notation not in {"", "ISO", *_SINCE_1970}:
        _date_parts(notation)


def format_date(at: datetime, notation: str, time_zone: str) -> str | int:
    """Give a moment in the client's notation and time zone; an empty notation is ISO 8601 with the offset."""
    if notation in _SINCE_1970:
        return int(at.timestamp() * _SINCE_1970[notation])
    there = at.astimezone(ZoneInfo(time_zone)).replace(microsecond=0)
    if notation in {"", "ISO"}:
        return there.isoformat()
    return "".join(part if isinstance(part, str) else part(there) for part in _date_parts(notation))


def is_yes(value: Any) -> bool:
    """Tell whether a value says yes, in the ways that forms say it."""
    return value is True or str(value).strip().lower() in YES_WORDS


def phone_form(transform: str, normalized: str, raw: str) -> str:
    """Give a phone in the form asked for; what cannot be a phone number is sent as it came.

    The client's system then says what it thinks of it, and the refusal is seen.
    """
    if not normalized:
        return raw
    return _PHONE_FORMS[transform](normalized)


_PHONE_FORMS: dict[str, Callable[[str], str]] = {
    Transform.PHONE_LOCAL: phones.local,
    Transform.PHONE_INTERNATIONAL: lambda normalized: normalized,
    Transform.PHONE_INTERNATIONAL_DIGITS: phones.international_digits,
    Transform.PHONE_DASHED: phones.dashed,
    Transform.PHONE_DOUBLE_ZERO: phones.double_zero,
    Transform.PHONE_NATIONAL: phones.without_leading_zero,
    Transform.PHONE_PREFIX: phones.prefix,
    Transform.PHONE_REST: phones.without_prefix,
}
PHONE_TRANSFORMS = frozenset(_PHONE_FORMS)

_TEXT_FORMS: dict[str, Callable[[str], Any]] = {
    Transform.FIRST_NAME: first_name,
    Transform.LAST_NAME: last_name,
    Transform.UPPER: str.upper,
    Transform.LOWER: str.lower,
    Transform.DIGITS: lambda text: re.sub(r"\D", "", text, flags=re.ASCII),
    Transform.ONE_LINE: lambda text: " ".join(text.split()),
}


def apply(value: Any, *, transform: str, date_format: str, time_zone: str) -> Any:
    """Give a value in the form that a mapping asks for; an empty value stays empty."""
    if is_empty(value):
        return None
    if isinstance(value, datetime):
        return format_date(value, date_format if transform == Transform.DATE else "", time_zone)
    if transform in PHONE_TRANSFORMS:
        return phone_form(transform, phones.normalize(str(value)), str(value))
    if transform == Transform.YES_NO:
        return 1 if is_yes(value) else 0
    if transform == Transform.TRUE_FALSE:
        return is_yes(value)
    if transform == Transform.DATE:
        return _date_of_text(str(value), date_format, time_zone)
    if transform:
        return _TEXT_FORMS[transform](str(value))
    return value


def _date_of_text(text: str, date_format: str, time_zone: str) -> Any:
    """Rewrite a date that came as ISO 8601 text in a further field; other texts are sent as they came."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    return format_date(at if at.tzinfo else at.replace(tzinfo=ZoneInfo(time_zone)), date_format, time_zone)


def look_up(value: Any, table: Mapping[str, Any], default: str) -> Any:
    """Translate a value by a rule's table, without regard to case and outer spaces.

    A value that the table does not have gets the default, and stays as it is when there is none.
    """
    if is_empty(value) or not table:
        return default if is_empty(value) else value
    wanted = _table_key(value)
    for theirs, ours in table.items():
        if _table_key(theirs) == wanted:
            return ours
    return default or value


def _table_key(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value).strip().casefold()


def is_empty(value: Any) -> bool:
    """Tell whether there is nothing to send."""
    return value is None or value == "" or (isinstance(value, str) and not value.strip())
