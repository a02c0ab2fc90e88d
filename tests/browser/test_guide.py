"""The published guide, followed literally in a browser: every element is found by the Hebrew name the guide gives.

Guide, parts A to C: key, rule with the routing ID, list of reasons; then the client's system answers with what it got.
"""

import json
import re
import urllib.request

import pytest
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from distribution.models import Delivery, Routing
from distribution.services import create_source
from feedback.models import Feedback
from tests.distribution.engine.loops import transmitting, until
from tests.factories import ClientFactory, StaffFactory
from tests.receivers import receiving

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def ask(url: str, *, body: dict | None = None, headers: dict[str, str] | None = None) -> tuple[int, dict]:
    """Ask a real HTTP server, as a client's system does."""
    request = urllib.request.Request(
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"} | (headers or {}),
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, json.loads(answer.read())


def log_in(page: Page, address: str) -> None:
    page.goto(f"{address}/admin/")
    page.get_by_label("שם משתמש").fill("noa")
    page.get_by_label("סיסמה").fill("pw")
    page.get_by_role("button", name=re.compile("כניסה|התחבר")).click()


def allow_http(page: Page) -> None:
    """Let the rule send to a receiver of the tests, unencrypted."""
    box = page.get_by_label(re.compile("אישור כתובת לא מוצפנת"))
    page.locator("details", has=box).locator("summary").click()
    box.check()


def test_the_guide_leads_to_feedback_on_the_lead(page: Page, live_server, snap):
    StaffFactory(username="noa", name="נועה ברק")
    ClientFactory(name='נדל"ן הצפון')
    token = create_source(name="גוגל", by=None, now=timezone.now()).text
    with receiving() as receiver, override_settings(TRANSMIT_ALLOWED_NETWORKS=[f"127.0.0.1/32:{receiver.port}"]):
        log_in(page, live_server.url)
        snap("00-dashboard")

        # Part A: the client's API key.
        page.get_by_role("navigation").get_by_role("link", name="משתמשים").click()
        snap("01-users")
        page.get_by_role("link", name='נדל"ן הצפון').click()
        page.get_by_role("link", name="פרטי משתמש").click()
        snap("02-user-details")
        page.get_by_role("link", name="קבלת מפתח API").click()
        snap("03-key-dialog")
        page.get_by_role("button", name="הפק מפתח").click()
        key = page.locator("#api-key").inner_text()
        snap("04-key-generated")
        assert re.fullmatch(r"lm_[0-9A-Za-z]{48}", key)
        page.get_by_role("button", name="סגירה").click()

        # *Afterwards it is used without generating again.*
        page.reload()
        page.get_by_role("link", name="קבלת מפתח API").click()
        expect(page.get_by_role("button", name="הפק מפתח")).to_have_count(0)
        page.get_by_role("button", name="הצגה").click()
        page.get_by_label("הסיסמה שלך").fill("pw")
        snap("04b-password-again")
        page.get_by_role("button", name="הצגה").click()
        expect(page.locator("#api-key")).to_have_text(key)
        page.get_by_role("button", name="סגירה").click()

        # Part B: the transmission rule, with the routing ID.
        page.get_by_role("link", name="שידור לידים").click()
        snap("05-no-rules")
        page.get_by_role("link", name="כלל שידור חדש").click()
        page.get_by_label("שם הכלל").fill("CRM ראשי")
        page.get_by_label("כתובת", exact=True).fill(receiver.url("accept"))
        allow_http(page)
        page.get_by_label("מקבל לידים מ־").select_option(label="כל המקורות")
        names = {
            "זיהוי ניתוב": "externalRef",
            "שם מלא": "contact.name",
            "טלפון": "contact.phones[0]",
            'דוא"ל': "contact.email",
        }
        for row in page.locator("[data-mapping]:visible").all():
            ours = row.get_by_label("שדה בליד מנג'ר").locator("option:checked").inner_text()
            row.get_by_label("שם השדה אצל הלקוח").fill(names[ours])
        expect(page.locator("#preview")).to_contain_text("externalRef")
        snap("06-rule-editor")
        page.get_by_role("button", name="שמור", exact=True).first.click()
        # Saved is not live yet: the page asks in place.
        question = page.get_by_role("dialog", name="הכלל נשמר. להפעיל אותו?")
        expect(question.get_by_role("link", name="שידור בדיקה")).to_be_visible()
        snap("06b-going-live")
        question.get_by_role("button", name="הפעלה בלי בדיקה").click()
        expect(page.get_by_text("CRM ראשי").first).to_be_visible()
        expect(page.get_by_text("externalRef")).to_be_visible()
        snap("07-rules")

        # A lead comes in and is transmitted; the client's system keeps the routing ID.
        status, _answer = ask(
            f"{live_server.url}/api/v1/leads/",
            body={"name": "נועה בן־דוד", "phone": "050-123-4567", "email": "noa@example.co.il"},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert status == 201
        with transmitting():
            until(lambda: Delivery.objects.filter(state="accepted").exists())
        sent = json.loads(receiver.requests[0].body)
        assert sent["contact"] == {"name": "נועה בן־דוד", "phones": ["050-123-4567"], "email": "noa@example.co.il"}
        routing_id = sent["externalRef"]
        assert routing_id == str(Routing.objects.real().get().id)

        # Part C: the number of the reason, seen by hovering over it.
        page.get_by_role("navigation").get_by_role("link", name="ניתוב לידים ללקוחות").click()
        snap("08-settings")
        page.get_by_role("main").get_by_role("link", name="משוב לקוחות").first.click()
        snap("09-reasons")
        reason = page.get_by_text("נקבעה פגישה", exact=True).first
        reason.hover()
        title = reason.evaluate("element => element.closest('[title]').title")
        reason_id = int(re.search(r"\d+", title).group())
        assert reason_id == 3

        # The client's system answers with key, routing ID and reason.
        status, answer = ask(
            f"{live_server.url}/odata/Feedbacks",
            body={"RoutingId": routing_id, "ReasonId": reason_id, "Comment": "מחר ב־10:00"},
            headers={"Authorization": f"Bearer {key}"},
        )
        assert status == 201
        assert answer["RoutingId"] == routing_id
        assert Feedback.objects.get().comment == "מחר ב־10:00"

        # Staff see it on the lead.
        page.get_by_role("navigation").get_by_role("link", name="לידים", exact=True).click()
        snap("10-leads")
        page.get_by_role("link", name="נועה בן־דוד").first.click()
        expect(page.get_by_text("נקבעה פגישה").first).to_be_visible()
        expect(page.get_by_text("מחר ב־10:00").first).to_be_visible()
        snap("11-lead")
