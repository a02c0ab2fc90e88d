"""The columns of one query, each once, and how rows of it become JSON."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model
from django.db.models.expressions import Combinable

from feedback.odata import column_texts, edm
from feedback.odata.context import Context
from feedback.odata.edm import PrimitiveType
from feedback.odata.etags import etag_of
from feedback.odata.keys import canonical_key
from feedback.odata.model import Declaration, EntitySet, Name, Property
from feedback.odata.negotiation import Format

Row = Sequence[Any]


@lru_cache(maxsize=4096)
def column_path(model: type[Model], path: str) -> str:
    """One spelling for each column, so that none is selected twice: `pk` and `owner` become `id` and `owner_id`."""
    *steps, last = path.split("__")
    for step in steps:
        related = model._meta.get_field(step).related_model
        if not isinstance(related, type):
            return path
        model = related
    if last == "pk":
        last = model._meta.pk.name
    try:
        found = model._meta.get_field(last)
    except FieldDoesNotExist:
        return path  # an annotation of the queryset
    return "__".join([*steps, getattr(found, "attname", last) if found.concrete and not found.many_to_many else last])


class Columns:
    """Collects what a query selects; the same column is selected once.

    With `as_text` columns come as PostgreSQL's text where that says all (module `column_texts`): `texts` has, for each
    column, the database's types for which it does, None for Python values.
    """

    def __init__(self, model: type[Model], *, as_text: bool = False) -> None:
        self._model = model
        self.as_text = as_text
        self.expressions: list[Any] = []
        self.texts: list[column_texts.Oids | None] = []
        self._by_path: dict[str, int] = {}

    def path(self, path: str, kind: PrimitiveType | None = None) -> int:
        """The index of an ORM path; without a type its values are only told apart and written as they are."""
        path = column_path(self._model, path)
        if path not in self._by_path:
            self._by_path[path] = self._add(path, kind)
        elif self.as_text:
            at = self._by_path[path]
            self.texts[at] = column_texts.both(self.texts[at], column_texts.types_of(kind))
        return self._by_path[path]

    def expression(self, expression: Combinable, kind: PrimitiveType) -> int:
        """The index of an expression."""
        if isinstance(expression, F):
            return self.path(str(expression.name), kind)  # type: ignore[attr-defined]
        return self._add(expression, kind)

    def _add(self, what: Any, kind: PrimitiveType | None) -> int:
        self.expressions.append(what)
        self.texts.append(column_texts.types_of(kind) if self.as_text else None)
        return len(self.expressions) - 1

    def property(self, declared: Property, context: Context) -> int:
        """The index of a structural property of the set's own type."""
        if declared.expression is not None:
            return self.expression(declared.expression(context, ""), declared.type)
        path = declared.path
        return self.path(path if isinstance(path, str) else path(context), declared.type)

    def writer(self, kind: PrimitiveType, layout: Format) -> Callable[[Any], str]:
        """A function from what a column of this type holds, never null, to its JSON text."""
        found = column_texts.json_writer(kind, layout) if self.as_text else None
        return found or json_writer(kind, layout)

    def value(self, kind: PrimitiveType, held: Any) -> Any:
        """The Python value of what a column of this type holds."""
        return column_texts.value_of(kind, held) if self.as_text and held is not None else held


class ValueColumns(Columns):
    """Values that are at hand already, in the order of the properties."""

    def __init__(self, properties: Sequence[Property]) -> None:
        self.as_text = False
        self._index = {declared.name: index for index, declared in enumerate(properties)}

    def property(self, declared: Property, context: Context) -> int:
        """The index of a structural property."""
        return self._index[declared.name]


def json_writer(kind: PrimitiveType, layout: Format) -> Callable[[Any], str]:
    """A function from a value, never null, to its JSON text."""
    if kind is edm.STRING:
        return edm.encode_string
    if kind is edm.GUID:
        return '"{}"'.format
    if kind.is_integer and not (layout.ieee754 and kind is edm.INT64):
        return str
    if kind.is_json_string:
        text = kind.text
        return lambda value: f'"{text(value)}"'
    return lambda value: kind.to_json(value, numbers_as_strings=layout.ieee754)


