"""A rule for the insurance agency's SOAP service, made in a real browser from its sending instructions alone."""

import re

import pytest
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from distribution import services
from distribution.models import Delivery, Rule
from tests.browser.test_guide import log_in
from tests.distribution.client_systems.instructions import INSURANCE
from tests.distribution.engine.loops import transmitting, until_closed
from tests.factories import ClientFactory, LeadFactory, StaffFactory
from tests.receivers import receiving, systems

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def row_of(page: Page, slot: str) -> Locator:
    """Give the mapping row that fills a slot."""
    return page.locator("[data-mapping]").filter(has=page.locator(f'input[name$="-name"][value="{slot}"]'))


def test_a_soap_service_is_served_by_what_the_editor_offers(page: Page, live_server, snap) -> None:
    StaffFactory(username="noa", name="נועה ברק")
    client = ClientFactory(name="ביטוח ישיר וחברים")
    with receiving() as receiver, override_settings(TRANSMIT_ALLOWED_NETWORKS=[f"127.0.0.1/32:{receiver.port}"]):
        log_in(page, live_server.url)
        page.goto(f"{live_server.url}/admin/distribution/rule/add/?client={client.pk}")
        page.get_by_label("שם הכלל").fill("ביטוח")
        page.get_by_label("כתובת", exact=True).fill(receiver.url("insurance/2026-11-25T10:00/AddLead"))
        expect(page.get_by_label("תבנית", exact=True)).to_be_hidden()
        page.get_by_label("גוף", exact=True).select_option("soap")
        page.get_by_label("SOAPAction").fill("AddLead")
        page.get_by_label("תבנית", exact=True).fill(INSURANCE["template"])
        page.get_by_label("סוג ההזדהות").select_option("basic")
        page.get_by_label("שם משתמש או client ID").fill(systems.INSURANCE_USER)
        page.get_by_label("אסימון או סיסמה").fill(systems.INSURANCE_PASSWORD)
        page.get_by_text("חיבור, כתובת לבדיקות, חתימה").click()
        page.get_by_label(re.compile("אישור כתובת לא מוצפנת")).check()
        snap("soap-1-destination")

        # One click for each slot of the template that nothing fills yet.
        for slot, source in (
            ("name", "lead.name"),
            ("phone", "lead.phone"),
            ("notes", "lead.notes"),
            ("rid", "routing.id"),
        ):
            page.get_by_role("button", name=f"+ {{{{{slot}}}}}").click()
            page.locator("[data-mapping]").last.locator('select[name$="-source"]').select_option(source)
        expect(page.locator("#missing-slots")).to_be_hidden()
        page.get_by_label("מקבל לידים מ־").select_option("all")
        preview = page.locator("#preview")
        expect(preview).to_contain_text("<FullName>נועה בן־דוד</FullName>")
        expect(preview).to_contain_text('SOAPAction: "AddLead"')
        expect(preview).not_to_contain_text(systems.INSURANCE_PASSWORD)
        snap("soap-2-preview")
        page.get_by_role("button", name="שמור", exact=True).first.click()
        page.get_by_role("dialog").get_by_role("link", name="שידור בדיקה").click()
        page.get_by_role("button", name="שידור בדיקה").click()
        expect(page.get_by_text("התקבל אצל הלקוח").first).to_be_visible()
        snap("soap-3-test-send")
        rule = services.activate_rule(rule=Rule.objects.get(), now=timezone.now())
        with transmitting():
            services.route_lead(LeadFactory(name='ד"ר <כהן>').pk, now=timezone.now())
            until_closed()
    delivery = Delivery.objects.get(rule=rule)
    assert delivery.state == "accepted"
    assert "<Code>0</Code>" in delivery.outcome_detail
