"""What browsers need and machines do not: sessions, the CSRF check, messages."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.services import generate_api_key
from tests.factories import ClientFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff_browser():
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(StaffFactory(is_superuser=True))
    return browser


@pytest.mark.parametrize("path", ["/odata/Reasons", "/api/v1/reasons/", "/api/v1/routings/"])
def test_a_session_opens_no_machine_door(staff_browser, path):
    assert staff_browser.get(path).status_code == 401


@pytest.mark.parametrize("path", ["/odata/Reasons", "/api/v1/reasons/"])
def test_machines_get_no_cookies_and_need_none(path):
    key = generate_api_key(client=ClientFactory(), by=None, now=timezone.now()).text
    answer = Client(enforce_csrf_checks=True).get(path, headers={"X-API-Key": key})
    assert answer.status_code == 200
    assert not answer.cookies


def test_a_form_without_its_token_is_still_refused(staff_browser):
    assert staff_browser.post("/admin/logout/").status_code == 403


def test_the_admin_still_knows_who_is_there(staff_browser):
    assert staff_browser.get("/admin/").status_code == 200
