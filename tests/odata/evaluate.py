"""The same nodes evaluated in Python, row by row: what the translation to SQL is checked against.

An entity is a mapping from names to values: properties to values, single-valued navigation properties to an entity or
None, collections to lists of entities. Written from the specification (URL Conventions 4.01, section 5.1.1), not from
the translation.
"""

import datetime as dt
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from feedback.odata import edm
from feedback.odata.edm import PrimitiveType
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

Row = Mapping[str, Any]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
_WHITE_SPACE = " \t\n\r\v\f"


def holds(node: Node, row: Row, now: dt.datetime) -> bool:
    """Whether `$filter` keeps the row: the condition is true, not null."""
    return evaluate(node, (row,), now) is True


def evaluate(node: Node, rows: Sequence[Any], now: dt.datetime) -> Any:
    """The node's value; `rows` are the entities in scope by level. Raises ZeroDivisionError where the request fails."""

    def value(part: Node) -> Any:
        return evaluate(part, rows, now)

    match node:
        case Literal(value=constant):
            return constant
        case Member(level=level, steps=steps, declared=declared):
            owner = _owner(rows[level], steps)
            return None if owner is None else owner[declared.name]
        case Entity(level=level, steps=steps):
            return _owner(rows[level], steps)
        case Compare(operator=symbol, left=left, right=right):
            return _compared(symbol, value(left), value(right))
        case Logic(operator=symbol, operands=operands):
            decisive = symbol == "or"
            truths = [value(operand) for operand in operands]
            return decisive if decisive in truths else None if None in truths else not decisive
        case Not(operand=operand):
            truth = value(operand)
            return None if truth is None else not truth
        case Membership(operand=operand, items=items):
            wanted = value(operand)
            return any(_compared("eq", wanted, value(item)) for item in items)
        case Quantified():
            return _quantified(node, rows, now)
        case Count(collection=collection):
            return len(_elements(collection, rows, now))
        case Case(branches=branches):
            return next((value(result) for test, result in branches if value(test) is True), None)
        case Arithmetic(operator=symbol, left=left, right=right, type=kind):
            return _arithmetic(symbol, value(left), value(right), kind)
        case Negate(operand=operand):
            number = value(operand)
            return None if number is None else -number
        case Cast(operand=operand, type=kind):
            return _cast(value(operand), operand.type, kind)
        case Call(name=name, arguments=arguments):
            return _call(name, [value(argument) for argument in arguments], now)
    raise NotImplementedError(type(node).__name__)


def _owner(row: Any, steps: Sequence[Any]) -> Any:
    for step in steps:
        if row is None:
            return None
        row = row[step.name]
    return row


def _compared(symbol: str, left: Any, right: Any) -> bool:
    if isinstance(left, float) != isinstance(right, float) and left is not None and right is not None:
        left, right = float(left), float(right)  # the wider type wins
    if symbol in ("eq", "ne"):
        is_equal = left is right if left is None or right is None else left == right
        return is_equal == (symbol == "eq")
    if left is None or right is None or left != left or right != right:
        return False  # null, or NaN, which no number is before or after
    return _ORDER[symbol](left, right)


def _elements(collection: Collection, rows: Sequence[Any], now: dt.datetime) -> list[Any]:
    owner = _owner(rows[collection.level], collection.steps)
    elements = [] if owner is None else owner[collection.navigation.name]
    if collection.condition is None:
        return list(elements)
    return [
        each
        for each in elements
        if evaluate(collection.condition, _with(rows, collection.inner_level, each), now) is True
    ]


def _with(rows: Sequence[Any], level: int, row: Any) -> Sequence[Any]:
    return (*rows[:level], row)


def _quantified(node: Quantified, rows: Sequence[Any], now: dt.datetime) -> bool:
    elements = _elements(node.collection, rows, now)
    if node.predicate is None:
        return bool(elements)
    truths = [evaluate(node.predicate, _with(rows, node.level, each), now) is True for each in elements]
    return all(truths) if node.is_all else any(truths)


# ---- arithmetic ----


