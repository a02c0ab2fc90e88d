"""A rule learns what the client's answers mean by clicking on a real one, in Hebrew, and goes live after its test."""

import pytest
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from distribution.models import AnswerSample, Delivery, Routing, Rule
from distribution.services import create_source, give
from tests.browser.test_every_page import wrong_for_some
from tests.browser.test_guide import allow_http, log_in
from tests.distribution.engine.loops import transmitting, until
from tests.factories import ClientFactory, LeadFactory, StaffFactory
from tests.receivers import receiving, saying

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ANSWER = '{"status": "ok", "data": {"leadId": 8812, "office": {"name": "חיפה", "open": true}}, "errors": []}'


def test_answers_are_understood_by_clicking_on_one(page: Page, watched, live_server, snap):
    StaffFactory(username="noa", name="נועה ברק")
    client = ClientFactory(name='נדל"ן הצפון')
    create_source(name="גוגל", by=None, now=timezone.now())
    with receiving() as receiver, override_settings(TRANSMIT_ALLOWED_NETWORKS=[f"127.0.0.1/32:{receiver.port}"]):
        log_in(page, live_server.url)
        page.goto(f"{live_server.url}/admin/distribution/rule/add/?client={client.pk}")
        page.get_by_label("שם הכלל").fill("CRM ראשי")
        page.get_by_label("כתובת", exact=True).fill(receiver.url(saying(201, ANSWER)))
        allow_http(page)
        page.get_by_label("מקבל לידים מ־").select_option(label="כל המקורות")
        page.locator("[data-mapping]:visible").first.get_by_label("שם השדה אצל הלקוח").fill("externalRef")
        page.get_by_role("button", name="שמור", exact=True).first.click()

        # Saved: the page asks. The test send shows the answer, to be clicked on.
        page.get_by_role("dialog").get_by_role("link", name="שידור בדיקה").click()
        snap("a1-before-test")
        page.get_by_role("main").get_by_role("button", name="שידור בדיקה").click()
        page.get_by_label("leadId").check()
        snap("a2-chosen")
        page.get_by_role("button", name="זה מזהה הליד אצל הלקוח").click()
        page.locator("[value='json:status']").check()
        page.get_by_role("button", name="הליד התקבל").click()
        expect(page.get_by_text("לפי כלל תשובה 1")).to_be_visible()
        snap("a3-known")
        with watched.looking_away():  # axe is brought in from outside
            assert wrong_for_some(page) == []
        version = Rule.objects.get().draft_version
        assert version.captures.get().place == "data.leadId"
        assert version.response_rules.get().value == "ok"
        assert AnswerSample.objects.get().kind == "success"

        # The list is edited by hand too: a rule for errors comes first.
        page.get_by_role("link", name="עריכה ידנית").click()
        page.get_by_role("button", name="כלל תשובה").click()
        row = page.locator("[data-rows=rules] > li").last
        row.get_by_label("משמעות התשובה").select_option(label="נדחה")
        row.get_by_label("טקסט", exact=True).fill("כבר קיים")
        row.get_by_role("button", name="למעלה").click()
        snap("a4-editor")
        with watched.looking_away():
            assert wrong_for_some(page) == []
        page.get_by_role("button", name="שמור", exact=True).first.click()
        assert [rule.meaning for rule in version.response_rules.order_by("position")] == ["refused", "accepted"]

        # Edited, so tested again; a passed test is activated by one click.
        page.get_by_role("dialog").get_by_role("link", name="שידור בדיקה").click()
        page.get_by_role("main").get_by_role("button", name="שידור בדיקה").click()
        snap("a5-passed")
        page.get_by_role("main").get_by_role("button", name="הפעלה", exact=True).click()
        expect(page.get_by_role("button", name="CRM ראשי", pressed=True)).to_be_visible()
        snap("a6-live")

        # A real lead: the client's own ID is kept and shown.
        lead = LeadFactory()
        give([lead.pk], client_id=client.pk, rule_id=Rule.objects.get().pk, by=None, now=timezone.now())
        with transmitting():
            until(lambda: Delivery.objects.filter(state="accepted").exists())
        assert Routing.objects.real().get().client_reference == "8812"
        page.goto(f"{live_server.url}/admin/distribution/lead/{lead.pk}/change/")
        expect(page.get_by_text("8812").first).to_be_visible()
        snap("a7-lead")

        page.goto(f"{live_server.url}/admin/accounts/user/{client.pk}/tab/routings/")
        expect(page.get_by_text("8812").first).to_be_visible()
