"""The rule editor in a browser: a command is pasted, rows show what they send and are moved, the rule is saved."""

import re

import pytest
from playwright.sync_api import Page, expect

from distribution.models import Rule
from tests.browser.test_guide import log_in
from tests.factories import ClientFactory, StaffFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CURL = (
    "curl -X POST 'https://crm.zafon.example/api/leads' \\\n  -H 'Authorization: Bearer t0p-s3cret' \\\n"
    "  -H 'Content-Type: application/json' \\\n"
    """  -d '{"contact": {"phone": "+972501234567", "name": "דנה"}, "externalRef": "1", "src": "LM"}'"""
)


def test_pasting_values_and_order(page: Page, live_server, snap):
    StaffFactory(username="noa", name="נועה ברק")
    user = ClientFactory()
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/admin/distribution/rule/add/?client={user.pk}")
    page.get_by_label("פקודת curl").fill(CURL)
    page.get_by_role("button", name="מילוי הכלל לפי זה").click()
    expect(page.get_by_text("נושא את זיהוי הניתוב")).to_be_visible()
    rows = page.locator("[data-mapping]:visible")
    expect(rows).to_have_count(4)
    expect(rows.nth(0).locator("[data-value]")).to_have_text("+972501234567")
    expect(page.locator("#preview")).to_contain_text('"externalRef"')
    snap("paste-desktop")

    names = lambda: [row.locator('[name$="-name"]').input_value() for row in rows.all()]  # noqa: E731
    rows.nth(2).get_by_role("button", name="העלאת שורה").click()
    rows.nth(1).get_by_role("button", name="העלאת שורה").press("Enter")
    assert names() == ["externalRef", "contact.phone", "contact.name", "src"]
    rows.nth(3).evaluate("row => row.scrollIntoView({block: 'center'})")
    handle, target = (rows.nth(n).locator("[data-drag-handle]").bounding_box() for n in (3, 1))
    page.mouse.move(handle["x"] + 5, handle["y"] + 10)
    page.mouse.down()
    for y in range(int(handle["y"]), int(target["y"]), -20):
        page.mouse.move(handle["x"] + 5, y)
    page.mouse.up()
    assert names() == ["externalRef", "src", "contact.phone", "contact.name"]

    page.get_by_text("שדות עם ערכי הדוגמה").click()
    page.locator("#mapping-offers button", has_text="דוא").click()
    rows.nth(4).locator('[name$="-name"]').fill("mail")
    expect(rows.nth(4).locator("[data-value]")).to_have_text("noa@example.co.il")
    page.set_viewport_size({"width": 390, "height": 800})
    snap("paste-phone")
    page.set_viewport_size({"width": 1360, "height": 900})

    page.get_by_label("מקבל לידים מ־").select_option(label="כל המקורות")
    page.get_by_role("button", name="שמור").first.click()
    page.wait_for_url(re.compile("/tab/rules/"))
    version = Rule.objects.get().draft_version
    assert [m.name for m in version.mappings.all()] == ["externalRef", "src", "contact.phone", "contact.name", "mail"]
    assert version.auth_kind == "bearer"
