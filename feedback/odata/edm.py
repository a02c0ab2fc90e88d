"""The primitive types of the Entity Data Model: their values as text, as JSON and in Python.

Sources: OData CSDL 4.01, section 3.3; OData ABNF 4.01, section 7 (the `...Value` rules); OData JSON Format 4.01,
section 7.1. Python's `datetime` knows the years 1 to 9999 only; other years are refused although the ABNF allows
them.
"""

import base64
import datetime as dt
import math
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import reduce
from json.encoder import encode_basestring as encode_string
from operator import or_
from typing import Any

MAX_DIGITS = 400  # of a number in text; keeps conversions of hostile input cheap

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\Z", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+\Z", re.ASCII)
_DATE = re.compile(r"(-?(?:0\d{3}|[1-9]\d{3,}))-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d|60)(?:\.(\d{1,12}))?)?\Z", re.ASCII)
_DATE_TIME = re.compile(r"([^T]+)T([^Z+-]+)(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)\Z", re.ASCII)
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?\Z", re.ASCII)
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")


@dataclass(frozen=True, slots=True, eq=False)
class PrimitiveType:
    """One Edm type. `parse` reads the ABNF's value rule and raises ValueError; `text` writes it."""

    name: str
    parse: Callable[[str], Any]
    text: Callable[[Any], str]
    rank: int = 0  # numeric types only: the wider one wins in arithmetic
    integer_range: tuple[int, int] | None = None
    is_json_string: bool = True

    def __repr__(self) -> str:
        return self.name

    @property
    def is_numeric(self) -> bool:
        """Whether arithmetic applies."""
        return self.rank > 0

    @property
    def is_integer(self) -> bool:
        """Whether values are whole numbers of a fixed range."""
        return self.integer_range is not None

    def from_json(self, value: Any) -> Any:
        """Give the Python value of a JSON value that was read with `parse_float=Decimal`; ValueError if it does not
        fit.
        """
        if self is BOOLEAN:
            if isinstance(value, bool):
                return value
            raise ValueError("true or false expected")
        if self.is_numeric and isinstance(value, int | Decimal) and not isinstance(value, bool):
            return self._number(value)
        if isinstance(value, str):
            return self.parse(value)
        raise ValueError(f"{self.name} expected")

    def _number(self, value: int | Decimal) -> Any:
        if self.integer_range is None:
            return float(value) if self in (DOUBLE, SINGLE) else Decimal(value)
        if isinstance(value, Decimal) and (value.adjusted() > MAX_DIGITS or value != value.to_integral_value()):
            raise ValueError("whole number expected")  # and never 1e999999999 written out
        return in_range(int(value), self.integer_range)

    def to_json(self, value: Any, *, numbers_as_strings: bool = False) -> str:
        """Give the JSON text of a value; `numbers_as_strings` is IEEE754Compatible=true."""
        text = self.text(value)
        if self is STRING:
            return encode_string(text)
        if self.is_json_string or (numbers_as_strings and self in (INT64, DECIMAL)) or text in ("INF", "-INF", "NaN"):
            return f'"{text}"'
        return text


def in_range(value: int, bounds: tuple[int, int]) -> int:
    """Give the value back when it lies within the bounds, both included; ValueError otherwise."""
    if not bounds[0] <= value <= bounds[1]:
        raise ValueError(f"{value} is not between {bounds[0]} and {bounds[1]}")
    return value


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.match(text)
    if found is None or len(text) > MAX_DIGITS:
        raise ValueError(f"{text[:40]!r} has another form")
    return found


def _parse_boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("true or false expected")
    return text == "true"


def _integer_parser(bounds: tuple[int, int]) -> Callable[[str], int]:
    def parse(text: str) -> int:
        return in_range(int(_match(_INTEGER, text).group()), bounds)

    return parse


def _parse_decimal(text: str) -> Decimal:
    if text in ("INF", "-INF", "NaN"):
        return Decimal(text.replace("INF", "Infinity"))
    try:
        return Decimal(_match(_NUMBER, text).group())
    except InvalidOperation:
        raise ValueError("number out of range") from None


def _decimal_text(value: Decimal) -> str:
    if not value.is_finite():
        return "NaN" if value.is_nan() else ("INF" if value > 0 else "-INF")
    return format(value, "f")


def _parse_double(text: str) -> float:
    return float(_parse_decimal(text))


def _double_text(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("INF" if value > 0 else "-INF")
    return repr(value)


def _parse_date(text: str) -> dt.date:
    year, month, day = _match(_DATE, text).groups()
    if not 1 <= int(year) <= 9999:
        raise ValueError("the year is not between 1 and 9999")
    return dt.date(int(year), int(month), int(day))


def _parse_time(text: str) -> dt.time:
    hour, minute, second, fraction = _match(_TIME, text).groups()
    return dt.time(int(hour), int(minute), min(int(second or 0), 59), int((fraction or "0").ljust(6, "0")[:6]))


def _parse_date_time(text: str) -> dt.datetime:
    day, time, zone = _match(_DATE_TIME, text).groups()
    offset = dt.timedelta()
    if zone != "Z":
        offset = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6])) * (-1 if zone[0] == "-" else 1)
    local = dt.datetime.combine(_parse_date(day), _parse_time(time), tzinfo=dt.UTC)
    try:
        # A leap second is the first instant of the next minute, as PostgreSQL has it.
        return local - offset + dt.timedelta(seconds=1 if re.search(r":60(\.|\Z)", time) else 0)
    except OverflowError:
        raise ValueError("the instant is out of range") from None


