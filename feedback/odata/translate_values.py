"""Functions, arithmetic and casts in SQL. Instants are looked at in UTC, as they are shown."""

import datetime as dt
from collections.abc import Sequence

from django.db.models.expressions import Combinable

from feedback.odata import edm
from feedback.odata.context import Context
from feedback.odata.edm import PrimitiveType
from feedback.odata.nodes import Node
from feedback.odata.sql import Sql, constant, type_name, with_names

FIRST_INSTANT = dt.datetime.min.replace(tzinfo=dt.UTC)
LAST_INSTANT = dt.datetime.max.replace(tzinfo=dt.UTC)
# What `trim` removes: white space of XML and the two that C adds, the same here and in the evaluation in Python.
WHITE_SPACE = " \t\n\r\v\f"

_SIMPLE = {
    "contains": "(strpos({}, {}) > 0)",
    "startswith": "starts_with({}, {})",
    "length": "length({})",
    "indexof": "(strpos({}, {}) - 1)",
    "tolower": "lower({})",
    "toupper": "upper({})",
    "trim": "btrim({}, E' \\t\\n\\r\\v\\f')",
    "concat": "({} || {})",
    "totalseconds": "EXTRACT(EPOCH FROM {})",
}
_PARTS = {"year", "month", "day", "hour", "minute"}
_SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "divby": "/", "mod": "%"}


def call(
    name: str, values: Sequence[Combinable], arguments: Sequence[Node], kind: PrimitiveType, context: Context
) -> Combinable:
    """A canonical function over translated arguments."""
    if name in _SIMPLE:
        return Sql(_SIMPLE[name], *values, kind=kind)
    if name in ("now", "mindatetime", "maxdatetime"):
        instant = {"now": context.now, "mindatetime": FIRST_INSTANT, "maxdatetime": LAST_INSTANT}[name]
        return constant(instant, kind)
    if name == "has":
        return with_names("(v.a & v.b) = v.b", *values, kind=kind)
    if name == "endswith":
        return with_names("right(v.a, length(v.b)) = v.b", *values, kind=kind)
    if name == "substring":
        return _substring(values, kind)
    if name in ("round", "floor", "ceiling"):
        return _rounded(name, values[0], kind)
    return _temporal(name, values[0], arguments[0].type, kind)


def _substring(values: Sequence[Combinable], kind: PrimitiveType) -> Combinable:
    """Positions count from 0; negative ones from the end (4.01), never beyond the beginning.

    CASE and not LEAST or GREATEST, which overlook null.
    """
    from_end = "CASE WHEN length(v.a) + v.b > 0 THEN length(v.a) + v.b ELSE 0 END"
    first = f"(CASE WHEN v.b < 0 THEN {from_end} WHEN v.b > 2000000000 THEN 2000000000 ELSE v.b END)::int + 1"
    length = ", (CASE WHEN v.c < 0 THEN 0 WHEN v.c > 100000000 THEN 100000000 ELSE v.c END)::int"
    return with_names(f"substr(v.a, {first}{length if len(values) == 3 else ''})", *values, kind=kind)


def _rounded(name: str, value: Combinable, kind: PrimitiveType) -> Combinable:
    if kind.is_integer:
        return Sql("({})", value, kind=kind)
    if name == "round" and kind is not edm.DECIMAL:
        # round(double precision) rounds halves to even; OData rounds them away from zero.
        return with_names("sign(v.a) * floor(abs(v.a) + 0.5)", value, kind=kind)
    return Sql({"round": "round({})", "floor": "floor({})", "ceiling": "ceil({})"}[name], value, kind=kind)


def _temporal(name: str, value: Combinable, source: PrimitiveType | None, kind: PrimitiveType) -> Combinable:
    local = "({} AT TIME ZONE 'UTC')" if source is edm.DATE_TIME_OFFSET else "({})"
    if name in _PARTS:
        return Sql(f"EXTRACT({name.upper()} FROM {local})::int", value, kind=kind)
    if name == "second":
        return Sql(f"floor(EXTRACT(SECOND FROM {local}))::int", value, kind=kind)
    if name == "fractionalseconds":
        return Sql(f"(EXTRACT(SECOND FROM {local})::numeric % 1)", value, kind=kind)
    if name == "totaloffsetminutes":
        return Sql("(CASE WHEN {} IS NOT NULL THEN 0 END)", value, kind=kind)
    return Sql(f"{local}::{type_name(kind)}", value, kind=kind)


def arithmetic(
    operator: str,
    left: Combinable,
    right: Combinable,
    one: PrimitiveType | None,
    other: PrimitiveType | None,
    kind: PrimitiveType,
) -> Combinable:
    """`add sub mul div divby mod`; `div` and `mod` by zero are an error of the database for exact numbers, answered
    400.
    """
    symbol = _SYMBOLS[operator]
    if kind.is_numeric:
        if operator == "divby" or (operator == "div" and kind in (edm.DOUBLE, edm.SINGLE)):
            return _division(left, right, kind)
        if operator == "mod" and not (kind.is_integer or kind is edm.DECIMAL):
            return Sql("(({})::numeric % ({})::numeric)::double precision", left, right, kind=kind)
        name = type_name(kind)
        return Sql(f"(({{}})::{name} {symbol} ({{}})::{name})", left, right, kind=kind)
    if kind is edm.DATE:
        return Sql(f"({{}} {symbol} {{}})::date", left, right, kind=kind)
    if one is edm.DATE:
        return Sql("make_interval(days => ({} - {}))", left, right, kind=kind)
    if kind is edm.DURATION and other is not None and other.is_numeric:
        return Sql(f"({{}} {symbol} ({{}})::double precision)", left, right, kind=kind)
    return Sql(f"({{}} {symbol} {{}})", left, right, kind=kind)


def _division(left: Combinable, right: Combinable, kind: PrimitiveType) -> Combinable:
    """Division that gives INF, -INF and NaN for a zero divisor (section 5.1.1.2.5)."""
    name = type_name(kind)
    infinite = (
        f"CASE sign(v.a) WHEN 1 THEN 'Infinity'::{name} WHEN -1 THEN '-Infinity'::{name} WHEN 0 THEN 'NaN'::{name} END"
    )
    operands = [Sql(f"({{}})::{name}", each, kind=kind) for each in (left, right)]
    return with_names(f"CASE WHEN v.b = 0 THEN {infinite} ELSE v.a / v.b END", *operands, kind=kind)


def negation(value: Combinable, kind: PrimitiveType) -> Combinable:
    """Unary minus."""
    return Sql("(- ({}))" if kind is edm.DURATION else f"(- ({{}})::{type_name(kind)})", value, kind=kind)


def cast(value: Combinable, source: PrimitiveType | None, kind: PrimitiveType) -> Combinable:
    """A value as another type; a number that does not fit becomes null."""
    if source is kind or source is None:
        return Sql("({})", value, kind=kind)
    if kind is edm.STRING:
        if source is edm.DATE_TIME_OFFSET:
            form = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
            return Sql(f"(regexp_replace({form}, '\\.000000$', '') || 'Z')", value, kind=kind)
        return Sql("({})::text", value, kind=kind)
    if kind.integer_range is not None:
        low, high = kind.integer_range
        whole = Sql("trunc(({})::numeric)", value, kind=edm.DECIMAL)
        return with_names(f"CASE WHEN v.a BETWEEN {low} AND {high} THEN v.a::bigint END", whole, kind=kind)
    return Sql(f"({{}})::{type_name(kind)}", value, kind=kind)
