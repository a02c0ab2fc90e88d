"""Two live keys of a client: replaced with an overlap, limited, sealed; on the client's page."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import services
from accounts.models import ApiKey
from tests.factories import ClientFactory, StaffFactory, api_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client, settings, tmp_path):
    settings.HOME_DIR = tmp_path
    user = StaffFactory(language="en")
    client.force_login(user)
    return user


@pytest.fixture
def key():
    return api_key(ClientFactory())


def act(browser: Client, name: str, row: ApiKey, **fields: str) -> str:
    address = f"/admin/accounts/user/{row.client_id}/key/{name}/"
    answer = browser.post(address, {"key_id": row.key_id} | fields, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def status(text: str) -> int:
    return Client().get("/api/v1/reasons/", headers={"Authorization": f"Bearer {text}"}).status_code


def text_in(page: str) -> str:
    return re.search(r"lm_[0-9A-Za-z]{48}", page).group()


@pytest.mark.parametrize(
    ("overlap", "lives_after", "ends_after"),
    [
        ("none", None, timedelta(0)),
        ("day", timedelta(hours=23), timedelta(hours=25)),
        ("week", timedelta(days=6), timedelta(days=8)),
        ("by_hand", timedelta(days=300), None),
    ],
)
def test_the_old_key_goes_on_as_long_as_was_chosen(client, staff, key, monkeypatch, overlap, lives_after, ends_after):
    new = text_in(act(client, "replace", ApiKey.objects.get(), overlap=overlap))
    now = timezone.now()
    for later, wanted in ((lives_after, 200), (ends_after, 401)):
        if later is not None:
            monkeypatch.setattr("accounts.authentication.timezone.now", lambda later=later: now + later)
            assert (status(key), status(new)) == (wanted, 200)


def test_the_page_shows_the_old_key_and_revokes_it_alone(client, staff, key):
    old = ApiKey.objects.get()
    new = text_in(act(client, "replace", old, overlap="by_hand"))
    page = client.get(f"/admin/accounts/user/{old.client_id}/change/").content.decode()
    assert "The old key still works" in page
    assert old.masked in page
    page = act(client, "revoke", old)
    assert "The old key was revoked" in page
    assert (status(key), status(new)) == (401, 200)


def test_there_are_never_three_live_keys(client, staff, key):
    act(client, "replace", ApiKey.objects.get(), overlap="by_hand")
    second = ApiKey.objects.current().get()
    assert "Revoke it first" in act(client, "replace", second, overlap="day")
    assert ApiKey.objects.live(timezone.now()).count() == 2
    assert "no longer in use" in act(client, "replace", ApiKey.objects.before().get(), overlap="none")
    act(client, "replace", second, overlap="none")
    assert ApiKey.objects.live(timezone.now()).count() == 2
    assert status(key) == 200


def test_a_key_that_has_expired_makes_room_for_the_next(client, staff, key):
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert status(key) == 401
    user = ApiKey.objects.get().client
    page = client.post(f"/admin/accounts/user/{user.pk}/key/generate/", headers={"HX-Request": "true"})
    assert status(text_in(page.content.decode())) == 200


def test_an_end_that_is_near_is_said_in_the_dialog_and_on_the_clients_page(client, staff, key):
    row = ApiKey.objects.get()
    address = f"/admin/accounts/user/{row.client_id}/change/"
    for days, said in ((30, False), (10, True)):
        day = (timezone.localtime() + timedelta(days=days)).date().isoformat()
        assert ("The API key expires on" in act(client, "limit", row, last_day=day, may_read="on")) is said
        assert client.get(address).content.decode().count("The API key expires on") == (2 if said else 0)
    assert f'value="{day}"' in client.get(address).content.decode()
    assert status(key) == 200


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choose what the key may do"),
        ({"may_read": "on", "last_day": "2020-01-01"}, "This day is over"),
        ({"may_read": "on", "last_day": "9999-12-31"}, "There is no such day"),
        ({"may_read": "on", "last_day": "x"}, "Enter a valid date"),
        ({"may_read": "on", "networks": "here"}, "is no address or network"),
        ({"may_read": "on", "networks": "10.1.2.3/8"}, "is no address or network"),
        ({"may_read": "on", "networks": "\n".join(f"10.0.0.{n}" for n in range(51))}, "At most 50"),
    ],
)
def test_wrong_limits_are_said_and_change_nothing(client, staff, key, fields, said):
    before = ApiKey.objects.values().get()
    assert said in act(client, "limit", ApiKey.objects.get(), **fields)
    assert ApiKey.objects.values().get() == before


def test_the_next_key_has_the_limits_of_the_one_before(client, staff, key):
    act(client, "limit", ApiKey.objects.get(), may_read="on", networks="127.0.0.1\n2001:db8::/32")
    act(client, "replace", ApiKey.objects.get(), overlap="none")
    new = ApiKey.objects.current().get()
    assert (new.may_read, new.may_write, new.networks) == (True, False, ["127.0.0.1/32", "2001:db8::/32"])


def test_a_sealed_key_works_and_cannot_be_got(client, staff, key):
    row = ApiKey.objects.get()
    assert "deleted for good" in client.get(f"/admin/accounts/user/{row.client_id}/key/").content.decode()
    assert "The key is sealed" in act(client, "seal", row)
    assert ApiKey.objects.get().ciphertext is None
    assert status(key) == 200
    answer = act(client, "reveal", row, password="pw")
    assert key not in answer
    assert "This key was sealed" in answer


def test_acts_on_a_key_that_has_ended_say_so(client, staff, key):
    row = ApiKey.objects.get()
    services.revoke_api_key(key=row, by=None, now=timezone.now())
    for name in ("replace", "limit", "seal", "revoke"):
        assert "no longer in use" in act(client, name, row, may_read="on"), name