class EntityWriter:
    """Writes entities of one set as JSON objects: control information by the metadata level, then the properties."""

    def __init__(
        self,
        declaration: Declaration,
        entity_set: EntitySet,
        properties: Sequence[Property],
        columns: Columns,
        context: Context,
        layout: Format,
        links: Sequence[Name] = (),
    ) -> None:
        self._set = entity_set
        self._links = links
        self._columns = columns
        self._layout = layout
        self._base = context.root + quote(entity_set.name)
        self._type = declaration.qualified(entity_set.type)
        self._key = [(each, columns.property(each, context)) for each in entity_set.type.key_properties]
        self._etag = [columns.path(path) for path in entity_set.etag.paths] if entity_set.etag else []
        self._salt = entity_set.etag.salt(context) if entity_set.etag else ""
        self._parts = [
            (f'"{each.name}":', columns.property(each, context), columns.writer(each.type, layout))
            for each in properties
        ]
        self._typed = layout.metadata == "full"
        shown = {each.name for each in properties}
        self._has_id = self._typed or (layout.metadata == "minimal" and not set(entity_set.type.key) <= shown)
        if self._typed:
            self._parts = [
                (type_annotation(each.name, each.type) + part[0], *part[1:])
                for each, part in zip(properties, self._parts, strict=True)
            ]

    def add(self, name: str, index: int, kind: PrimitiveType) -> None:
        """Show a computed property, too, with its type, which the metadata do not tell (JSON Format 4.01, 4.5.3)."""
        annotation = type_annotation(name, kind) if self._layout.metadata != "none" else ""
        self._parts.append((f'{annotation}"{name}":', index, self._columns.writer(kind, self._layout)))

    def key_values(self, row: Row) -> dict[str, Any]:
        """The entity's key by property name."""
        return {each.name: self._columns.value(each.type, row[index]) for each, index in self._key}

    def address(self, row: Row) -> str:
        """The entity's canonical URL."""
        return self._base + canonical_key(self.key_values(row), self._set.type)

    def etag(self, row: Row) -> str:
        """The entity's ETag, empty where the set has none."""
        if not self._etag:
            return ""
        return etag_of([row[index] for index in self._etag], self._salt)

    def body(self, row: Row) -> str:
        """The members of the entity's JSON object, without braces."""
        return self.bodies([row])[0]

    def bodies(self, rows: Sequence[Row], related: Sequence[Sequence[str]] = ()) -> list[str]:
        """The members of each entity's JSON object; `related` has ready members of expansions, for each the rows' own.

        Column by column, which is a good deal quicker than row by row.
        """
        columns: list[Sequence[str]] = []
        if self._layout.metadata != "none":
            columns.append([",".join(self._control(row)) for row in rows])
        for prefix, index, write in self._parts:
            null = "" if self._layout.omit_nulls else prefix + "null"
            columns.append([null if row[index] is None else prefix + write(row[index]) for row in rows])
        columns.extend([self.link(name, row) for row in rows] for name in self._links)
        columns.extend(related)
        if not columns:
            return [""] * len(rows)
        return [",".join(filter(None, members)) for members in zip(*columns, strict=True)]

    def _control(self, row: Row) -> list[str]:
        members = []
        if self._typed:
            members.append(f'"@odata.type":"#{self._type}"')
        if self._has_id:
            members.append(f'"@odata.id":{edm.encode_string(self.address(row))}')
        if self._etag:
            members.append(f'"@odata.etag":{edm.encode_string(self.etag(row))}')
        if self._typed:
            address = self.address(row)
            members.append(f'"@odata.editLink":{edm.encode_string(address)}')
        return members

    def link(self, name: Name, row: Row) -> str:
        """Where the entities of a navigation property are."""
        address = f"{self.address(row)}/{quote(name)}"
        link = f'"{name}@odata.navigationLink":{edm.encode_string(address)}'
        if self._typed:
            return f'"{name}@odata.associationLink":{edm.encode_string(address + "/$ref")},{link}'
        return link


def linked(entity_set: EntitySet, layout: Format, select: Sequence[Name] | None) -> list[Name]:
    """The navigation properties whose links are shown: all in full metadata, else those that `$select` names."""
    if layout.metadata == "none":
        return []
    names = entity_set.type.navigation_by_name
    return list(names) if layout.metadata == "full" else [name for name in select or () if name in names]


def type_annotation(name: Name, kind: PrimitiveType) -> str:
    """Name a type that JSON itself does not tell (OData JSON Format 4.01, section 4.5.3)."""
    if kind in (edm.STRING, edm.BOOLEAN, edm.DOUBLE):
        return ""
    return f'"{name}@odata.type":"#{kind.name.removeprefix("Edm.")}",'
