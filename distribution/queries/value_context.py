"""What some values have to know beside the lead, asked of the database once for all that is put together at a time."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from distribution.rules.values import context_queries


def value_context(sources: Iterable[str]) -> dict[str, list[tuple[Any, ...]]]:
    """Give the rows that these values ask for, by the value's key; the transmit loop asks the same in its own way."""
    found = {}
    with connection.cursor() as cursor:
        for key, sql in context_queries(sources).items():
            cursor.execute(sql)
            found[key] = cursor.fetchall()
    return found
