"""From expression nodes to Django expressions, with OData's null semantics (URL Conventions 4.01, section 5.1.1).

Comparisons are never null, logical operators have three values, functions and arithmetic pass null on. So every
Boolean node is translated twice, on demand: `when_true` is true exactly where the node is true, `when_false` where it
is false; both may be NULL elsewhere, which neither WHERE nor AND nor OR mistakes for true. Plain comparisons with a
constant stay plain, so that indexes serve them.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable

from feedback.odata import edm
from feedback.odata.context import Context
from feedback.odata.errors import NotImplementedByService
from feedback.odata.model import Navigation
from feedback.odata.nodes import (
    Arithmetic,
    Call,
    Case,
    Cast,
    Collection,
    Compare,
    Count,
    Entity,
    Literal,
    Logic,
    Member,
    Membership,
    Negate,
    Node,
    Not,
    Quantified,
)
from feedback.odata.sql import FALSE, TRUE, Sql, constant, is_any_of
from feedback.odata.translate_values import arithmetic, call, cast, negation

_OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}
_SYMBOL = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def orm_path(steps: tuple[Navigation, ...]) -> str:
    """The ORM prefix of a path over single-valued navigation properties, empty or ending with two underscores."""
    return "".join(step.path + "__" for step in steps)


@dataclass(slots=True)
class _Level:
    """A queryset that is being built: expressions that inner queries refer to get a name in it."""

    names: dict[str, Combinable] = field(default_factory=dict)

    def name_for(self, expression: Combinable) -> str:
        name = f"_odata_{len(self.names)}"
        self.names[name] = expression
        return name


class Translator:
    """Translates the nodes of one request; `apply` filters a queryset by a condition."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._levels = [_Level()]

    def apply(self, queryset: QuerySet[Any], condition: Node) -> QuerySet[Any]:
        """Give the rows for which the condition is true."""
        return self._filtered(queryset, self.when_true(condition))

    def named(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Give the queryset with the names that subqueries in translated values refer to."""
        names, self._levels[-1].names = self._levels[-1].names, {}
        return queryset.alias(**names) if names else queryset

    def _filtered(self, queryset: QuerySet[Any], condition: Combinable) -> QuerySet[Any]:
        return self.named(queryset).filter(condition)

    # ---- truth ----

    def when_true(self, node: Node) -> Combinable:
        """A condition that holds exactly where the node is true."""
        match node:
            case Literal(value=value):
                return TRUE if value is True else FALSE
            case Not(operand=operand):
                return self.when_false(operand)
            case Logic(operator=operator, operands=operands):
                return _joined(operator, [self.when_true(each) for each in operands])
            case Compare(operator=operator):
                return self._comparison(operator, node)
            case Membership():
                return self._membership(node)
            case Quantified():
                return self._quantified(node)
        return Sql("({})", self.value(node))

    def when_false(self, node: Node) -> Combinable:
        """A condition that holds exactly where the node is false (neither true nor null)."""
        match node:
            case Literal(value=value):
                return TRUE if value is False else FALSE
            case Not(operand=operand):
                return self.when_true(operand)
            case Logic(operator=operator, operands=operands):
                return _joined("or" if operator == "and" else "and", [self.when_false(each) for each in operands])
            case Compare(operator="eq" | "ne" as operator):
                return self._comparison(_OPPOSITE[operator], node)
            case Compare(operator=operator, left=left, right=right) if _never_null(left) and _never_null(right):
                return self._comparison(_OPPOSITE[operator], node)
            case Compare() | Membership() | Quantified():
                return _not_true(self.when_true(node))
        return Sql("(NOT {})", self.value(node))

    def _comparison(self, operator: str, node: Compare) -> Combinable:
        left, right = node.left, node.right
        if isinstance(left, Literal) and not isinstance(right, Literal) and operator in ("eq", "ne"):
            left, right = right, left
        if isinstance(right, Literal):
            if right.value is None:
                return self._null_comparison(operator, left)
            if isinstance(right.value, bool) and operator in ("eq", "ne"):
                wanted = self.when_true(left) if right.value else self.when_false(left)
                return wanted if operator == "eq" else _not_true(wanted)
        one, other = self.value(left), self.value(right)
        symbol = _SYMBOL[operator]
        if operator == "eq" and not (_never_null(left) or _never_null(right)):
            symbol = "IS NOT DISTINCT FROM"
        if operator == "ne" and not (_never_null(left) and _never_null(right)):
            symbol = "IS DISTINCT FROM"
        return Sql(f"({{}} {symbol} {{}})", one, other)

    def _null_comparison(self, operator: str, operand: Node) -> Combinable:
        if operator not in ("eq", "ne"):
            return FALSE
        if isinstance(operand, Literal) or (isinstance(operand, Entity) and not operand.steps):
            is_null = isinstance(operand, Literal) and operand.value is None
            return TRUE if is_null == (operator == "eq") else FALSE
        if isinstance(operand, Entity):
            path = orm_path(operand.steps[:-1]) + operand.steps[-1].path
            value: Combinable = self._reference(operand.level, path)
        else:
            value = self.value(operand)
        return Sql("({} IS NULL)" if operator == "eq" else "({} IS NOT NULL)", value)

    def _membership(self, node: Membership) -> Combinable:
        operand = self.value(node.operand)
        has_null = any(map(_is_null, node.items))
        constants = [self.value(item) for item in node.items if isinstance(item, Literal) and not _is_null(item)]
        computed = [self.value(item) for item in node.items if not isinstance(item, Literal)]
        if computed:
            # A computed item may be null, and null equals null. A null written out has no type of its own.
            kind = next(member.type for member in (node.operand, *node.items) if not _is_null(member))
            nulls = [constant(None, kind)] if has_null else []
            wanted = constant(None, kind) if _is_null(node.operand) else operand
            return is_any_of(wanted, [*computed, *constants, *nulls])
        if not constants:
            return Sql("({} IS NULL)", operand) if has_null else FALSE
        found = Sql("({} IN (" + ", ".join(["{}"] * len(constants)) + "))", operand, *constants)
        # Among constants only a null operand makes IN null.
        return Sql("({} IS NOT FALSE)", found) if has_null else found

    # ---- collections ----

    def _quantified(self, node: Quantified) -> Combinable:
        self._levels.append(_Level())
        related = self._related(node.collection)
        if node.predicate is not None:
            truth = self.when_true(node.predicate)
            related = self._filtered(related, _not_true(truth) if node.is_all else truth)
        self._levels.pop()
        found = Exists(related)
        return Sql("(NOT {})", found) if node.is_all else found

    def _count(self, node: Count) -> Combinable:
        self._levels.append(_Level())
        related = self._related(node.collection)
        self._levels.pop()
        counted = related.order_by().annotate(_odata_count=Sql("COUNT(*)", kind=edm.INT64)).values("_odata_count")
        return Subquery(counted)

    def _related(self, collection: Collection) -> QuerySet[Any]:
        """The collection's rows, seen from inside: its own level is already the current one."""
        queryset = collection.set.queryset(self._context)
        owner = self._reference(collection.level, orm_path(collection.steps) + "pk")
        queryset = queryset.filter(**{collection.navigation.back: owner})
        if collection.condition is not None:
            queryset = self._filtered(queryset, self.when_true(collection.condition))
        return queryset

    # ---- values ----

    def value(self, node: Node) -> Combinable:
        """The node's value, NULL where it is null."""
        match node:
            case Literal(value=value, type=kind):
                return constant(value, kind)
            case Member():
                return self._member(node)
            case Compare() | Membership() | Quantified():
                return Sql("({} IS TRUE)", self.when_true(node))
            case Logic(operator=operator, operands=operands):
                return _joined(operator, [self.value(each) for each in operands])
            case Not(operand=operand):
                return Sql("(NOT {})", self.value(operand))
            case Call(name=name, arguments=arguments, type=kind):
                return call(name, [self.value(each) for each in arguments], arguments, kind, self._context)
            case Arithmetic(operator=operator, left=left, right=right, type=kind):
                return arithmetic(operator, self.value(left), self.value(right), left.type, right.type, kind)
            case Negate(operand=operand, type=kind):
                return negation(self.value(operand), kind)
            case Cast(operand=operand, type=kind):
                return cast(self.value(operand), operand.type, kind)
            case Case():
                return self._case(node)
            case Count():
                return self._count(node)
        raise NotImplementedByService(f"{type(node).__name__} has no single value.")

    def _case(self, node: Case) -> Combinable:
        operands = [part for test, result in node.branches for part in (self.when_true(test), self.value(result))]
        branches = " WHEN {} THEN {}" * len(node.branches)
        return Sql(f"(CASE{branches} END)", *operands, kind=node.type or edm.STRING)

    def _member(self, node: Member) -> Combinable:
        prefix = orm_path(node.steps)
        if node.declared.expression is None:
            path = node.declared.path
            return self._reference(node.level, prefix + (path if isinstance(path, str) else path(self._context)))
        expression = node.declared.expression(self._context, prefix)
        if node.steps:
            # Nothing over there: null, whatever the expression makes of missing columns.
            owner = F(prefix.removesuffix("__"))
            expression = Sql("(CASE WHEN {} IS NOT NULL THEN {} END)", owner, expression, kind=node.declared.type)
        if node.level == len(self._levels) - 1:
            return expression
        return self._reference(node.level, self._levels[node.level].name_for(expression))

    def _reference(self, level: int, path: str) -> Combinable:
        """A column of the row at `level`, seen from the current level."""
        outwards = len(self._levels) - 1 - level
        if outwards == 0:
            return F(path)
        reference: Any = path
        for _ in range(outwards):
            reference = OuterRef(reference)
        return reference


def _joined(operator: str, conditions: list[Combinable]) -> Combinable:
    if len(conditions) == 1:
        return conditions[0]
    return Sql("(" + f" {operator.upper()} ".join(["{}"] * len(conditions)) + ")", *conditions)


def _not_true(condition: Combinable) -> Combinable:
    return Sql("({} IS NOT TRUE)", condition)


def _is_null(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None


def _never_null(node: Node) -> bool:
    match node:
        case Literal(value=value):
            return value is not None
        case Member(steps=steps, declared=declared):
            return not steps and not declared.nullable
        case Count() | Compare() | Membership() | Quantified():
            return True
    return False
