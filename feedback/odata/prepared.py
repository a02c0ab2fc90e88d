"""Statements that the ORM wrote once, run again and again with other values, prepared by the database.

What is not a slot stands in the statement as the client-side cursor would write it, so that PostgreSQL plans with what
it knows of those values. psycopg prepares at most `prepared_max` statements on a connection, and prepares again what
the server forgot.
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import DEFAULT_DB_ALIAS, ProgrammingError, connection, transaction
from django.db.models import QuerySet
from psycopg import pq
from psycopg.adapt import Transformer

from feedback.odata.plans import Unplannable
from feedback.odata.sql import Slot

_PLACE = re.compile(r"%([s%])")
_NUMBERED = re.compile(r"\$(\d+)")
_TEXT = 25  # the type whose reader gives the text as it is

Row = tuple[Any, ...]
Oids = frozenset[int]


@dataclass(frozen=True)
class Statement:
    """SQL with `$1`, `$2`, ..., the slot that fills each, and how its columns are read.

    `texts` has, for each column, the types that it may have to be read as PostgreSQL's text, None where a Python value
    is wanted; `converters` are Django's, by column, for the latter.
    """

    sql: str
    slots: tuple[int, ...]
    texts: tuple[Oids | None, ...]
    converters: tuple[tuple[int, Any, Sequence[Callable[..., Any]]], ...]

    def rows(self, values: Sequence[str]) -> list[Row]:
        """Run it with the slots' values; raises Django's database errors."""
        parameters = [values[slot] for slot in self.slots]
        connection.ensure_connection()
        raw = connection.connection
        with connection.wrap_database_errors, psycopg.RawCursor(raw) as cursor:
            cursor.execute(self.sql, parameters, prepare=True)
            rows = self._read(raw, cursor.pgresult)
        if connection.queries_logged:
            connection.queries_log.append({"sql": self._written_out(parameters), "time": "0"})
        return [self._converted(row) for row in rows] if self.converters else rows

    def _read(self, raw: Any, result: Any) -> list[Row]:
        types = []
        for at, allowed in enumerate(self.texts):
            kind = result.ftype(at)
            if allowed is not None and kind not in allowed:
                raise Unplannable(f"column {at} is of type {kind}")
            types.append(kind if allowed is None else _TEXT)
        reader = Transformer(raw)
        reader.set_pgresult(result, set_loaders=False)
        reader.set_loader_types(types, pq.Format.TEXT)
        return reader.load_rows(0, result.ntuples, tuple)

    def _converted(self, row: Row) -> Row:
        values = list(row)
        for at, expression, converters in self.converters:
            for convert in converters:
                values[at] = convert(values[at], expression, connection)
        return tuple(values)

    def _written_out(self, parameters: Sequence[str]) -> str:
        return _NUMBERED.sub(lambda found: _quoted(parameters[int(found[1]) - 1]), self.sql)


def is_available() -> bool:
    """Whether this connection may prepare statements: proxies between us and the database can forbid it."""
    connection.ensure_connection()
    return connection.connection.prepare_threshold is not None


def statement_of(queryset: QuerySet[Any], texts: Sequence[Oids | None], slots: int) -> Statement:
    """Have the ORM write the statement. Raises Unplannable for what is none, or lost one of its slots."""
    if queryset.db != DEFAULT_DB_ALIAS:
        raise Unplannable("of another database")
    compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
    try:
        sql, parameters = compiler.as_sql()
    except (EmptyResultSet, FullResultSet):
        raise Unplannable("no statement is needed") from None
    selected = [expression for expression, _sql, _alias in compiler.select[: compiler.col_count]]
    if len(selected) != len(texts) or "$" in sql:
        raise Unplannable("not what was selected")
    converters = []
    for at, (expression, oids) in enumerate(zip(selected, texts, strict=True)):
        own = [*connection.ops.get_db_converters(expression), *expression.get_db_converters(connection)]
        if oids is None and own:
            converters.append((at, expression, own))
        elif any(each is not expression.convert_value for each in own):
            raise Unplannable("a column has a converter of its own")
    text, order = _numbered(sql, parameters)
    if set(order) != set(range(slots)):
        raise Unplannable("a value has no place in the statement")
    return Statement(text, tuple(order), tuple(texts), tuple(converters))


def tried(statement: Statement, values: Sequence[str]) -> list[Row]:
    """Run a statement for the first time; raises Unplannable when the database cannot make sense of its slots."""
    try:
        with transaction.atomic():
            return statement.rows(values)
    except ProgrammingError as error:
        raise Unplannable(str(error)) from error


def _numbered(sql: str, parameters: Sequence[Any]) -> tuple[str, list[int]]:
    """The statement with `$n` for slots and everything else written out, and the slot of each `$n`."""
    order: list[int] = []
    rest = iter(parameters)

    def place(found: re.Match[str]) -> str:
        if found[1] == "%":
            return "%"
        parameter = next(rest)
        if not isinstance(parameter, Slot):
            written = _quoted(parameter)
            if "$" in written:
                raise Unplannable("looks like a place of ours")
            return written
        if parameter.number not in order:
            order.append(parameter.number)
        return f"${order.index(parameter.number) + 1}"

    return _PLACE.sub(place, sql), order


def _quoted(value: Any) -> str:
    written: str = connection.ops.compose_sql("%s", [value])  # type: ignore[attr-defined]  # PostgreSQL's has it
    return written


# ---- values as PostgreSQL reads them ----


def parameter(value: Any) -> str:
    """A value as text; the statement names its type. Raises Unplannable for one that is not known here."""
    write = _WRITERS.get(type(value))
    if write is None:
        raise Unplannable(f"a value of type {type(value).__name__}")
    return write(value)


def array(values: Sequence[Any]) -> str:
    """Texts, whole numbers or UUIDs as an array literal of PostgreSQL."""
    quoted = [str(each).replace("\\", "\\\\").replace('"', '\\"') for each in values]
    return "{" + ",".join([f'"{each}"' for each in quoted]) + "}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: str,
    int: str,
    float: repr,
    Decimal: str,
    uuid.UUID: str,
    dt.datetime: dt.datetime.isoformat,
    dt.date: dt.date.isoformat,
    dt.time: dt.time.isoformat,
    dt.timedelta: lambda value: f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds",
    bytes: lambda value: "\\x" + value.hex(),
}
