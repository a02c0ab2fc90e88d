"""From the path of a URL to what it addresses (OData URL Conventions 4.01, section 4).

The path comes percent-encoded: it is cut at slashes before decoding, so a key may contain an encoded one. All key
forms are understood: `Set(1)`, `Set(Id=1)`, alternate keys, quoted GUIDs, `Set(@p)`, key as segment; and `Set/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from django.utils.translation import gettext as _

from feedback.odata.errors import BadRequest, BadSyntax, NotFound, NotImplementedByService
from feedback.odata.keys import key_as_segments, key_of
from feedback.odata.literals import checked_text
from feedback.odata.model import Declaration, EntitySet, Navigation, Property
from feedback.odata.nodes import Node
from feedback.odata.parser import parse_condition
from feedback.odata.scope import Budget, Scope
from feedback.odata.splitting import is_balanced

MAX_SEGMENTS = 20


@dataclass(frozen=True, slots=True)
class Step:
    """One stage on the way: a set, reached at the root or over `navigation`, narrowed by a key and conditions."""

    set: EntitySet
    navigation: Navigation | None = None
    key: Mapping[str, Any] | None = None
    conditions: tuple[Node, ...] = ()

    @property
    def is_single(self) -> bool:
        """Whether it is one entity."""
        return self.key is not None or (self.navigation is not None and not self.navigation.collection)


@dataclass(frozen=True, slots=True)
class Resource:
    """What a URL addresses.

    `kind`: service, metadata, batch, entity-id, all, crossjoin, or, with `steps`: entities, entity, property, value
    (raw value of a property), count, ref (references instead of entities), query (options in the body), each, media.
    """

    kind: str
    steps: tuple[Step, ...] = ()
    declared: Property | None = None
    under: str = ""  # for query and ref: the kind that it stands for; for entity-id: the type it is cast to

    @property
    def last(self) -> Step:
        """The stage that is addressed."""
        return self.steps[-1]

    @property
    def set(self) -> EntitySet:
        """The set of the entities that are addressed."""
        return self.steps[-1].set


_FIXED = {
    "": Resource("service"),
    "$metadata": Resource("metadata"),
    "$batch": Resource("batch"),
    "$entity": Resource("entity-id"),
    "$all": Resource("all"),
}
_SUFFIXES = {
    "entities": {"$count": "count", "$ref": "ref", "$query": "query", "$each": "each"},
    "entity": {"$ref": "ref", "$query": "query", "$value": "media"},
    "property": {"$value": "value", "$query": "query"},
    "count": {"$query": "query"},
    "ref": {"$query": "query"},
    "value": {"$query": "query"},
}


def parse_resource(
    path: str, declaration: Declaration, *, aliases: Mapping[str, str] | None = None, budget: Budget | None = None
) -> Resource:
    """Resolve a path below the service root. Raises NotFound for names, BadRequest errors for keys that cannot be
    read.
    """
    if path in _FIXED:
        return _FIXED[path]
    if path.startswith("$entity/"):
        return Resource("entity-id", under=unquote(path.removeprefix("$entity/")))
    if not path.strip("/") or "//" in path:
        raise NotFound(_("There is nothing at this address."))
    segments = [_decoded(segment) for segment in _cut(path.removesuffix("/"))]
    if len(segments) > MAX_SEGMENTS:
        raise BadRequest(_("The address has more than %(limit)s segments.") % {"limit": MAX_SEGMENTS})
    return _PathReader(segments, declaration, aliases or {}, budget or Budget()).read()


def _cut(path: str) -> list[str]:
    """Cut at slashes, but not at those inside a `$filter(...)` segment."""
    segments: list[str] = []
    is_open = False
    for piece in path.split("/"):
        if is_open:
            segments[-1] += "/" + piece
        else:
            segments.append(piece)
        text = unquote(segments[-1])
        is_open = text.startswith("$filter(") and not is_balanced(text)
    return segments


def _decoded(segment: str) -> str:
    try:
        return checked_text(unquote(segment, errors="strict"))
    except ValueError:
        raise BadSyntax(_("The address is not UTF-8.")) from None


class _PathReader:
    def __init__(
        self, segments: list[str], declaration: Declaration, aliases: Mapping[str, str], budget: Budget
    ) -> None:
        self._segments = segments
        self._declaration = declaration
        self._aliases = aliases
        self._budget = budget
        self._at = 0

    def read(self) -> Resource:
        first = self._next()
        if first.startswith("$crossjoin("):
            return Resource("crossjoin")
        if first in _FIXED:
            raise NotFound(_("There is nothing at this address."))
        if first.startswith("$"):
            raise BadSyntax(_("There is no segment %(name)s.") % {"name": first[:40]}, position=0)
        name, keys = self._name_and_keys(first)
        if name not in self._declaration.by_name:
            raise NotFound(_("There is no set %(name)s.") % {"name": name}, target=name)
        resource = self._arrive(Resource("entities"), Step(self._declaration.by_name[name]), keys)
        while self._at < len(self._segments):
            resource = self._follow(resource)
        return resource

    def _next(self) -> str:
        segment = self._segments[self._at]
        self._at += 1
        return segment

    def _name_and_keys(self, segment: str) -> tuple[str, str | None]:
        name, bracket, rest = segment.partition("(")
        if not name.isidentifier() or (bracket and not rest.endswith(")")):
            raise BadSyntax(_("Cannot read the segment “%(segment)s”.") % {"segment": segment[:60]})
        return name, rest[:-1] if bracket else None

    def _arrive(self, before: Resource, step: Step, keys: str | None) -> Resource:
        if keys is not None:
            if step.is_single:
                raise BadSyntax(_("A single entity has no key in parentheses."))
            if keys.strip():
                step = replace(step, key=key_of(keys, step.set.type, self._aliases, self._known(step)))
        return Resource("entity" if step.is_single else "entities", (*before.steps, step))

    def _follow(self, resource: Resource) -> Resource:
        segment = self._next()
        suffixes = _SUFFIXES.get(resource.kind, {})
        if resource.kind in ("entities", "entity") and segment.startswith(f"{self._declaration.namespace}."):
            return self._cast(resource, segment)
        if segment in suffixes:
            return self._suffix(resource, suffixes[segment])
        if segment.startswith("$filter(") and segment.endswith(")") and resource.kind == "entities":
            return self._narrowed(resource, segment[len("$filter(") : -1])
        if segment.startswith("(") and segment.endswith(")") and resource.kind == "entities":
            known = self._known(resource.last)
            return self._keyed(resource, key_of(segment[1:-1], resource.set.type, self._aliases, known))
        if resource.kind == "entities":
            return self._entities(resource, segment)
        if resource.kind == "entity":
            return self._entity(resource, segment)
        if segment.startswith("$") or resource.kind not in ("property",):
            raise BadSyntax(_("“%(segment)s” cannot follow here.") % {"segment": segment[:60]})
        raise NotFound(_("There is nothing at this address."))

    def _suffix(self, resource: Resource, kind: str) -> Resource:
        if kind == "count" or kind == "ref" or kind == "value":
            rest = self._segments[self._at :]
            if rest not in ([], ["$query"]):
                raise BadSyntax(_("“%(segment)s” cannot follow here.") % {"segment": rest[0][:60]})
        if kind == "query" and self._at < len(self._segments):
            raise BadSyntax(_("Nothing can follow $query."))
        return replace(resource, kind=kind, under=resource.kind)

    def _narrowed(self, resource: Resource, text: str) -> Resource:
        scope = Scope.of(self._declaration, resource.set, budget=self._budget, aliases=self._aliases)
        condition = parse_condition(text, scope)
        step = replace(resource.last, conditions=(*resource.last.conditions, condition))
        return replace(resource, steps=(*resource.steps[:-1], step))

    def _keyed(self, resource: Resource, key: Mapping[str, Any]) -> Resource:
        return Resource("entity", (*resource.steps[:-1], replace(resource.last, key=key)))

    def _entities(self, resource: Resource, segment: str) -> Resource:
        if segment.startswith("$"):
            raise BadSyntax(_("“%(segment)s” cannot follow here.") % {"segment": segment[:60]})
        key, known = resource.set.type.key, self._known(resource.last)
        names = [name for name in key if name not in known] or key
        parts = [segment, *self._segments[self._at : self._at + len(names) - 1]]
        self._at += len(names) - 1
        return self._keyed(resource, key_as_segments(parts, resource.set.type, names))

    def _cast(self, resource: Resource, segment: str) -> Resource:
        """A cast to the type that is there anyway changes nothing; there are no others."""
        if segment != self._declaration.qualified(resource.set.type):
            raise NotImplementedByService(_("Operations and derived types are not part of this service."))
        return resource

    def _known(self, step: Step) -> frozenset[str]:
        """The parts of the key that the way here tells: they may be left out (URL Conventions 4.01, section 4.3.3)."""
        partner = step.set.type.navigation_by_name.get(step.navigation.partner) if step.navigation else None
        return frozenset(own for own, _other in partner.foreign_key) if partner else frozenset()

    def _entity(self, resource: Resource, segment: str) -> Resource:
        name, keys = self._name_and_keys(segment) if not segment.startswith("$") else (segment, None)
        entity_type = resource.set.type
        if name in entity_type.by_name and keys is None:
            return replace(resource, kind="property", declared=entity_type.by_name[name])
        if name in entity_type.navigation_by_name:
            navigation = entity_type.navigation_by_name[name]
            return self._arrive(resource, Step(self._declaration.target(navigation), navigation), keys)
        if name.startswith("$"):
            raise BadSyntax(_("“%(segment)s” cannot follow here.") % {"segment": name[:60]})
        names = {"name": name, "type": entity_type.name}
        raise NotFound(_("There is no property %(name)s in %(type)s.") % names, target=name)
