"""Reading entities: one query for a page, one for each expansion, one for a count; never one for a row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote

from django.db.models import Count, F, Model, QuerySet, Value, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from feedback.odata import edm, paging
from feedback.odata.columns import Columns, EntityWriter, Row, linked
from feedback.odata.context import Context
from feedback.odata.errors import NotImplementedByService
from feedback.odata.expansion import Expansion
from feedback.odata.model import Declaration, EntitySet, Property, present
from feedback.odata.negotiation import Format
from feedback.odata.options import ReadOptions, selected_properties
from feedback.odata.resource import Step
from feedback.odata.search import search_condition
from feedback.odata.sql import Sql
from feedback.odata.translate import Translator


@dataclass(frozen=True)
class Page:
    """Ready JSON objects, the exact count when it was asked for, and the token of the next page."""

    items: list[str]
    count: int | None = None
    next_token: str = ""


@dataclass(frozen=True)
class Found:
    """One entity: the members of its JSON object, its key, its ETag and its canonical URL."""

    members: str
    key: Mapping[str, Any]
    etag: str
    address: str


@dataclass
class _Expanded:
    """Ready JSON members per owner."""

    members: dict[Any, str] = field(default_factory=dict)
    empty: str = ""


class Reader:
    """Reads for one request."""

    def __init__(self, declaration: Declaration, context: Context, layout: Format, largest_page: int) -> None:
        self._declaration = declaration
        self._context = context
        self._layout = layout
        self._largest_page = largest_page

    # ---- which rows ----

    def rows(self, steps: Sequence[Step]) -> QuerySet[Any]:
        """The rows that a path addresses, in one query however long the path is."""
        queryset: QuerySet[Any] | None = None
        for step in steps:
            own = step.set.queryset(self._context)
            if queryset is not None and step.navigation is not None:
                if step.navigation.collection:
                    own = own.filter(**{f"{step.navigation.back}__in": queryset.order_by().values("pk")})
                else:
                    own = own.filter(pk__in=queryset.order_by().values(step.navigation.path))
            if step.key is not None:
                own = own.filter(**self.key_filter(step.set, step.key))
            for condition in step.conditions:
                own = Translator(self._context).apply(own, condition)
            queryset = own
        return present(queryset)

    def key_filter(self, entity_set: EntitySet, key: Mapping[str, Any]) -> dict[str, Any]:
        """ORM conditions for a key."""
        filters = {}
        for name, value in key.items():
            path = entity_set.type.by_name[name].path
            filters[path if isinstance(path, str) else path(self._context)] = value
        return filters

    def narrowed(self, queryset: QuerySet[Any], entity_set: EntitySet, options: ReadOptions) -> QuerySet[Any]:
        """The rows that `$filter` and `$search` leave."""
        if options.condition is not None:
            queryset = Translator(self._context).apply(queryset, options.condition)
        if options.search is not None:
            if entity_set.search is None:
                raise NotImplementedByService(_("$search is not supported for %(set)s.") % {"set": entity_set.name})
            search = entity_set.search
            queryset = queryset.filter(search_condition(options.search, lambda word: search(self._context, word)))
        return queryset

    # ---- pages and single entities ----

    def page(
        self,
        queryset: QuerySet[Any],
        entity_set: EntitySet,
        options: ReadOptions,
        size: int,
        digest: str,
        *,
        references: bool,
    ) -> Page:
        """Read one page; `references` gives `@odata.id` only."""
        queryset = self.narrowed(queryset, entity_set, options)
        count = queryset.count() if options.count else None
        translator = Translator(self._context)
        order = paging.criteria(options.orderby, entity_set, translator, self._context)
        top, skip = options.top, options.skip
        shape = _Shape(self, queryset.model, entity_set, options, translator, references=references)
        sort_columns = [shape.columns.expression(each.expression) for each in order]
        queryset = translator.named(queryset)
        if options.skiptoken:
            values, top = paging.read_token(options.skiptoken, order, digest)
            queryset, skip = queryset.filter(paging.after(order, values)), 0
        if top == 0:
            return Page([], count)
        limit = size if top is None else min(size, top)
        ordered = queryset.order_by(*[each.order_by() for each in order])
        # One row more than the page shows whether there is another page.
        rows = list(ordered.values_list(*shape.columns.expressions)[skip : skip + limit + (limit != top)])
        more, rows = len(rows) > limit, rows[:limit]
        token = ""
        if more:
            left = None if top is None else top - limit
            token = paging.write_token(order, [rows[-1][index] for index in sort_columns], left, digest)
        return Page(["{" + text + "}" for text in shape.render(rows)], count, token)

    def single(self, queryset: QuerySet[Any], entity_set: EntitySet, options: ReadOptions) -> Found | None:
        """Read the one entity that is addressed, None when there is none."""
        translator = Translator(self._context)
        shape = _Shape(self, queryset.model, entity_set, options, translator)
        rows = list(translator.named(queryset).order_by().values_list(*shape.columns.expressions)[:1])
        if not rows:
            return None
        writer, row = shape.writer, rows[0]
        return Found(shape.render(rows)[0], writer.key_values(row), writer.etag(row), writer.address(row))

    def value(
        self, queryset: QuerySet[Any], entity_set: EntitySet, declared: Property
    ) -> tuple[dict[str, Any], Any] | None:
        """The entity's key and the value of one of its properties, None when there is no such entity."""
        columns = Columns(queryset.model)
        writer = EntityWriter(self._declaration, entity_set, (declared,), columns, self._context, self._layout)
        index = columns.property(declared, self._context)
        rows = list(queryset.order_by().values_list(*columns.expressions)[:1])
        return (writer.key_values(rows[0]), rows[0][index]) if rows else None

    # ---- expansions ----

    def expand(
        self, expansion: Expansion, owners: Sequence[Any], address_of: Callable[[Any], str], expanded: _Expanded
    ) -> None:
        """Fill in the members of one expansion for all owners."""
        name = expansion.navigation.name
        if not expansion.navigation.collection:
            expanded.empty = f'"{name}":null'
            for owner, texts in self._children(expansion, owners, "pk").items():
                expanded.members[owner] = f'"{name}":{texts[0]}'
            return
        back = expansion.navigation.back
        counts = (
            self._counts(expansion, owners, back) if expansion.options.count or expansion.form == "$count" else None
        )
        children = self._children(expansion, owners, back) if expansion.form != "$count" else {}
        for owner in owners:
            members = []
            if counts is not None:
                members.append(f'"{name}@odata.count":{self._layout.count(counts.get(owner, 0))}')
            texts = children.get(owner, [])
            if len(texts) > self._largest_page:
                texts = texts[: self._largest_page]
                skip = expansion.options.skip + self._largest_page
                link = f"{address_of(owner)}/{quote(name)}?{expansion.query(skip)}"
                members.append(f'"{name}@odata.nextLink":{edm.encode_string(link)}')
            if expansion.form != "$count":
                members.append(f'"{name}":[{",".join(texts)}]')
            expanded.members[owner] = ",".join(members)

    def _rows_of(self, expansion: Expansion, owners: Sequence[Any], link: str) -> QuerySet[Any]:
        # One array, not a list of hundreds of parameters, each of which costs on its way to the database.
        is_wanted = Sql("({} = ANY({}))", F(link), Value(list(set(owners))))
        rows = expansion.set.queryset(self._context).filter(is_wanted)
        return self.narrowed(rows, expansion.set, expansion.options)

    def _counts(self, expansion: Expansion, owners: Sequence[Any], link: str) -> dict[Any, int]:
        grouped = self._rows_of(expansion, owners, link).order_by().values_list(link)
        return dict(grouped.annotate(_odata_count=Count("pk")))

    def _children(self, expansion: Expansion, owners: Sequence[Any], link: str) -> dict[Any, list[str]]:
        """JSON objects per owner; one more than a page holds tells that there are more."""
        options = expansion.options
        translator = Translator(self._context)
        queryset = self._rows_of(expansion, owners, link)
        order = paging.criteria(options.orderby, expansion.set, translator, self._context)
        shape = _Shape(self, queryset.model, expansion.set, options, translator, references=expansion.form == "$ref")
        link_column = shape.columns.path(link)
        queryset = translator.named(queryset)
        ordering = [each.order_by() for each in order]
        if link != "pk":
            last = options.skip + min(self._largest_page + 1, options.top if options.top is not None else 2**31)
            position = Window(RowNumber(), partition_by=[F(link)], order_by=ordering)
            queryset = queryset.annotate(_odata_position=position)
            queryset = queryset.filter(_odata_position__gt=options.skip, _odata_position__lte=last)
        rows = list(queryset.order_by(*ordering).values_list(*shape.columns.expressions))
        children: dict[Any, list[str]] = {}
        for row, text in zip(rows, shape.render(rows), strict=True):
            children.setdefault(row[link_column], []).append("{" + text + "}")
        return children


