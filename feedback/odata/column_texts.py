"""Values that go from PostgreSQL's text to JSON without becoming objects of Python on the way.

Texts are those that a connection of ours gives: dates in ISO form, instants in UTC.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from json.encoder import encode_basestring as encode_string
from typing import Any

from django.db import DataError

from feedback.odata import edm
from feedback.odata.edm import PrimitiveType
from feedback.odata.negotiation import Format
from feedback.odata.plans import Unplannable

Oids = frozenset[int]

_WHOLE: Oids = frozenset({20, 21, 23})  # int8, int2, int4
_GUID: Oids = frozenset({2950})
_STRING: Oids = frozenset({25, 1043})  # text, varchar
_NUMERIC: Oids = frozenset({1700})
_INSTANT: Oids = frozenset({1184})  # timestamptz
# For keys, versions and the like, which are only compared and written: str() of the value is the same text.
_PLAIN = _WHOLE | _GUID | _STRING


def types_of(kind: PrimitiveType | None) -> Oids | None:
    """The database's types whose text does for the Edm type, None where Python values are needed."""
    if kind is None:
        return _PLAIN
    if kind.is_integer:
        return _WHOLE
    return {edm.GUID: _GUID, edm.STRING: _STRING, edm.DECIMAL: _NUMERIC, edm.DATE_TIME_OFFSET: _INSTANT}.get(kind)


def both(one: Oids | None, other: Oids | None) -> Oids | None:
    """What does for two uses of a column. Raises Unplannable where they want different things of it."""
    if one is None and other is None:
        return None
    if one is None or other is None or not one & other:
        raise Unplannable("a column is wanted in two forms")
    return one & other


def json_writer(kind: PrimitiveType, layout: Format) -> Callable[[str], str] | None:
    """A function from the database's text to JSON text, None where the type is not read as text."""
    if kind is edm.STRING:
        return encode_string
    if kind is edm.GUID:
        return '"{}"'.format
    if kind is edm.DATE_TIME_OFFSET:
        return lambda text: f'"{instant(text)}"'
    if kind is edm.DECIMAL:
        return lambda text: kind.to_json(Decimal(text), numbers_as_strings=layout.ieee754)
    if kind.is_integer:
        return '"{}"'.format if layout.ieee754 and kind is edm.INT64 else str
    return None


def instant(text: str) -> str:
    """An instant as OData writes it: with six digits of a second or none."""
    if text[-3:] == "+00" and text[4:5] == "-":
        if len(text) == 22:
            return f"{text[:10]}T{text[11:19]}Z"
        if len(text) <= 29 and text[19:20] == ".":
            return f"{text[:10]}T{text[11:-3]:0<15}Z"
    return edm.DATE_TIME_OFFSET.text(_moment(text))


def _moment(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise DataError("The instant is out of Python's range.") from None


def value_of(kind: PrimitiveType, held: Any) -> Any:
    """The Python value of what a column holds that was read for this type."""
    if kind.is_integer:
        return int(held)
    read = _READERS.get(kind)
    return read(held) if read else held


_READERS: dict[PrimitiveType, Callable[[str], Any]] = {
    edm.GUID: uuid.UUID,
    edm.DECIMAL: Decimal,
    edm.DATE_TIME_OFFSET: _moment,
}
