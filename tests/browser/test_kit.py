"""The client kit as people meet it: staff make a link, the client's developer opens it, takes the key and tries."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from feedback.models import Feedback, KitHandover
from tests.browser.conftest import Watched
from tests.browser.test_guide import log_in
from tests.factories import ClientFactory, StaffFactory, active_rule, api_key

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_from_the_tab_to_feedback_on_the_test_routing(page: Page, browser, live_server, snap):
    StaffFactory(username="noa", name="נועה ברק")
    client = ClientFactory(name='נדל"ן הצפון', email="dev@example.co.il")
    active_rule(client=client, mappings={"externalRef": "routing.id", "phone": "lead.phone"})
    key = api_key(client)

    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/admin/accounts/user/{client.pk}/change/")
    page.get_by_role("link", name="ערכת חיבור", exact=True).click()
    expect(page.get_by_text("externalRef")).to_be_visible()
    page.get_by_role("button", name="יצירת קישור").click()
    link = page.locator("#kit-link").inner_text()
    assert page.get_by_role("link", name='בדוא"ל').get_attribute("href").startswith("mailto:dev@example.co.il?")
    snap("kit-tab")

    # The client's developer: another browser, which never logged in.
    outside: BrowserContext = browser.new_context(locale="he-IL")
    outside.set_default_timeout(15_000)
    watched, visitor = Watched(), outside.new_page()
    watched.follow(visitor, live_server.url)
    visitor.goto(link)
    expect(visitor.get_by_role("heading", name="מה לשמור")).to_be_visible()
    expect(visitor.locator("#store")).to_contain_text("externalRef")
    visitor.get_by_role("button", name="הצגת המפתח, פעם אחת").click()
    expect(visitor.locator("#api-key")).to_have_text(key)
    visitor.goto(link)
    expect(visitor.get_by_role("button", name="הצגת המפתח, פעם אחת")).to_have_count(0)
    expect(visitor.locator("body")).not_to_contain_text(key)

    visitor.get_by_role("link", name="לעמוד הניסיון").click()
    visitor.get_by_label("מפתח API").fill(key)
    visitor.get_by_role("button", name="שליחה").click()
    expect(visitor.locator("#received")).to_contain_text("201 Created")
    expect(visitor.get_by_text("המפתח נכון: הוא שלכם.")).to_be_visible()
    expect(visitor.locator("#recorded tbody tr")).to_have_count(1)
    body = visitor.locator("#body")
    body.fill(re.sub(r'"ReasonId": \d+', '"ReasonId": 999', body.input_value()))
    visitor.get_by_role("button", name="שליחה").click()
    expect(visitor.locator("#received")).to_contain_text("400 Bad Request")
    expect(visitor.locator("#received")).to_contain_text("reason_unknown")
    expect(visitor.locator("#recorded tbody tr")).to_have_count(1)
    assert outside.cookies() == []
    assert watched.complaints == []
    outside.close()

    recorded = Feedback.objects.get()
    assert recorded.routing.is_test
    assert KitHandover.objects.get().key_shown_at is not None
    page.reload()
    expect(page.get_by_text("עמוד הניסיון")).to_be_visible()