def _arithmetic(symbol: str, left: Any, right: Any, kind: PrimitiveType) -> Any:
    if left is None or right is None:
        return None
    if not kind.is_numeric:
        return _temporal(symbol, left, right, kind)
    if kind.is_integer:
        return _whole(symbol, left, right)
    if kind is edm.DECIMAL:
        left, right = Decimal(left), Decimal(right)
    else:
        left, right = float(left), float(right)
    if right == 0 and symbol in ("div", "divby") and (symbol == "divby" or isinstance(left, float)):
        quotient = math.copysign(math.inf, left) if left else math.nan
        return quotient if isinstance(left, float) else Decimal(quotient)
    if symbol == "mod" and right == 0:
        raise ZeroDivisionError
    return _exact(symbol, left, right)


def _exact(symbol: str, left: Any, right: Any) -> Any:
    if symbol == "mod":
        return math.fmod(left, right) if isinstance(left, float) else left % right
    return {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv,
            "divby": operator.truediv}[symbol](left, right)  # fmt: skip


def _whole(symbol: str, left: int, right: int) -> int:
    if symbol in ("div", "mod"):
        quotient = abs(left) // abs(right)
        if (left < 0) != (right < 0):
            quotient = -quotient
        return quotient if symbol == "div" else left - right * quotient
    return int(_exact(symbol, left, right))


def _temporal(symbol: str, left: Any, right: Any, kind: PrimitiveType) -> Any:
    if kind is edm.DATE:
        midnight = dt.datetime.combine(left, dt.time())
        return (midnight + right if symbol == "add" else midnight - right).date()
    if isinstance(right, int | float | Decimal):
        return left * float(right) if symbol == "mul" else left / float(right)
    return left + right if symbol == "add" else left - right


# ---- functions ----


def _rounding(mode: str) -> Callable[[Any], Any]:
    def rounded(value: Any) -> Any:
        whole = Decimal(value).to_integral_value(mode)
        return whole if isinstance(value, Decimal) else type(value)(whole)

    return rounded


def _substring(text: str, start: int, length: int | None = None) -> str:
    first = max(len(text) + start, 0) if start < 0 else start
    return text[first:] if length is None else text[first : first + max(length, 0)]


def _utc(value: Any) -> Any:
    return value.astimezone(dt.UTC) if isinstance(value, dt.datetime) else value


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "length": len,
    "indexof": str.find,
    "substring": _substring,
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": lambda text: text.strip(_WHITE_SPACE),
    "concat": operator.add,
    "year": lambda value: _utc(value).year,
    "month": lambda value: _utc(value).month,
    "day": lambda value: _utc(value).day,
    "hour": lambda value: _utc(value).hour,
    "minute": lambda value: _utc(value).minute,
    "second": lambda value: _utc(value).second,
    "fractionalseconds": lambda value: Decimal(_utc(value).microsecond) / 1_000_000,
    "date": lambda value: _utc(value).date() if isinstance(value, dt.datetime) else value,
    "time": lambda value: _utc(value).time() if isinstance(value, dt.datetime) else value,
    "totaloffsetminutes": lambda value: 0,
    "totalseconds": lambda value: Decimal(value // dt.timedelta(microseconds=1)) / 1_000_000,
    "round": _rounding(ROUND_HALF_UP),
    "floor": _rounding(ROUND_FLOOR),
    "ceiling": _rounding(ROUND_CEILING),
}


def _call(name: str, arguments: list[Any], now: dt.datetime) -> Any:
    if name in ("now", "mindatetime", "maxdatetime"):
        ends = {
            "mindatetime": edm.DATE_TIME_OFFSET.parse("0001-01-01T00:00:00Z"),
            "maxdatetime": edm.DATE_TIME_OFFSET.parse("9999-12-31T23:59:59.999999Z"),
        }
        return now if name == "now" else ends[name]
    if None in arguments:
        return None
    return _FUNCTIONS[name](*arguments)


def _cast(value: Any, source: PrimitiveType | None, kind: PrimitiveType) -> Any:
    if value is None or source is None or source is kind:
        return value
    if kind is edm.STRING:
        return source.text(value)
    if kind.integer_range is not None:
        whole = int(Decimal(value).to_integral_value(ROUND_DOWN))
        return whole if kind.integer_range[0] <= whole <= kind.integer_range[1] else None
    return Decimal(str(value)) if kind is edm.DECIMAL else float(value)
