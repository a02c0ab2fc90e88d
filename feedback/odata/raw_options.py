"""The query part of a URL: cutting it into system options, parameter aliases and the rest (URL Conventions 4.01,
section 5).

System query options may stand with or without `$`, in any case. What begins with `@` is a parameter alias; any other
`name=value` is a custom option and ignored, as clients and proxies add them (`sap-client=100`, `_=17`). An unknown
`$name` is 400, and so is a name alone unless the model declares it: it is the rest of a value in which `&` was not
percent-encoded, and leaving it out would answer another question than the one that was asked.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from django.utils.translation import gettext as _

from feedback.odata.errors import BadSyntax, NotImplementedByService, UnknownName
from feedback.odata.literals import checked_text

SYSTEM_OPTIONS = frozenset(
    {
        "filter", "select", "expand", "orderby", "top", "skip", "count", "search", "compute", "format", "skiptoken",
        "deltatoken", "apply", "index", "id", "schemaversion", "levels",
    }
)  # fmt: skip


NOT_SERVED = frozenset({"apply", "deltatoken", "index"})


@dataclass(frozen=True)
class RawOptions:
    """Decoded options: system options by lower-case name without `$`, and parameter aliases by name with `@`."""

    system: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """The text of a system option."""
        return self.system.get(name)

    def check(self, allowed: frozenset[str]) -> None:
        """Refuse system options that this service lacks (501), and those that mean nothing where they stand."""
        for name in NOT_SERVED & self.system.keys():
            raise NotImplementedByService(_("$%(name)s is not supported.") % {"name": name}, target=f"${name}")
        for name in self.system.keys() - allowed:
            raise BadSyntax(_("$%(name)s cannot be used here.") % {"name": name}, target=f"${name}")


def parse_query(query: str, custom: Container[str] = ()) -> RawOptions:
    """Cut and decode a raw query string; `custom` are the custom options that may stand without a value.

    Raises BadSyntax for what cannot be decoded and for an option given twice.
    """
    if not query:
        return RawOptions()
    parts = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        name = _decoded(name)
        if name.lower() in ("$search", "search") and (";" in value or "#" in value):
            raise BadSyntax(_("Percent-encode “;” and “#” in $search."), target="$search")
        if equals or name not in custom:
            parts.append((name, equals, _decoded(value)))
    return collect(parts)


def collect(parts: Iterable[tuple[str, str, str]], names: frozenset[str] = SYSTEM_OPTIONS) -> RawOptions:
    """Sort decoded (name, equals sign, value) triples into options; `names` are those that are known here."""
    system: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for name, equals, value in parts:
        plain = name.removeprefix("$").lower()
        if name.startswith("@"):
            if name in aliases:
                raise BadSyntax(_("The parameter alias %(name)s is given twice.") % {"name": name}, target=name)
            aliases[name] = value
        elif plain in names and (name.startswith("$") or equals):
            if plain in system and plain != "format":
                raise BadSyntax(_("The query option $%(name)s is given twice.") % {"name": plain}, target=f"${plain}")
            if not equals:
                raise BadSyntax(_("The query option $%(name)s has no value.") % {"name": plain}, target=f"${plain}")
            system.setdefault(plain, value)
        elif name.startswith("$"):
            raise UnknownName(_("There is no query option %(name)s.") % {"name": name[:40]}, target=name[:40])
        elif name.strip() and not equals:
            raise BadSyntax(_("“%(name)s” is no query option: percent-encode “&” inside values.") % {"name": name[:40]})
    return RawOptions(system, aliases)


def _decoded(text: str) -> str:
    try:
        return checked_text(unquote_plus(text, errors="strict"))
    except ValueError:
        raise BadSyntax(_("The query cannot be decoded as UTF-8 text.")) from None
