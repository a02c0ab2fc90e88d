"""Running SQL of our own where the ORM would cost more than the statement."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from django.db import connection

from accounts import statements

_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?s")


def run_prepared(statement: str, parameters: Mapping[str, Any] | Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a hot statement prepared, which Django's own cursors never do: planning it costs more than running it.

    Parameters stand as `%(name)s` or as `%s`.
    """
    numbered, names = _numbered(statement)
    values = [parameters[name] for name in names] if isinstance(parameters, Mapping) else parameters
    return statements.run_prepared(numbered, values)


def run_planned(statement: str, parameters: Any) -> list[tuple[Any, ...]]:
    """Run a statement planned each time: for what is asked rarely and must suit tables that have grown since."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(statement, parameters, prepare=False).fetchall()


@lru_cache
def _numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """Give the statement with `$1`, `$2`, ... and the names that they stand for, in this order."""
    names: list[str] = []

    def number(placeholder: re.Match[str]) -> str:
        name = placeholder[1] or f"%{len(names)}"  # those without a name stand for one parameter each
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _PLACEHOLDER.sub(number, statement), tuple(names)
