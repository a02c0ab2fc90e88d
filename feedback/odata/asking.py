"""Asking for rows: by a plan where one can be kept (module `plans`), else through the ORM."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from feedback.odata import paging, prepared
from feedback.odata.columns import Row
from feedback.odata.context import Context
from feedback.odata.model import Declaration, EntitySet
from feedback.odata.negotiation import Format
from feedback.odata.options import Order, ReadOptions
from feedback.odata.plans import Plans, Unplannable, key_of, slotted
from feedback.odata.shapes import Shape
from feedback.odata.sql import Slot

REFUSED = "refused"


@dataclass(frozen=True)
class Query:
    """What to ask, and how the rows are written. `marks` are the columns of the sort values (`order`) of a page, or of
    an expansion's owners.
    """

    queryset: QuerySet[Any] | None
    shape: Shape
    order: Sequence[paging.Criterion]
    marks: Sequence[int]


@dataclass(frozen=True)
class _Plan:
    """A query without its queryset, which the statement stands for."""

    query: Query
    statement: prepared.Statement


@dataclass(frozen=True)
class Question:
    """A query that can be built with values or with slots for them.

    `form` is all that makes its statement besides `set` and `options`, None where no plan can be kept. `given(order)`
    are values that are no literals of the options, `blanks` says which of them are None. `build(options, slots)` makes
    the query; `slots` stand for `given`, None: in the ordinary way.
    """

    form: Hashable | None
    set: EntitySet
    options: ReadOptions
    blanks: Sequence[bool]
    given: Callable[[Sequence[paging.Criterion]], Sequence[Any]]
    build: Callable[[ReadOptions, Sequence[Slot | None] | None], Query]


class Asker:
    """Asks the questions of one request."""

    def __init__(self, declaration: Declaration, context: Context, layout: Format, plans: Plans | None) -> None:
        self._plans = plans
        who = declaration.plan_key(context) if plans is not None else None
        self._asked_by = None if who is None else (who, context.language, context.root, layout)

    def ask(self, question: Question) -> tuple[Query, Sequence[Row]]:
        """Give the query and its rows. Raises what building it raises, and the database's errors."""
        if self._plans is not None and self._asked_by is not None and question.form is not None:
            try:
                return self._by_plan(self._plans, question)
            except Unplannable:
                pass
        query = question.build(question.options, None)
        return query, [] if query.queryset is None else list(query.queryset)

    def _by_plan(self, plans: Plans, question: Question) -> tuple[Query, Sequence[Row]]:
        if not prepared.is_available():
            raise Unplannable("nothing may be prepared")
        literals: list[Any] = []
        options = _slotted(question.options, literals)
        key = (self._asked_by, id(question.set), question.form, tuple(question.blanks), _key(options))
        plan = plans.get(key)
        if plan == REFUSED:
            raise Unplannable("tried before")
        if plan is not None:
            return plan.query, plan.statement.rows(_texts(literals, question, plan.query))
        try:
            plan, rows = self._planned(question, options, literals)
        except Unplannable:
            plans.keep(key, REFUSED)
            raise
        plans.keep(key, plan)
        return plan.query, rows

    def _planned(self, question: Question, options: ReadOptions, literals: list[Any]) -> tuple[_Plan, Sequence[Row]]:
        slots: list[Slot | None] = []
        count = len(literals)
        for is_blank in question.blanks:
            slots.append(None if is_blank else Slot(count))
            count += not is_blank
        query = question.build(options, slots)
        if query.queryset is None:
            raise Unplannable("no statement is needed")
        statement = prepared.statement_of(query.queryset, query.shape.columns.texts, count)
        rows = prepared.tried(statement, _texts(literals, question, query))
        return _Plan(replace(query, queryset=None), statement), rows


def _texts(literals: Sequence[Any], question: Question, query: Query) -> list[str]:
    given = [value for value in question.given(query.order) if value is not None]
    return [prepared.parameter(value) for value in (*literals, *given)]


def _slotted(options: ReadOptions, literals: list[Any]) -> ReadOptions:
    if options.search is not None:
        raise Unplannable("what a search looks for is the declaration's")
    return replace(
        options,
        condition=slotted(options.condition, literals),
        orderby=tuple([Order(slotted(each.node, literals), each.descending) for each in options.orderby]),
        computed={name: slotted(node, literals) for name, node in options.computed.items()},
    )


def _key(options: ReadOptions) -> Hashable:
    """What is asked; numbers and tokens of paging are the question's own, nested options are other questions'."""
    return (
        key_of(options.condition),
        tuple([(key_of(each.node), each.descending) for each in options.orderby]),
        options.select,
        tuple([(name, key_of(node)) for name, node in options.computed.items()]),
        tuple([(id(each.navigation), each.form) for each in options.expand]),
    )
