"""What all tests share."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.own_database import own_database_name

REASONS = importlib.import_module("feedback.migrations.0002_guards_and_reasons").REASONS
DELIVER_REASONS = (
    "INSERT INTO feedback_reason (id, name_he, name_en, kind, position, is_active, is_comment_required) VALUES "
    + (
        ", ".join(
            f"({number}, '{he}', '{en}', '{kind}', {number * 10}, true, false)" for number, he, en, kind in REASONS
        )
    )
)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """Give this run a test database of its own, so that two runs on one server do not meet."""
    test_settings = connection.settings_dict["TEST"]
    with own_database_name(connection.settings_dict["NAME"]) as name:
        test_settings["NAME"] = name
        yield


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Hash passwords at once; the slow hash that guards real ones would be most of the suite's time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _no_request_limit(settings: Any) -> None:
    """Let tests ask as often as they like; what counts requests sets a limit of its own."""
    settings.API_REQUESTS_PER_MINUTE = 0


@pytest.fixture(autouse=True, scope="session")
def _flush_what_refuses_to_be_flushed() -> Any:
    """Let the flush after a transactional test pass the guard against TRUNCATE, and deliver the reasons again."""
    patch = pytest.MonkeyPatch()
    stock = type(connection.ops).sql_flush

    def sql_flush(ops: Any, style: Any, tables: Any, **options: Any) -> list[str]:
        statements = stock(ops, style, tables, **options)
        if not statements:
            return statements
        guard = "distribution_fieldmapping {} TRIGGER mapping_truncate_refused"
        return [
            f"ALTER TABLE {guard.format('DISABLE')}",
            *statements,
            # Not managed by Django, so not in its list.
            "TRUNCATE distribution_attempt, distribution_exchange, procrastinate_jobs CASCADE",
            f"ALTER TABLE {guard.format('ENABLE')}",
            DELIVER_REASONS,
            f"SELECT setval('feedback_reason_id_seq', {len(REASONS)})",
        ]

    patch.setattr(type(connection.ops), "sql_flush", sql_flush)
    yield
    patch.undo()
