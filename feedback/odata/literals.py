"""Literals in URLs: from tokens to typed values, and from values to the text of a key (OData ABNF 4.01, section 7)."""

import json
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from feedback.odata import edm
from feedback.odata.edm import PrimitiveType
from feedback.odata.errors import BadSyntax, NotImplementedByService, WrongType
from feedback.odata.model import present
from feedback.odata.nodes import Literal
from feedback.odata.tokenizer import Token

_BY_KIND = {
    "guid": edm.GUID,
    "datetime": edm.DATE_TIME_OFFSET,
    "date": edm.DATE,
    "time": edm.TIME_OF_DAY,
}
_WORDS: dict[str, Literal] = {
    "true": Literal(True, edm.BOOLEAN),
    "false": Literal(False, edm.BOOLEAN),
    "null": Literal(None, None),
    "INF": Literal(float("inf"), edm.DOUBLE),
    "NaN": Literal(float("nan"), edm.DOUBLE),
}


def literal_of(token: Token) -> Literal | None:
    """Give the literal that a token is, or None when it is something else. Raises BadSyntax for values out of range."""
    try:
        match token.kind:
            case "string":
                return Literal(checked_text(token.text[1:-1].replace("''", "'")), edm.STRING)
            case "jsonstring":
                return Literal(checked_text(json.loads(token.text)), edm.STRING)
            case "number":
                return _number(token.text)
            case "infinity":
                return Literal(float("-inf"), edm.DOUBLE)
            case "duration":
                return Literal(edm.DURATION.parse(token.text[9:-1]), edm.DURATION)
            case "binary":
                return Literal(edm.BINARY.parse(token.text[7:-1]), edm.BINARY)
            case "name":
                return _WORDS.get(token.text) or _WORDS.get(token.text.lower())
            case "geo":
                raise NotImplementedByService(_("Geography and geometry values are not supported."))
            case kind if kind in _BY_KIND:
                return Literal(_BY_KIND[kind].parse(token.text), _BY_KIND[kind])
    except ValueError:
        message = _("“%(text)s” is not a value that can be read.") % {"text": token.text[:40]}
        raise BadSyntax(message, position=token.position) from None
    return None


def _number(text: str) -> Literal:
    if "e" in text.lower():
        return Literal(edm.DOUBLE.parse(text), edm.DOUBLE)
    if "." in text:
        return Literal(edm.DECIMAL.parse(text), edm.DECIMAL)
    if len(text) <= 20:
        value = int(text)
        for whole in (edm.INT32, edm.INT64):
            least, most = present(whole.integer_range)
            if least <= value <= most:
                return Literal(value, whole)
    return Literal(edm.DECIMAL.parse(text), edm.DECIMAL)


def checked_text(text: str) -> str:
    """Give the text back; ValueError when the database could not store it (NUL, lone surrogates)."""
    if "\0" in text:
        raise ValueError("NUL")
    text.encode()  # UnicodeEncodeError is a ValueError
    return text


def coerce(literal: Literal, wanted: PrimitiveType) -> Literal:
    """Give the literal as the wanted type: strings are cast (4.01), numbers widened or narrowed when nothing is lost.

    Raises WrongType.
    """
    if literal.type is wanted or literal.type is None:
        return literal
    value: Any
    try:
        if literal.type is edm.STRING:
            value = wanted.parse(literal.value)
        elif literal.type is edm.DATE and wanted is edm.DATE_TIME_OFFSET:
            value = wanted.parse(f"{edm.DATE.text(literal.value)}T00:00:00Z")
        elif literal.type.is_numeric and wanted.is_numeric:
            value = wanted.from_json(literal.value if isinstance(literal.value, int) else Decimal(str(literal.value)))
        else:
            value = _unfitting()
    except (ValueError, ArithmeticError):
        raise WrongType(
            _("%(value)s cannot be used as %(type)s.") % {"value": str(literal.value)[:40], "type": wanted.name}
        ) from None
    return Literal(value, wanted)


def _unfitting() -> Any:
    raise ValueError("of another type")


def key_text(value: Any, wanted: PrimitiveType) -> str:
    """Write a key value as it stands in a URL, before percent-encoding."""
    text = wanted.text(value)
    return "'" + text.replace("'", "''") + "'" if wanted is edm.STRING else text
