"""Running SQL of our own where the ORM would cost more than the statement."""

from typing import Any

import psycopg
from django.db import connection


def run_prepared(statement: str, parameters: Any) -> list[tuple[Any, ...]]:
    """Run a hot statement prepared, which Django's own cursors never do: planning it costs more than running it."""
    return _run(statement, parameters, prepare=True)


def run_planned(statement: str, parameters: Any) -> list[tuple[Any, ...]]:
    """Run a statement planned each time: for what is asked rarely and must suit tables that have grown since."""
    return _run(statement, parameters, prepare=False)


def _run(statement: str, parameters: Any, *, prepare: bool) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(statement, parameters, prepare=prepare).fetchall()
