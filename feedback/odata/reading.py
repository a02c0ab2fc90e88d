"""Reading entities: one query for a page, one for each expansion, one for a count; never one for a row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.db.models import Count, F, QuerySet, Value, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from feedback.odata import edm, paging, prepared
from feedback.odata.asking import Asker, Query, Question
from feedback.odata.columns import Columns, EntityWriter
from feedback.odata.context import Context
from feedback.odata.errors import NotImplementedByService
from feedback.odata.expansion import Expansion
from feedback.odata.model import Declaration, EntitySet, Property, present
from feedback.odata.negotiation import Format
from feedback.odata.options import ReadOptions
from feedback.odata.plans import Plans
from feedback.odata.resource import Step
from feedback.odata.search import search_condition
from feedback.odata.shapes import Expanded, Shape
from feedback.odata.sql import Slot, Sql
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


class Reader:
    """Reads for one request; statements of pages and expansions are kept in `plans`."""

    def __init__(
        self,
        declaration: Declaration,
        context: Context,
        layout: Format,
        largest_page: int,
        plans: Plans | None = None,
    ) -> None:
        self._declaration = declaration
        self._context = context
        self._layout = layout
        self._largest_page = largest_page
        self._asker = Asker(declaration, context, layout, plans)

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
        steps: Sequence[Step],
        entity_set: EntitySet,
        options: ReadOptions,
        size: int,
        digest: str,
        *,
        references: bool,
    ) -> Page:
        """Read one page; `references` gives `@odata.id` only."""
        count = self.narrowed(self.rows(steps), entity_set, options).count() if options.count else None
        token = paging.read_token(options.skiptoken, digest) if options.skiptoken else None
        top, skip = (token.left, 0) if token else (options.top, options.skip)
        limit = size if top is None else min(size, top)
        # One row more than the page shows whether there is another page.
        window = slice(skip, skip + limit + (limit != top))

        def build(options: ReadOptions, slots: Sequence[Slot | None] | None) -> Query:
            return self._page_query(steps, entity_set, options, token, slots, window, references=references)

        if top == 0:
            build(options, None)
            return Page([], count)
        is_whole_set = len(steps) == 1 and steps[0].key is None and not steps[0].conditions
        question = Question(
            form=("page", references, window.start, window.stop) if is_whole_set else None,
            set=entity_set,
            options=options,
            blanks=token.blanks if token else (),
            given=token.values if token else lambda order: (),
            build=build,
        )
        query, rows = self._asker.ask(question)
        more, rows = len(rows) > limit, rows[:limit]
        next_token = ""
        if more:
            left = None if top is None else top - limit
            columns = query.shape.columns
            last = [columns.value(each.type, rows[-1][at]) for each, at in zip(query.order, query.marks, strict=True)]
            next_token = paging.write_token(query.order, last, left, digest)
        return Page(["{" + text + "}" for text in query.shape.render(options, rows, self.expand)], count, next_token)

    def _page_query(
        self,
        steps: Sequence[Step],
        entity_set: EntitySet,
        options: ReadOptions,
        token: paging.Token | None,
        slots: Sequence[Slot | None] | None,
        window: slice,
        *,
        references: bool,
    ) -> Query:
        queryset = self.narrowed(self.rows(steps), entity_set, options)
        translator = Translator(self._context)
        order = paging.criteria(options.orderby, entity_set, translator, self._context)
        as_text = slots is not None
        shape = Shape(
            self._declaration,
            self._context,
            self._layout,
            queryset.model,
            entity_set,
            options,
            translator,
            references=references,
            as_text=as_text,
        )
        marks = [shape.columns.expression(each.expression, each.type) for each in order]
        queryset = translator.named(queryset)
        if token:
            values = token.values(order)
            queryset = queryset.filter(paging.after(order, values if slots is None else slots))
        ordered = queryset.order_by(*[each.order_by() for each in order])
        return Query(ordered.values_list(*shape.columns.expressions)[window], shape, order, marks)

    def single(self, queryset: QuerySet[Any], entity_set: EntitySet, options: ReadOptions) -> Found | None:
        """Read the one entity that is addressed, None when there is none."""
        translator = Translator(self._context)
        shape = Shape(self._declaration, self._context, self._layout, queryset.model, entity_set, options, translator)
        rows = list(translator.named(queryset).order_by().values_list(*shape.columns.expressions)[:1])
        if not rows:
            return None
        writer, row = shape.writer, rows[0]
        return Found(
            shape.render(options, rows, self.expand)[0], writer.key_values(row), writer.etag(row), writer.address(row)
        )

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
        self, expansion: Expansion, owners: Sequence[str], address_of: Callable[[str], str], expanded: Expanded
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

    def _rows_of(self, expansion: Expansion, options: ReadOptions, owners: Value, link: str) -> QuerySet[Any]:
        # One array, not a list of hundreds of parameters, each of which costs on its way to the database.
        is_wanted = Sql("({} = ANY({}))", F(link), owners)
        return self.narrowed(expansion.set.queryset(self._context).filter(is_wanted), expansion.set, options)

    def _counts(self, expansion: Expansion, owners: Sequence[str], link: str) -> dict[str, int]:
        rows = self._rows_of(expansion, expansion.options, Value(prepared.array(owners)), link)
        counted = rows.order_by().values_list(link).annotate(_odata_count=Count("pk"))
        return {str(owner): count for owner, count in counted}

    def _children(self, expansion: Expansion, owners: Sequence[str], link: str) -> dict[str, list[str]]:
        """JSON objects per owner; one more than a page holds tells that there are more."""
        options = expansion.options
        wanted = prepared.array(list(dict.fromkeys(owners)))
        last = options.skip + min(self._largest_page + 1, options.top if options.top is not None else 2**31)

        def build(options: ReadOptions, slots: Sequence[Slot | None] | None) -> Query:
            place = slots[0] if slots else None
            return self._children_query(expansion, options, place or Value(wanted), link, last, as_text=bool(slots))

        question = Question(
            form=("children", id(expansion.navigation), link, expansion.form, options.skip, last),
            set=expansion.set,
            options=options,
            blanks=(False,),
            given=lambda order: (wanted,),
            build=build,
        )
        query, rows = self._asker.ask(question)
        children: dict[str, list[str]] = {}
        owner = query.marks[0]
        for row, text in zip(rows, query.shape.render(options, rows, self.expand), strict=True):
            children.setdefault(str(row[owner]), []).append("{" + text + "}")
        return children

    def _children_query(
        self, expansion: Expansion, options: ReadOptions, owners: Value, link: str, last: int, *, as_text: bool
    ) -> Query:
        translator = Translator(self._context)
        queryset = self._rows_of(expansion, options, owners, link)
        order = paging.criteria(options.orderby, expansion.set, translator, self._context)
        references = expansion.form == "$ref"
        shape = Shape(
            self._declaration,
            self._context,
            self._layout,
            queryset.model,
            expansion.set,
            options,
            translator,
            references=references,
            as_text=as_text,
        )
        link_column = shape.columns.path(link)
        queryset = translator.named(queryset)
        ordering = [each.order_by() for each in order]
        if link != "pk":
            position = Window(RowNumber(), partition_by=[F(link)], order_by=ordering)
            queryset = queryset.annotate(_odata_position=position)
            queryset = queryset.filter(_odata_position__gt=options.skip, _odata_position__lte=last)
        ordered = queryset.order_by(*ordering).values_list(*shape.columns.expressions)
        return Query(ordered, shape, order, [link_column])