class _Shape:
    """What is selected and shown for the rows of one query."""

    def __init__(
        self,
        reader: Reader,
        model: type[Model],
        entity_set: EntitySet,
        options: ReadOptions,
        translator: Translator,
        *,
        references: bool = False,
    ) -> None:
        self._reader = reader
        self._references = references
        self.columns = Columns(model)
        shown = () if references else selected_properties(options, entity_set.type.by_name)
        context, layout = reader._context, reader._layout
        self._expansions = [] if references else list(options.expand)
        expanded = [each.navigation.name for each in self._expansions]
        self._linked = linked(entity_set, layout, options.select)
        links = [name for name in self._linked if name not in expanded]
        self.writer = EntityWriter(reader._declaration, entity_set, shown, self.columns, context, layout, links)
        for name, node in options.computed.items():
            if not references and (options.select is None or name in options.select):
                self.writer.add(name, self.columns.expression(translator.value(node)), node.type or edm.STRING)
        self._links = [self.columns.path(each.navigation.path or "pk") for each in self._expansions]

    def render(self, rows: Sequence[Row]) -> list[str]:
        """The members of each row's JSON object."""
        if self._references:
            return [f'"@odata.id":{edm.encode_string(self.writer.address(row))}' for row in rows]
        if not self._expansions:
            return self.writer.bodies(rows)
        expanded = []
        for expansion, link in zip(self._expansions, self._links, strict=True):
            owners = [row[link] for row in rows if row[link] is not None]
            related = _Expanded()
            self._reader.expand(expansion, owners, partial(self._address_of, rows, link), related)
            texts = [related.members.get(row[link], related.empty) for row in rows]
            if (name := expansion.navigation.name) in self._linked:
                texts = [f"{self.writer.link(name, row)},{text}" for row, text in zip(rows, texts, strict=True)]
            expanded.append(texts)
        return self.writer.bodies(rows, expanded)

    def _address_of(self, rows: Sequence[Row], link: int, owner: Any) -> str:
        return self.writer.address(next(row for row in rows if row[link] == owner))
