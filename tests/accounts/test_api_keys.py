"""API keys: generated once, got again, replaced, revoked; and the door they open."""

import base64
from datetime import timedelta

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts import key_format, services
from accounts.errors import InvalidKey, KeyExists, KeyNotLive, KeyNotReadable
from accounts.models import ApiKey
from tests.factories import ClientFactory, StaffFactory

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def client_user():
    return ClientFactory()


@pytest.fixture
def issued(client_user):
    return services.generate_api_key(client=client_user, by=None, now=NOW)


def test_a_key_has_the_final_format(issued):
    assert issued.text.startswith("lm_")
    assert len(issued.text) == key_format.LENGTH
    assert key_format.is_well_formed(issued.text)
    assert set(issued.text) <= set(key_format.ALPHABET + "_")


@pytest.mark.parametrize("position", [3, 12, 30, 50])
def test_a_typing_mistake_is_told_apart_without_a_query(issued, position, django_assert_num_queries):
    typo = "0" if issued.text[position] != "0" else "1"
    wrong = issued.text[:position] + typo + issued.text[position + 1 :]
    with django_assert_num_queries(0), pytest.raises(InvalidKey):
        services.authenticate_api_key(wrong, now=NOW)


@pytest.mark.parametrize("text", ["", "lm_", "x" * 51, "lm_" + "א" * 48, "\x00" * 51, "lm_" + "²" * 48])
def test_anything_else_is_refused(text):
    with pytest.raises(InvalidKey):
        services.authenticate_api_key(text, now=NOW)


def test_the_database_holds_neither_the_key_nor_a_plain_digest_of_it(issued):
    row = ApiKey.objects.filter(pk=issued.key.pk).values().get()
    assert all(
        issued.text.encode() not in bytes(value) for value in row.values() if isinstance(value, bytes | memoryview)
    )
    assert issued.text not in str(row)


def test_generating_again_is_refused(client_user, issued):
    with pytest.raises(KeyExists):
        services.generate_api_key(client=client_user, by=None, now=NOW)


def test_the_database_refuses_a_second_open_ended_key(client_user, issued):
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.create(client=client_user, key_id="other", digest=b"x" * 32, last_four="abcd")


def test_staff_get_the_same_key_again(issued):
    assert services.reveal_api_key(key=ApiKey.objects.get(), by=StaffFactory()) == issued.text


def test_getting_a_key_is_noted_in_the_clients_history(client_user, issued, client):
    staff = StaffFactory()
    services.reveal_api_key(key=issued.key, by=staff)
    client.force_login(staff)
    page = client.get(f"/admin/accounts/user/{client_user.pk}/history/").content.decode()
    assert issued.key.masked in page
    assert issued.text not in page


def test_another_encryption_key_breaks_reading_but_not_authentication(issued, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert services.authenticate_api_key(issued.text, now=NOW).key_id == issued.key.pk
    with pytest.raises(KeyNotReadable):
        services.reveal_api_key(key=ApiKey.objects.get(), by=StaffFactory())


def test_replacing_ends_the_old_key_at_once(client_user, issued):
    new = services.replace_api_key(key=issued.key, by=None, now=NOW)
    assert services.authenticate_api_key(new.text, now=NOW).client_id == client_user.pk
    with pytest.raises(InvalidKey):
        services.authenticate_api_key(issued.text, now=NOW)


def test_replacing_with_an_overlap_keeps_both_alive_until_then(issued):
    new = services.replace_api_key(key=issued.key, by=None, now=NOW, overlap=timedelta(days=1))
    for moment, old_lives in ((NOW + timedelta(hours=23), True), (NOW + timedelta(hours=25), False)):
        assert services.authenticate_api_key(new.text, now=moment)
        if old_lives:
            assert services.authenticate_api_key(issued.text, now=moment)
        else:
            with pytest.raises(InvalidKey):
                services.authenticate_api_key(issued.text, now=moment)


def test_revoking_ends_it_and_lets_a_new_one_be_generated(client_user, issued):
    services.revoke_api_key(key=issued.key, by=None, now=NOW)
    with pytest.raises(InvalidKey):
        services.authenticate_api_key(issued.text, now=NOW)
    with pytest.raises(KeyNotLive):
        services.revoke_api_key(key=issued.key, by=None, now=NOW)
    assert services.generate_api_key(client=client_user, by=None, now=NOW).text != issued.text


def test_a_client_that_is_switched_off_is_not_let_in(client_user, issued):
    client_user.is_active = False
    client_user.save()
    with pytest.raises(InvalidKey):
        services.authenticate_api_key(issued.text, now=NOW)


def test_last_used_is_written_at_most_once_a_minute(issued, django_assert_num_queries):
    services.authenticate_api_key(issued.text, now=NOW)
    with django_assert_num_queries(0):  # the key itself is read past the ORM, which counts nothing then
        services.authenticate_api_key(issued.text, now=NOW + timedelta(seconds=59))
    services.authenticate_api_key(issued.text, now=NOW + timedelta(seconds=61))
    assert ApiKey.objects.get().last_used_at == NOW + timedelta(seconds=61)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "headers",
    [
        lambda key: {"Authorization": f"Bearer {key}"},
        lambda key: {"Authorization": f"bearer   {key} "},
        lambda key: {"X-API-Key": key},
        lambda key: {"Authorization": basic(key, "")},
        lambda key: {"Authorization": basic("", key)},
        lambda key: {"Authorization": basic(key, "PAT")},
        lambda key: {"Authorization": basic("anybody", key)},
    ],
)
def test_every_promised_way_of_sending_the_key_opens_the_api(issued, headers):
    answer = Client().get("/api/v1/reasons/", headers=headers(issued.text))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer lm_wrong"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Digest x"},
        {"X-API-Key": "lm_wrong"},
    ],
)
def test_anything_else_is_401_with_a_challenge(headers):
    answer = Client().get("/api/v1/reasons/", headers=headers)
    assert answer.status_code == 401
    assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_the_query_string_opens_nothing(issued):
    for name in ("key", "api_key", "apikey", "access_token", "X-API-Key"):
        assert Client().get("/api/v1/reasons/", {name: issued.text}).status_code == 401


def test_a_staff_session_opens_nothing_at_the_api():
    staff = Client()
    staff.force_login(StaffFactory())
    assert staff.get("/api/v1/reasons/").status_code == 401


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_has_died_costs_no_request(issued):
    services.authenticate_api_key(issued.text, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [backend])
    assert services.authenticate_api_key(issued.text, now=NOW).key_id == issued.key.pk
