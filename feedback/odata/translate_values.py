"""Functions, arithmetic and casts in SQL. Instants are looked at in UTC, as they are shown."""

import datetime as dt
from collections.abc import Sequence

from django.db.models.expressions import Combinable

from feedback.odata import edm
from feedback.odata.context import Context
from feedback.odata.edm import PrimitiveType
from feedback.odata.nodes import Node
from feedback.odata.sql import Sql, constant, type_name

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
    if name == "endswith":
        return Sql("(right({}, length({})) = {})", values[0], values[1], values[1], kind=kind)
    if name == "substring":
        return _substring(values, kind)
    if name in ("round", "floor", "ceiling"):
        return _rounded(name, values[0], kind)
    return _temporal(name, values[0], arguments[0].type, kind)


def _substring(values: Sequence[Combinable], kind: PrimitiveType) -> Combinable:
    """Positions count from 0; negative ones from the end (4.01), never beyond the beginning.

    CASE and not LEAST or GREATEST, which overlook null.
    """
    text, start = values[0], values[1]
    from_end = "CASE WHEN length({}) + {} > 0 THEN length({}) + {} ELSE 0 END"
    first = f"(CASE WHEN {{}} < 0 THEN {from_end} WHEN {{}} > 2000000000 THEN 2000000000 ELSE {{}} END)::int + 1"
    operands = [text, start, text, start, text, start, start, start]
    if len(values) == 2:
        return Sql(f"substr({{}}, {first})", *operands, kind=kind)
    length = "(CASE WHEN {} < 0 THEN 0 WHEN {} > 100000000 THEN 100000000 ELSE {} END)::int"
    return Sql(f"substr({{}}, {first}, {length})", *operands, *[values[2]] * 3, kind=kind)


def _rounded(name: str, value: Combinable, kind: PrimitiveType) -> Combinable:
    if kind.is_integer:
        return Sql("({})", value, kind=kind)
    if name == "round" and kind is not edm.DECIMAL:
        # round(double precision) rounds halves to even; OData rounds them away from zero.
        return Sql("(sign({}) * floor(abs({}) + 0.5))", value, value, kind=kind)
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
    """`add sub mul div divby mod`; `div` and `mod` by zero are an error of the database for exact numbers, answered 400."""
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
    by_sign = f"CASE sign(({{}})::{name}) WHEN 1 THEN 'Infinity'::{name} WHEN -1 THEN '-Infinity'::{name} WHEN 0 THEN 'NaN'::{name} END"
    return Sql(
        f"(CASE WHEN ({{}})::{name} = 0 THEN {by_sign} ELSE ({{}})::{name} / ({{}})::{name} END)",
        right,
        left,
        left,
        right,
        kind=kind,
    )


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
        whole = "trunc(({})::numeric)"
        return Sql(f"(CASE WHEN {whole} BETWEEN {low} AND {high} THEN {whole}::bigint END)", value, value, kind=kind)
    return Sql(f"({{}})::{type_name(kind)}", value, kind=kind)
