"""Keys in URLs: reading every form, and writing the canonical one (OData URL Conventions 4.01, section 4.3)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from feedback.odata import edm
from feedback.odata.errors import BadSyntax, NotFound, WrongType
from feedback.odata.literals import checked_text, coerce, key_text, literal_of
from feedback.odata.member_parser import TokenReader
from feedback.odata.model import EntityType, Property
from feedback.odata.nodes import Literal

# Sub-delimiters that may stand unencoded in a path segment (RFC 3986, section 3.3).
_SAFE_IN_SEGMENT = "'(),:@=$!*;-._~"


def key_of(
    text: str, entity_type: EntityType, aliases: Mapping[str, str], known: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Read what stands between the parentheses: one value, or `Name=value` pairs of the key or an alternate key.

    What is `known` of the key may be left out.
    """
    reader = _KeyReader(text, aliases)
    given = reader.pairs()
    reader.end()
    if list(given) == [""]:
        free = [name for name in entity_type.key if name not in known] or entity_type.key
        if len(free) > 1:
            raise BadSyntax(_("The key of %(type)s has several parts: name them.") % {"type": entity_type.name})
        given = {free[0]: given[""]}
    for key in (entity_type.key, *entity_type.alternate_keys):
        if set(key) - known <= set(given) <= set(key):
            return {name: _typed(literal, entity_type.by_name[name]) for name, literal in given.items()}
    raise BadSyntax(_("%(names)s is not a key of %(type)s.") % {"names": ", ".join(given), "type": entity_type.name})


def key_as_segments(parts: Sequence[str], entity_type: EntityType, names: Sequence[str]) -> dict[str, Any]:
    """Read the named parts of a key that stand as path segments. What cannot be a key value addresses nothing."""
    if len(parts) < len(names):
        raise NotFound(_("There is nothing at this address."))
    try:
        return {
            name: entity_type.by_name[name].type.parse(checked_text(part))
            for name, part in zip(names, parts, strict=True)
        }
    except (ValueError, ArithmeticError):
        given = {"text": "/".join(parts)[:60], "type": entity_type.name}
        raise WrongType(_("“%(text)s” is not a key of %(type)s.") % given) from None


def canonical_key(key: Mapping[str, Any], entity_type: EntityType) -> str:
    """Write `(value)` or `(A=1,B=2)`, percent-encoded, as it stands in edit links and ids."""
    texts = [(each.name, quote(key_text(key[each.name], each.type), safe=_SAFE_IN_SEGMENT))
             for each in entity_type.key_properties]  # fmt: skip
    if len(texts) == 1:
        return f"({texts[0][1]})"
    return "(" + ",".join(f"{name}={text}" for name, text in texts) + ")"


def _typed(literal: Literal, declared: Property) -> Any:
    if literal.type is None or (literal.type is not edm.STRING and declared.type is edm.STRING):
        raise WrongType(_("The key %(name)s needs a value of type %(type)s.") % {
            "name": declared.name, "type": declared.type.name,
        })  # fmt: skip
    return coerce(literal, declared.type).value


class _KeyReader(TokenReader):
    def __init__(self, text: str, aliases: Mapping[str, str]) -> None:
        super().__init__(text)
        self._aliases = aliases

    def pairs(self) -> dict[str, Literal]:
        """The values by name; a single value without a name has the name ""."""
        if not (self.kind == "name" and self.ahead(1).text == "="):
            return {"": self._value()}
        given: dict[str, Literal] = {}
        while True:
            name = self.take("name").text
            self.mark("=")
            if name in given:
                raise self.unexpected()
            given[name] = self._value()
            if self.kind == "end":
                return given
            self.mark(",")

    def _value(self) -> Literal:
        if self.kind == "alias":
            name = self.take("alias").text
            if name not in self._aliases:
                raise BadSyntax(_("The parameter alias %(name)s has no value.") % {"name": name})
            inner = _KeyReader(self._aliases[name], {})
            value = inner._value()
            inner.end()
            return value
        literal = literal_of(self.current)
        if literal is None:
            raise self.unexpected()
        self.take(self.kind)
        return literal
