"""The condition builder in a browser: rows and groups come and go, hours are copied, a lead is tried before saving."""

import re

import pytest
from django.test import override_settings
from playwright.sync_api import Page, expect

from distribution.models import Rule
from tests.browser.test_guide import log_in
from tests.factories import SourceFactory, StaffFactory, active_rule

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@override_settings(TRANSMIT_ALLOWED_NETWORKS=["127.0.0.1/32:1"])
def test_conditions_hours_and_the_trial(page: Page, live_server, snap):
    StaffFactory(username="noa", name="נועה ברק")
    source = SourceFactory(name="גוגל")
    rule = active_rule()
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/admin/distribution/rule/{rule.pk}/change/")
    section = page.get_by_role("region", name="אילו לידים")
    rows = section.locator("[data-condition]")
    expect(rows).to_have_count(0)

    add = section.get_by_role("button", name="תנאי", exact=True)
    add.click()
    rows.nth(0).get_by_label("שדה", exact=True).select_option(label="עיר")
    rows.nth(0).get_by_label("השוואה").select_option(label="אחד מאלה")
    rows.nth(0).get_by_label("ערך").fill("חיפה, עכו")
    add.click()
    rows.nth(1).get_by_label("שדה", exact=True).select_option(label="שדה נוסף")
    rows.nth(1).get_by_label("שם השדה הנוסף").fill("תקציב")
    rows.nth(1).get_by_label("השוואה").select_option(label="בין")
    rows.nth(1).get_by_label("ערך").fill("1000")
    section.get_by_role("button", name="קבוצת תנאים").click()
    rows.nth(2).get_by_role("button", name="הסרת שורה").click()
    expect(section.locator("[data-group]")).to_have_count(1)

    section.get_by_text("ימים ושעות").click()
    section.get_by_label("ראשון, משעה").first.fill("09:00")
    section.get_by_label("ראשון, עד שעה").first.fill("17:00")
    section.get_by_role("button", name="שעות יום ראשון עד יום חמישי").click()
    expect(section.get_by_label("חמישי, עד שעה").first).to_have_value("17:00")

    trial = section.locator("[data-trial]")
    trial.locator("summary").click()
    trial.get_by_label("מקור", exact=True).select_option(label=source.name)
    trial.get_by_label("טלפון").fill("050-123-4567")
    trial.get_by_label("עיר").fill("אילת")
    trial.get_by_role("button", name="ניסיון").click()
    expect(trial.get_by_text("תנאי לא התקיים")).to_be_visible()
    snap("which-leads")

    page.get_by_role("button", name="שמור").first.click()
    page.wait_for_url(re.compile("/tab/rules/"))
    rule.refresh_from_db()
    assert rule.selection["conditions"] == {
        "mode": "all",
        "items": [
            {"field": "city", "op": "one_of", "values": ["חיפה", "עכו"]},
            {"field": "data", "key": "תקציב", "op": "between", "values": ["1000", ""]},
        ],
    }
    assert rule.selection["hours"]["spans"] == [[day * 1440 + 540, day * 1440 + 1020] for day in range(5)]
    assert Rule.objects.count() == 1
