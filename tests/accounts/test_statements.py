"""Hot statements: run past the cursors, with the same values, the same errors, and no statement ever lost."""

import threading
import uuid
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.statements import read_first, run_prepared

pytestmark = pytest.mark.django_db(transaction=True)

MOMENT = datetime(2026, 11, 23, 12, 30, 15, 987654, tzinfo=UTC)
VALUES = [
    ("int", 0),
    ("int", -(2**31)),
    ("bigint", 2**63 - 1),
    ("text", ""),
    ("text", "נועה 'כהן' \\ \n\t{}\","),
    ("varchar(9)", "𝒳 and é"),
    ("boolean", True),
    ("boolean", False),
    ("bytea", b""),
    ("bytea", bytes(range(256))),
    ("uuid", uuid.UUID("0198a5b0-0000-7000-8000-00000000ffff")),
    ("timestamptz", MOMENT),
    ("timestamptz", MOMENT.astimezone(timezone(timedelta(hours=-3, minutes=-30)))),
    ("timestamptz", datetime(1, 1, 1, tzinfo=UTC)),
    ("timestamptz", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    ("numeric", Decimal("-0.010")),
    ("numeric", Decimal("1E+20")),
    ("bigint[]", []),
    ("bigint[]", [1, -2, 2**40]),
]


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a transaction"])
@pytest.mark.parametrize(("kind", "value"), VALUES)
def test_a_value_comes_back_as_it_went(kind: str, value: Any, inside: bool) -> None:
    statement = f"SELECT $1::{kind}, $2::{kind}"
    if inside:
        with transaction.atomic():
            rows = run_prepared(statement, (value, None))
    else:
        rows = run_prepared(statement, (value, None))
    assert rows == [(value, None)]
    assert type(rows[0][0]) is type(value)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_comes_back_as_it_went(text: str) -> None:
    assert run_prepared("SELECT $1::text", (text,)) == [(text,)]


def test_what_only_psycopg_can_adapt_goes_its_way() -> None:
    assert run_prepared("SELECT $1::text[], $2::interval", (["a", "ב"], timedelta(hours=25))) == [
        (["a", "ב"], timedelta(hours=25))
    ]


def test_no_row_and_many_rows() -> None:
    assert run_prepared("SELECT 1 WHERE $1::boolean", (False,)) == []
    assert run_prepared("SELECT n, n::text FROM generate_series(1, $1::int) n", (3,)) == [(1, "1"), (2, "2"), (3, "3")]


@pytest.mark.parametrize(
    ("statement", "parameters", "error"),
    [
        ("SELECT 1 / $1::int", (0,), DataError),
        ("SELECT $1::text", ("a\0b",), DataError),
        ("INSERT INTO accounts_apikey (key_id, digest, last_four, created_at) VALUES ($1, '', '', now())", ("x",),
         IntegrityError),
        ("SELECT pg_terminate_backend(pg_backend_pid()), $1::int", (1,), OperationalError),
    ],
)  # fmt: skip
def test_errors_are_djangos_and_the_next_statement_works(statement: str, parameters: Any, error: Any) -> None:
    with pytest.raises(error):
        run_prepared(statement, parameters)
    connection.close_if_unusable_or_obsolete()
    assert run_prepared("SELECT $1::int", (5,)) == [(5,)]


@pytest.mark.parametrize("forget", ["DEALLOCATE ALL", "DISCARD ALL"])
def test_a_statement_that_the_server_forgot_is_prepared_again(forget: str) -> None:
    for _time in range(2):
        assert run_prepared("SELECT $1::int + 1", (5,)) == [(6,)]
        assert run_prepared("SELECT $1::int + 2", (5,)) == [(7,)]
        with connection.cursor() as cursor:
            cursor.execute(forget)


def test_a_statement_is_prepared_once() -> None:
    for number in range(3):
        run_prepared("SELECT $1::int AS once", (number,))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%once' AND name LIKE 'lead%%'"
        )
        assert cursor.fetchone() == (1,)


def test_nothing_is_prepared_where_a_pooling_proxy_forbids_it() -> None:
    connection.ensure_connection()
    connection.connection.prepare_threshold = None
    assert run_prepared("SELECT $1::int AS never", (5,)) == [(5,)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%never'")
        assert cursor.fetchone() == (0,)


def test_threads_have_statements_of_their_own() -> None:
    found: list[Any] = []

    def run() -> None:
        found.append(run_prepared("SELECT $1::int AS thread", (5,)))
        connection.close()

    for _number in range(2):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert found == [[(5,)], [(5,)]]


def test_only_reading_outside_of_a_transaction_is_tried_on_a_new_connection() -> None:
    def kill() -> None:
        backend = run_prepared("SELECT pg_backend_pid()", ())[0][0]
        with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])

    kill()
    assert read_first("SELECT $1::int", (5,)) == [(5,)]
    with pytest.raises(OperationalError), transaction.atomic():
        kill()
        read_first("SELECT $1::int", (5,))
    kill()
    with pytest.raises(OperationalError):
        run_prepared("SELECT $1::int", (5,))
    connection.close()
