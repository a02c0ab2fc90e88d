"""`$expand`: which related entities come along, and how (OData URL Conventions 4.01, section 5.1.3)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.utils.translation import gettext as _

from feedback.odata.errors import BadSyntax, InvalidValue, NotImplementedByService, UnknownName
from feedback.odata.model import EntitySet, Navigation
from feedback.odata.raw_options import RawOptions, collect
from feedback.odata.scope import Scope
from feedback.odata.splitting import split

if TYPE_CHECKING:
    from feedback.odata.options import ReadOptions

_SCALAR = frozenset({"select", "expand", "compute", "levels"})
_REFERENCE = frozenset({"filter", "search", "orderby", "skip", "top", "count"})
_COUNT = frozenset({"filter", "search"})
_ALLOWED = {"": _SCALAR | _REFERENCE, "$ref": _REFERENCE, "$count": _COUNT}

Reader = Callable[[RawOptions, Scope, int], "ReadOptions"]


@dataclass(frozen=True)
class Expansion:
    """One navigation property to expand; `form` is "" (entities), `$ref` or `$count`."""

    navigation: Navigation
    set: EntitySet
    form: str
    options: "ReadOptions"
    raw: RawOptions
    levels: int = 1
    is_repetition: bool = False  # the same navigation property again, because of `$levels`

    def query(self, skip: int) -> str:
        """The same options as the query part of a URL that goes on after `skip` entities."""
        options = {**self.raw.system, "skip": str(skip)}
        options.pop("levels", None)
        if self.options.top is not None:
            options["top"] = str(self.options.top - (skip - self.options.skip))
        return "&".join(f"${name}={quote(text)}" for name, text in options.items())


def parse_expand(text: str | None, scope: Scope, read: Reader, depth: int) -> tuple[Expansion, ...]:
    """Read the option's value; `read` reads nested options. Raises BadRequest errors and NotImplementedByService."""
    if text is None:
        return ()
    scope.budget.check_depth(depth)
    items: dict[str, Expansion] = {}
    # What is named has its own options, wherever "*" stands.
    for item in sorted(split(text, ","), key=lambda item: item.strip(" \t").startswith("*")):
        scope.budget.spend()
        path, bracket, options = item.strip(" \t").partition("(")
        if bracket and not options.endswith(")"):
            raise BadSyntax(_("A parenthesis is missing in $expand."), target="$expand")
        raw = _raw(options[:-1]) if bracket else None
        for navigation, form in _navigations(path, raw, scope):
            if navigation.name in items and not path.startswith("*"):
                raise InvalidValue(_("%(name)s is expanded twice.") % {"name": navigation.name}, target="$expand")
            if navigation.name not in items:
                items[navigation.name] = _expansion(navigation, form, raw or RawOptions(), scope, read, depth)
    return tuple(items.values())


def _raw(text: str) -> RawOptions:
    options = collect((part.strip(" \t").partition("=") for part in split(text, ";")), _ALLOWED[""])
    if not options.system and not options.aliases:
        raise BadSyntax(_("$expand has empty parentheses."), target="$expand")
    return options


def _navigations(path: str, raw: RawOptions | None, scope: Scope) -> list[tuple[Navigation, str]]:
    name, slash, form = path.partition("/")
    if slash and form not in ("$ref", "$count"):
        raise NotImplementedByService(_("$expand over several segments is not supported."), target="$expand")
    if raw is not None and not raw.system.keys() <= _ALLOWED[form]:
        option = next(iter(raw.system.keys() - _ALLOWED[form]))
        raise BadSyntax(_("$%(name)s cannot be used here.") % {"name": option}, target="$expand")
    if name == "*":
        if form == "$count" or (raw is not None and raw.system.keys() != {"levels"}):
            raise BadSyntax(_("“*” cannot be used so in $expand."), target="$expand")
        return [(each, form) for each in scope.this.set.type.navigation]
    navigation = scope.this.set.type.navigation_by_name.get(name)
    if navigation is None:
        names = {"name": name[:60], "type": scope.this.set.type.name}
        raise UnknownName(_("There is no navigation property %(name)s in %(type)s.") % names, target="$expand")
    if form == "$count" and not navigation.collection:
        raise BadSyntax(_("Only a collection can be counted."), target="$expand")
    return [(navigation, form)]


def _expansion(navigation: Navigation, form: str, raw: RawOptions, scope: Scope, read: Reader, depth: int) -> Expansion:
    target = scope.declaration.target(navigation)
    if not navigation.collection and raw.system.keys() & _REFERENCE:
        option = next(iter(raw.system.keys() & _REFERENCE))
        raise InvalidValue(_("$%(name)s needs a collection.") % {"name": option}, target="$expand")
    inner = replace(scope.of_expansion(target), aliases={**scope.aliases, **raw.aliases})
    options = read(raw, inner, depth)
    levels = _levels(raw)
    if levels > 1 and navigation.name in target.type.navigation_by_name:
        scope.budget.check_depth(depth + levels)
        below = RawOptions({**raw.system, "levels": str(levels - 1)}, raw.aliases)
        again = target.type.navigation_by_name[navigation.name]
        repetition = replace(_expansion(again, form, below, inner, read, depth + 1), is_repetition=True)
        options = replace(options, expand=(*options.expand, repetition))
    return Expansion(navigation, target, form, options, raw, levels)


def _levels(raw: RawOptions) -> int:
    text = raw.get("levels")
    if text is None:
        return 1
    if text.lower() == "max":
        raise NotImplementedByService(_("$levels=max is not supported: give a number."), target="$levels")
    if not (text.isascii() and text.isdigit()) or text.startswith("0") or len(text) > 3:
        raise InvalidValue(_("$levels needs a whole number from 1 on."), target="$levels")
    return int(text)
