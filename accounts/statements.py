"""Running a hot statement of our own where the ORM would cost more than the statement."""

from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, connection


def read_first(statement: str, parameters: Any) -> list[tuple[Any, ...]]:
    """Run a request's first statement, which only reads, prepared; once more on a new connection when this one died.

    That it was answered is the health check of the connection (`CONN_HEALTH_CHECKS`), which saves a round trip.
    """
    try:
        rows = _run(statement, parameters)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        # The connection was of a server that has restarted since. Reading may be repeated, writing never.
        connection.close()
        rows = _run(statement, parameters)
    connection.health_check_done = True  # type: ignore[attr-defined]
    return rows


def _run(statement: str, parameters: Any) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    # Django's own cursors never prepare; planning costs more than running here.
    with connection.wrap_database_errors, psycopg.RawCursor(connection.connection) as cursor:
        return cursor.execute(statement, parameters, prepare=True).fetchall()
