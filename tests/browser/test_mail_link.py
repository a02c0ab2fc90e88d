"""A lead forwarded by e-mail, and the answer by a link: the rule is made in the editor, the mail read as written."""

import email
import email.policy
import re
from pathlib import Path

import pytest
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from distribution.choices import DeliveryState
from distribution.models import Delivery, Routing, Rule
from distribution.services import route_lead
from feedback.choices import Door
from feedback.models import Feedback
from tests.distribution.engine.loops import transmitting, until_closed
from tests.factories import ClientFactory, LeadFactory, StaffFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_client_answers_by_a_link_in_the_mail(page: Page, live_server, snap, tmp_path: Path) -> None:
    StaffFactory(username="noa", name="נועה ברק", email="noa@agency.example")
    client = ClientFactory(name="מוסך הדרום", language="he")
    mails = tmp_path / "mail"
    with override_settings(
        EMAIL_BACKEND="accounts.mail.files.EmailBackend", EMAIL_FILE_PATH=mails, PUBLIC_URL=live_server.url
    ):
        page.goto(f"{live_server.url}/admin/")
        page.get_by_label("שם משתמש").fill("noa")
        page.get_by_label("סיסמה").fill("pw")
        page.get_by_role("button", name=re.compile("כניסה|התחבר")).click()
        page.goto(f"{live_server.url}/admin/distribution/rule/add/?client={client.pk}")
        page.get_by_label("שם הכלל").fill("מיילים")
        page.get_by_label("הלידים מועברים").select_option("mail")
        page.get_by_label('כתובת דוא"ל').fill("dana@client.example")
        expect(page.get_by_label("שיטה", exact=True)).to_be_hidden()
        page.get_by_label("מקבל לידים מ").select_option("all")
        expect(page.locator("#preview .mail-preview")).to_contain_text("מה עלה בגורל הליד?")
        snap("mail-rule-editor")
        page.get_by_role("button", name="שמור").first.click()
        page.get_by_role("dialog").get_by_role("button", name="הפעלה בלי בדיקה").click()
        expect(page.locator(".rule-card-address")).to_contain_text("dana@client.example")
        snap("mail-rule-card")
        rule = Rule.objects.get()
        assert rule.is_active

        lead = LeadFactory(name="נועה בן־דוד")
        route_lead(lead.pk, now=timezone.now())
        with transmitting():
            until_closed(1)
        assert Delivery.objects.get().state == DeliveryState.ACCEPTED
        (file,) = mails.glob("*.eml")
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        body = mail.get_body(("html",))
        assert body is not None
        html = body.get_content()
        assert "נועה בן־דוד" in html
        page.set_content(re.sub(r"<style>.*?</style>", "", html, flags=re.S))
        snap("mail-without-style")
        link = re.search(r'href="([^"]+)">עסקה<', html)
        assert link is not None

        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(link[1])
        assert not Feedback.objects.exists(), "looking at the page is no answer"
        expect(page.get_by_label("עסקה")).to_be_checked()
        page.get_by_label("סכום").fill("4900")
        snap("link-page-phone")
        page.get_by_role("button", name="שליחת המשוב").click()
        expect(page.get_by_role("status")).to_contain_text("תודה")
        snap("link-page-thanks-phone")
        page.reload()
        feedback = Feedback.objects.get()
        assert (feedback.routing, feedback.reason_id, feedback.amount) == (Routing.objects.real().get(), 4, 4900)
        assert feedback.door == Door.LINK
