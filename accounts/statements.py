"""Running hot statements of our own, where the ORM, and even a cursor, would cost more than the statement.

A statement is prepared once on each connection, since planning costs more than running it, and then run by one call
of libpq: parameters go as text, results come back through the readers that the connection has for its cursors.
Parameters are `$1`, `$2`, ...; PostgreSQL decides their types, so where it could not tell, the statement casts them.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from psycopg import errors, pq
from psycopg.types.string import TextLoader

Row = tuple[Any, ...]
Connection = psycopg.Connection[Any]


class _Prepared(NamedTuple):
    """A statement that a connection has prepared, and how its columns are read."""

    name: bytes
    loads: Sequence[Callable[[Any], Any]]


class _Known(threading.local):
    """What this thread's connection has prepared; Django gives every thread a connection of its own."""

    raw: Connection | None = None
    statements: dict[str, _Prepared]


_known = _Known()
_numbers = count()
_IDLE = pq.TransactionStatus.IDLE
_DONE = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)


def read_first(statement: str, parameters: Sequence[Any]) -> list[Row]:
    """Run a request's first statement, which only reads; once more on a new connection when this one died.

    That it was answered is the health check of the connection (`CONN_HEALTH_CHECKS`), which saves a round trip.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        rows = run_prepared(statement, parameters)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        # The connection was of a server that has restarted since. Reading may be repeated, writing never.
        connection.close()
        rows = run_prepared(statement, parameters)
    connection.health_check_done = True  # type: ignore[attr-defined]
    return rows


def run_prepared(statement: str, parameters: Sequence[Any]) -> list[Row]:
    """Run a statement and give its rows; raises Django's database errors."""
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    raw: Connection = connection.connection
    with connection.wrap_database_errors:
        # Outside of transactions only: there a statement that the server has forgotten may be prepared again.
        if raw.pgconn.transaction_status == _IDLE and raw.autocommit and raw.prepare_threshold:
            values = _texts(parameters)
            if values is not None:
                return _run(raw, statement, values)
        with psycopg.RawCursor(raw) as cursor:
            return cursor.execute(statement, parameters, prepare=True).fetchall()


def _run(raw: Connection, statement: str, values: list[bytes | None]) -> list[Row]:
    if _known.raw is not raw:
        _known.raw, _known.statements = raw, {}
    known = _known.statements
    prepared = known.get(statement) or known.setdefault(statement, _prepare(raw, statement))
    try:
        result = _execute(raw, prepared, values)
    except errors.InvalidSqlStatementName:
        # Deallocated since, as psycopg does with all after a rollback; so it was not run.
        known.clear()
        prepared = known[statement] = _prepare(raw, statement)
        result = _execute(raw, prepared, values)
    value, columns = result.get_value, list(enumerate(prepared.loads))
    return [
        tuple([None if (text := value(row, at)) is None else load(text) for at, load in columns])
        for row in range(result.ntuples)
    ]


def _execute(raw: Connection, prepared: _Prepared, values: list[bytes | None]) -> pq.abc.PGresult:
    # None is NULL, which the declared type leaves out.
    return _checked(raw, raw.pgconn.exec_prepared(prepared.name, values))  # type: ignore[arg-type]


def _prepare(raw: Connection, statement: str) -> _Prepared:
    name = b"leadmanager_%d" % next(_numbers)
    _checked(raw, raw.pgconn.prepare(name, statement.encode()))
    described = _checked(raw, raw.pgconn.describe_prepared(name))
    loads = []
    for at in range(described.nfields):
        kind = described.ftype(at)
        loader = raw.adapters.get_loader(kind, pq.Format.TEXT) or TextLoader
        loads.append(loader(kind, raw).load)
    return _Prepared(name, loads)


def _checked(raw: Connection, result: pq.abc.PGresult) -> pq.abc.PGresult:
    if result.status in _DONE:
        return result
    if raw.pgconn.status == pq.ConnStatus.BAD:
        raise psycopg.OperationalError(result.get_error_message())
    raise errors.error_from_result(result)


# ---- parameters ----


def _texts(parameters: Sequence[Any]) -> list[bytes | None] | None:
    """Give the parameters as PostgreSQL reads them, None when there is one that psycopg has to adapt."""
    try:
        return [_TEXTS[type(each)](each) for each in parameters]
    except KeyError:
        return None


def _text(value: str) -> bytes:
    if "\0" in value:
        raise psycopg.DataError("A text cannot contain NUL.")  # libpq would take it for the text's end
    return value.encode()


def _integers(values: list[Any]) -> bytes:
    if not all(type(each) is int for each in values):
        raise KeyError(list)
    return b"{" + b",".join([b"%d" % each for each in values]) + b"}"


_TEXTS: dict[type, Callable[[Any], bytes | None]] = {
    type(None): lambda value: None,
    bool: lambda value: b"t" if value else b"f",
    int: lambda value: b"%d" % value,
    str: _text,
    bytes: lambda value: b"\\x" + value.hex().encode(),
    datetime: lambda value: value.isoformat().encode(),
    Decimal: lambda value: str(value).encode(),
    UUID: lambda value: str(value).encode(),
    list: _integers,
}
