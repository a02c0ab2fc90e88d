"""Timestamps are read as Django reads them, only quicker."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23 20:05:06.123456+00", datetime(2026, 11, 23, 20, 5, 6, 123456, UTC)),
        ("2026-11-23 20:05:06.1+00", datetime(2026, 11, 23, 20, 5, 6, 100_000, UTC)),
        ("2026-11-23 20:05:06+02", datetime(2026, 11, 23, 18, 5, 6, 0, UTC)),
        ("0001-01-01 00:00:00+00", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_is_the_moment_in_utc(text, moment):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        (found,) = cursor.fetchone()
    assert found == moment
    assert found.tzinfo is UTC


@pytest.mark.parametrize("text", ["infinity", "0044-03-15 00:00:00+00 BC", "20000-01-01 00:00:00+00"])
def test_what_python_cannot_hold_is_refused_as_ever(text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        with pytest.raises(DataError):
            cursor.fetchone()
