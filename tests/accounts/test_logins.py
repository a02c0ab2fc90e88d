"""Logging in: the pace of wrong passwords, and when sessions end; through HTTP."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import LoginPace
from accounts.services import logins
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def _noa():
    StaffFactory(username="noa")


def log_in(password: str, *, username: str = "noa", address: str = HOME) -> str | None:
    """Give what the login page says, None when it lets in."""
    answer = Client().post("/admin/login/", {"username": username, "password": password}, REMOTE_ADDR=address)
    return None if answer.status_code == 302 else answer.content.decode()


def guess(times: int, **where: str) -> None:
    for _ in range(times):
        assert log_in("wrong", **where) is not None


def later(monkeypatch, **time: float) -> None:
    moment = timezone.now() + timedelta(**time)
    monkeypatch.setattr("accounts.login_form.timezone.now", lambda: moment)


def test_after_a_few_wrong_passwords_the_right_one_has_to_wait_a_minute(monkeypatch):
    guess(logins.OF_USER.attempts)
    assert "יש להמתין" in log_in("pw")
    later(monkeypatch, seconds=50)
    assert "יש להמתין" in log_in("pw")
    later(monkeypatch, seconds=61)
    assert log_in("pw") is None


def test_guessing_goes_on_at_one_a_minute_and_waiting_is_never_longer(monkeypatch):
    guess(100)
    later(monkeypatch, seconds=61)
    guess(1)
    assert "יש להמתין" in log_in("pw")
    later(monkeypatch, seconds=122)
    assert log_in("pw") is None


def test_who_guesses_from_elsewhere_does_not_keep_the_user_out():
    guess(logins.OF_USER.attempts + 3, address=ELSEWHERE)
    assert log_in("pw") is None
    assert "יש להמתין" in log_in("pw", address=ELSEWHERE)


def test_an_address_that_tries_many_names_is_slowed_down(monkeypatch):
    for number in range(logins.OF_ADDRESS.attempts):
        guess(1, username=f"name{number}")
    assert "יש להמתין" in log_in("pw")
    assert log_in("pw", address=ELSEWHERE) is None
    later(monkeypatch, seconds=11)
    assert log_in("pw") is None


def test_right_passwords_cost_nothing():
    for _ in range(logins.OF_ADDRESS.attempts + 5):
        assert log_in("pw") is None
    guess(logins.OF_USER.attempts - 1)
    assert log_in("pw") is None
    guess(logins.OF_USER.attempts - 1)


def test_names_that_differ_in_case_only_share_their_attempts():
    guess(3, username="noa")
    guess(2, username="NOA")
    assert "יש להמתין" in log_in("pw")


def test_neither_names_nor_addresses_are_kept_and_old_counts_go(monkeypatch):
    guess(2)
    kept = [bytes(subject) for subject in LoginPace.objects.values_list("subject", flat=True)]
    assert all(len(subject) == 32 and b"noa" not in subject for subject in kept)
    later(monkeypatch, hours=1)
    assert log_in("pw", address=ELSEWHERE) is None
    assert LoginPace.objects.count() <= 1


@pytest.mark.parametrize("end", ["disable", "password", "age"])
def test_a_session_ends_when_it_should(end, settings):
    staff, browser = StaffFactory(), Client()
    browser.force_login(staff)
    assert browser.get("/admin/").status_code == 200
    if end == "disable":
        staff.is_active = False
        staff.save()
    elif end == "password":
        staff.set_password("new")
        staff.save()
    else:
        session = browser.session
        assert session.get_expiry_age() == settings.SESSION_COOKIE_AGE <= 12 * 3600
        session.model.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    answer = browser.get("/admin/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")
