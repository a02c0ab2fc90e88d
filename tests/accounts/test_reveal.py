"""Getting a key that was generated before (guide, part A): permission, the password again, a note, a limit."""

import re
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from accounts.admin import password_check
from accounts.models import ApiKey
from tests.factories import ClientFactory, StaffFactory, api_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client, settings, tmp_path):
    """A staff member who is logged in, and whose reveals nobody else's tests count."""
    settings.HOME_DIR = tmp_path
    user = StaffFactory(language="en")
    client.force_login(user)
    return user


@pytest.fixture
def key():
    return api_key(ClientFactory())


def reveal(browser: Client, **fields: str):
    row = ApiKey.objects.get()
    address = f"/admin/accounts/user/{row.client_id}/key/reveal/"
    return browser.post(address, {"key_id": row.key_id} | fields, headers={"HX-Request": "true"})


def notes() -> int:
    return LogEntry.objects.filter(change_message__startswith="API key shown").count()


def test_getting_asks_for_the_password_and_shows_the_key_for_it(client, staff, key):
    question = reveal(client)
    assert key not in question.content.decode()
    assert 'type="password"' in question.content.decode()
    assert notes() == 0
    shown = reveal(client, password="pw")
    assert key in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert notes() == 1


def test_a_wrong_password_shows_nothing_and_may_be_corrected(client, staff, key):
    refused = reveal(client, password="wrong").content.decode()
    assert key not in refused
    assert "This is not your password" in refused
    assert 'type="password"' in refused
    assert notes() == 0
    assert key in reveal(client, password="pw").content.decode()


def test_the_password_lasts_ten_minutes_of_the_session(client, staff, key, monkeypatch):
    now = timezone.now()
    reveal(client, password="pw")
    for later, shown in ((9, True), (11, False), (-5, False)):
        monkeypatch.setattr(password_check.timezone, "now", lambda later=later: now + timedelta(minutes=later))
        assert (key in reveal(client).content.decode()) is shown, later
    monkeypatch.undo()
    elsewhere = Client()
    elsewhere.force_login(staff)
    assert key not in reveal(elsewhere).content.decode()


def test_passwords_cannot_be_tried_faster_than_a_person_types(client, staff, key):
    for _ in range(password_check.REVEALS_PER_MINUTE):
        reveal(client, password="wrong")
    refused = reveal(client, password="pw").content.decode()
    assert key not in refused
    assert "Wait a minute" in refused


def test_generating_shows_the_key_without_another_question(client, staff):
    user = ClientFactory()
    page = client.post(f"/admin/accounts/user/{user.pk}/key/generate/", headers={"HX-Request": "true"})
    assert re.search(r"lm_[0-9A-Za-z]{48}", page.content.decode())
    assert 'type="password"' not in page.content.decode()


@pytest.mark.parametrize("wrong", [[], ["no key"], [Fernet.generate_key().decode()]])
def test_without_the_right_encryption_key_clients_go_on_and_staff_read_what_to_do(client, staff, key, settings, wrong):
    settings.ENCRYPTION_KEYS = wrong
    assert client.get("/api/v1/reasons/", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    answer = reveal(client, password="pw")
    assert answer.status_code == 200
    assert "Restore ENCRYPTION_KEYS" in answer.content.decode()
    assert notes() == 0


@pytest.mark.parametrize("unusable", [[], ["no key"]])
def test_generating_without_an_encryption_key_says_so_and_makes_nothing(client, staff, settings, unusable):
    settings.ENCRYPTION_KEYS = unusable
    user = ClientFactory()
    answer = client.post(f"/admin/accounts/user/{user.pk}/key/generate/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Restore ENCRYPTION_KEYS" in answer.content.decode()
    assert not ApiKey.objects.exists()
