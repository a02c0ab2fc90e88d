"""What is ours to mend is 503: the sender repeats, and never believes a lead taken in that is not."""

import pytest
from django.db import connection

from distribution.models import Lead
from tests.distribution.intake.conftest import TOKEN, Send

PHONE = {"phone": "0501234567", "name": "סודי ביותר"}

pytestmark = pytest.mark.django_db(transaction=True)


def _assert_unavailable(answer: object) -> None:
    assert answer.status_code == 503  # type: ignore[attr-defined]
    assert int(answer["Retry-After"]) > 0  # type: ignore[index]
    assert answer.json()["code"] == "unavailable"  # type: ignore[attr-defined]


def test_a_database_that_cannot_be_reached_is_503(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        patch.setitem(connection.settings_dict, "PORT", "1")
        _assert_unavailable(send(PHONE))
    assert send(PHONE).status_code == 201


def test_a_full_disk_is_503_and_leaves_nothing_behind(send: Send, caplog: pytest.LogCaptureFixture) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
        )
        cursor.execute("CREATE TRIGGER full_disk BEFORE INSERT ON distribution_lead EXECUTE FUNCTION disk_full()")
    try:
        _assert_unavailable(send(PHONE))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER full_disk ON distribution_lead; DROP FUNCTION disk_full")
    assert not Lead.objects.exists()
    assert "DiskFull" in caplog.text
    assert "סודי" not in caplog.text


def test_a_connection_that_a_restart_cut_is_made_anew(send: Send) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()
    assert send(PHONE).status_code == 201


def test_the_token_in_an_address_is_not_logged(send: Send, capfd: pytest.CaptureFixture[str]) -> None:
    import logging
    import logging.config

    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
    send({}, path=f"/api/v1/leads/{TOKEN}/", Accept="*/*")
    logged = capfd.readouterr().err
    assert "/api/v1/leads/***/" in logged
    assert TOKEN not in logged