def _date_time_text(value: dt.datetime) -> str:
    in_utc = value if value.tzinfo is dt.UTC else value.astimezone(dt.UTC)
    return in_utc.isoformat().removesuffix("+00:00") + "Z"


def _parse_duration(text: str) -> dt.timedelta:
    sign, days, hours, minutes, seconds = _match(_DURATION, text).groups()
    if text.endswith(("P", "T")):
        raise ValueError("a duration names at least one part")
    try:
        value = dt.timedelta(
            days=int(days or 0),
            hours=int(hours or 0),
            minutes=int(minutes or 0),
            microseconds=int(Decimal(seconds or 0) * 1_000_000),
        )
    except OverflowError:
        raise ValueError("the duration is out of range") from None
    return -value if sign else value


def _duration_text(value: dt.timedelta) -> str:
    sign, value = ("-", -value) if value < dt.timedelta() else ("", value)
    minutes, seconds = divmod(value.seconds, 60)
    fraction = f".{value.microseconds:06d}".rstrip("0") if value.microseconds else ""
    return f"{sign}P{value.days}DT{minutes // 60}H{minutes % 60}M{seconds}{fraction}S"


def _parse_guid(text: str) -> uuid.UUID:
    return uuid.UUID(_match(_GUID, text).group())


def _parse_binary(text: str) -> bytes:
    stripped = text.rstrip("=")
    if not re.match(r"[A-Za-z0-9_-]*\Z", stripped) or len(text) - len(stripped) > 2 or len(stripped) % 4 == 1:
        raise ValueError("base64url expected")
    return base64.urlsafe_b64decode(stripped + "=" * (-len(stripped) % 4))


def _parse_string(text: str) -> str:
    return text


def _integer(name: str, bits: int, rank: int, *, signed: bool = True) -> PrimitiveType:
    bounds = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return PrimitiveType(f"Edm.{name}", _integer_parser(bounds), str, rank, bounds, is_json_string=False)


BOOLEAN = PrimitiveType("Edm.Boolean", _parse_boolean, lambda value: "true" if value else "false", is_json_string=False)
BYTE = _integer("Byte", 8, 1, signed=False)
SBYTE = _integer("SByte", 8, 1)
INT16 = _integer("Int16", 16, 2)
INT32 = _integer("Int32", 32, 3)
INT64 = _integer("Int64", 64, 4)
DECIMAL = PrimitiveType("Edm.Decimal", _parse_decimal, _decimal_text, 5, is_json_string=False)
SINGLE = PrimitiveType("Edm.Single", _parse_double, _double_text, 6, is_json_string=False)
DOUBLE = PrimitiveType("Edm.Double", _parse_double, _double_text, 7, is_json_string=False)
STRING = PrimitiveType("Edm.String", _parse_string, str)
GUID = PrimitiveType("Edm.Guid", _parse_guid, str)
DATE = PrimitiveType("Edm.Date", _parse_date, dt.date.isoformat)
TIME_OF_DAY = PrimitiveType("Edm.TimeOfDay", _parse_time, dt.time.isoformat)
DATE_TIME_OFFSET = PrimitiveType("Edm.DateTimeOffset", _parse_date_time, _date_time_text)
DURATION = PrimitiveType("Edm.Duration", _parse_duration, _duration_text)
BINARY = PrimitiveType("Edm.Binary", _parse_binary, lambda value: base64.urlsafe_b64encode(value).decode())

PRIMITIVE_TYPES = {
    each.name: each
    for each in (
        BOOLEAN, BYTE, SBYTE, INT16, INT32, INT64, DECIMAL, SINGLE, DOUBLE,
        STRING, GUID, DATE, TIME_OF_DAY, DATE_TIME_OFFSET, DURATION, BINARY,
    )
}  # fmt: skip


# ---- enumerations (OData CSDL 4.01, section 10) ----


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EnumType(PrimitiveType):
    """An enumeration of a model; values are whole numbers in Python and in the database, names everywhere else."""

    members: Mapping[str, int]
    is_flags: bool = False

    @property
    def simple_name(self) -> str:
        """The name without its namespace."""
        return self.name.rpartition(".")[2]


def enumeration(name: str, members: Mapping[str, int], *, is_flags: bool = False) -> EnumType:
    """Declare an enumeration by its qualified name. With flags, values are sums of members, written `A,B`."""
    by_value = {value: member for member, value in members.items()}

    def number(text: str) -> int:
        if text.strip() in members:
            return members[text.strip()]
        value = in_range(int(_match(_INTEGER, text.strip()).group()), (-(2**31), 2**31 - 1))
        if value not in by_value and not is_flags:
            raise ValueError("not a member")
        return value

    def parse(text: str) -> int:
        parts = text.split(",") if is_flags else [text]
        return reduce(or_, map(number, parts))

    def write(value: int) -> str:
        if value in by_value or not is_flags:
            return by_value.get(value, str(value))
        flags = [member for member, own in members.items() if own and value & own == own]
        rest = value & ~reduce(or_, (members[member] for member in flags), 0)
        return ",".join(flags) if flags and not rest else str(value)

    return EnumType(name=name, parse=parse, text=write, members=members, is_flags=is_flags)
