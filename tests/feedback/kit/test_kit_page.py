"""The kit behind its link: what it says, who gets in, the key shown once, what staff see of it."""

import io
import json
import logging
import zipfile
from datetime import timedelta

import openpyxl
import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.services import revoke_api_key
from distribution.models import FieldMapping, Routing, Rule
from feedback.choices import KitPart
from feedback.models import KitHandover, KitOpening, Reason
from feedback.services.kit import KitLink, allow_key_again, revoke_link
from feedback.services.reasons import limit_reasons
from leadmanager.log_masking import MaskTokens
from tests.factories import ClientFactory, active_rule
from tests.feedback.kit.conftest import link_for


def test_the_page_names_the_clients_own_parameter_reasons_and_values(visitor: Client, kit: KitLink) -> None:
    page = visitor.get(f"/kit/{kit.token}/")
    text = page.content.decode()
    assert page.status_code == 200
    assert '<html lang="he" dir="rtl">' in text
    assert "externalRef" in text
    assert "שדה בגוף ה־JSON" in text
    assert "נקבעה פגישה" in text
    assert "http://testserver/odata/Feedbacks" in text
    assert "019a2b3c" not in text  # the examples are the client's own test routing
    assert 'ReasonId\\": 2}' in text or "ReasonId&quot;: 2}" in text
    assert "first_feedback.py" in text


def test_the_page_speaks_english_when_asked(visitor: Client, kit: KitLink) -> None:
    page = visitor.get(f"/kit/{kit.token}/?language=en")
    assert page["Content-Language"] == "en"
    assert "field of the JSON body" in page.content.decode()
    assert "meeting" in page.content.decode().lower()


@pytest.mark.parametrize(
    ("placement", "body_format", "shown"),
    [
        ("field", "form", "field of the form body"),
        ("field", "query", "parameter in the address"),
        ("query", "json", "parameter in the address"),
        ("header", "json", "header of the request"),
    ],
)
def test_the_place_of_the_parameter_is_the_rules(
    visitor: Client, customer: User, placement: str, body_format: str, shown: str
) -> None:
    rule = active_rule(client=customer, mappings={"rid": "routing.number"}, body_format=body_format)
    FieldMapping.objects.filter(version=rule.live_version).update(placement=placement)
    text = visitor.get(f"/kit/{link_for(customer).token}/?language=en").content.decode()
    assert shown in text
    assert "<code>RoutingNumber</code>" in text
    number = Routing.objects.get(client=customer, is_test=True).number
    example = text.partition("<pre")[2].partition("</pre>")[0]
    assert f'{{"RoutingNumber": {number}, "ReasonId": 2}}' in example
    assert "RoutingId" not in example


def test_without_a_rule_the_page_says_what_will_come(visitor: Client, customer: User) -> None:
    text = visitor.get(f"/kit/{link_for(customer, language='en').token}/").content.decode()
    assert "agreed on when your transmission rule is made" in text


def test_a_client_that_gets_its_leads_by_mail_is_told_of_the_links(visitor: Client, customer: User) -> None:
    rule = active_rule(client=customer)
    text = visitor.get(f"/kit/{link_for(customer, language='en').token}/").content.decode()
    assert "by mail carry a link" not in text
    FieldMapping.objects.filter(version=rule.live_version, source="lead.name").update(source="feedback.links")
    text = visitor.get(f"/kit/{link_for(customer, language='en').token}/").content.decode()
    assert "by mail carry a link" in text


def test_a_limited_client_is_shown_its_reasons_alone(visitor: Client, kit: KitLink, customer: User, key: str) -> None:
    limit_reasons(client=customer, reason_ids=[3, 4])
    text = visitor.get(f"/kit/{link_for(customer).token}/").content.decode()
    assert "נקבעה פגישה" in text
    assert "מספר שגוי" not in text
    rows = visitor.get("/odata/Reasons", headers={"Authorization": f"Bearer {key}"}).json()["value"]
    assert [row["Id"] for row in rows] == [3, 4]
    rows = visitor.get("/api/v1/reasons/", headers={"Authorization": f"Bearer {key}"}).json()
    assert [row["Id"] for row in rows["results"]] == [3, 4]


def test_every_answer_keeps_the_address_to_itself_and_sets_no_cookie(visitor: Client, kit: KitLink) -> None:
    for address in (f"/kit/{kit.token}/", f"/kit/{kit.token}/try/", f"/kit/{kit.token}/files/kit.zip", "/kit/lmkitX/"):
        answer = visitor.get(address)
        assert answer["Referrer-Policy"] == "no-referrer", address
        assert answer["X-Robots-Tag"] == "noindex, nofollow", address
        assert answer["Cache-Control"] == "no-store", address
        assert "default-src 'self'" in answer["Content-Security-Policy"], address
        assert "unsafe" not in answer["Content-Security-Policy"], address
        assert not answer.cookies, address


def test_the_token_is_nowhere_in_the_database_as_it_is(kit: KitLink) -> None:
    row = KitHandover.objects.get()
    assert len(kit.token) == 37
    assert kit.token.encode() not in bytes(row.token_digest or b"") + bytes(row.token_ciphertext or b"")
    assert kit.token not in json.dumps(row.snapshot)


def test_logs_do_not_show_the_token(kit: KitLink) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "Gone: %s", (f"/kit/{kit.token}/try/",), None)
    MaskTokens().filter(record)
    assert record.getMessage() == "Gone: /kit/***/try/"


# ---- the door ----


def test_an_unknown_link_and_an_ended_one_say_what_to_do(visitor: Client, kit: KitLink) -> None:
    assert visitor.get("/kit/lmkit0000/").status_code == 404
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        answer = visitor.get(f"/kit/{kit.token}/")
        assert answer.status_code == 410
        assert "בקשו" in answer.content.decode()


@pytest.mark.parametrize("path", ["", "try/", "files/kit.pdf"])
def test_a_revoked_link_opens_nothing(visitor: Client, kit: KitLink, path: str) -> None:
    revoke_link(handover=kit.handover, now=timezone.now())
    assert visitor.get(f"/kit/{kit.token}/{path}").status_code == 410
    assert visitor.post(f"/kit/{kit.token}/key/").status_code == 410
    assert not KitOpening.objects.exists()


def test_a_client_that_is_switched_off_has_no_kit(visitor: Client, kit: KitLink, customer: User) -> None:
    User.objects.filter(pk=customer.pk).update(is_active=False)
    assert visitor.get(f"/kit/{kit.token}/").status_code == 410


# ---- the key ----


def test_the_key_is_shown_once_and_the_clients_history_says_so(visitor: Client, kit: KitLink, key: str) -> None:
    assert key not in visitor.get(f"/kit/{kit.token}/").content.decode()
    first = visitor.post(f"/kit/{kit.token}/key/")
    assert key in first.content.decode()
    again = visitor.post(f"/kit/{kit.token}/key/")
    assert again.status_code == 409
    assert key not in again.content.decode()
    assert key not in visitor.get(f"/kit/{kit.token}/").content.decode()
    assert LogEntry.objects.filter(change_message__startswith="API key shown by the client kit").count() == 1
    assert KitOpening.objects.get(part=KitPart.KEY).count == 1


def test_a_get_never_shows_the_key(visitor: Client, kit: KitLink) -> None:
    assert visitor.get(f"/kit/{kit.token}/key/").status_code == 405
    assert KitHandover.objects.get().key_shown_at is None


def test_staff_can_let_the_key_be_shown_again(visitor: Client, kit: KitLink, key: str) -> None:
    visitor.post(f"/kit/{kit.token}/key/")
    allow_key_again(handover=kit.handover, now=timezone.now())
    assert key in visitor.post(f"/kit/{kit.token}/key/").content.decode()


def test_a_link_without_the_key_shows_none(visitor: Client, customer: User, key: str) -> None:
    link = link_for(customer, offers_key=False)
    answer = visitor.post(f"/kit/{link.token}/key/")
    assert answer.status_code == 409
    assert key not in answer.content.decode()


def test_a_key_that_cannot_be_read_uses_nothing_up(visitor: Client, kit: KitLink, key: str) -> None:
    kept = ApiKey.objects.get().ciphertext
    ApiKey.objects.update(ciphertext=b"x")
    assert visitor.post(f"/kit/{kit.token}/key/").status_code == 409
    ApiKey.objects.update(ciphertext=kept)
    assert key in visitor.post(f"/kit/{kit.token}/key/").content.decode()


def test_a_revoked_key_is_not_shown(visitor: Client, kit: KitLink, key: str) -> None:
    revoke_api_key(key=ApiKey.objects.get(), by=None, now=timezone.now())
    assert visitor.post(f"/kit/{kit.token}/key/").status_code == 409


# ---- files ----


def test_the_archive_has_everything_but_the_key(visitor: Client, kit: KitLink, key: str) -> None:
    answer = visitor.get(f"/kit/{kit.token}/files/kit.zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert set(archive.namelist()) == {
        "README.txt",
        "kit.pdf",
        "reasons.csv",
        "reasons.xlsx",
        "reasons.json",
        "openapi.json",
        "metadata.xml",
        "leads.pbids",
        "samples/first_feedback.sh",
        "samples/first_feedback.py",
        "samples/first_feedback.php",
        "samples/FirstFeedback.cs",
        "samples/first_feedback.mjs",
    }
    for name in archive.namelist():
        assert key.encode() not in archive.read(name), name
        assert kit.token.encode() not in archive.read(name), name
    readme = archive.read("README.txt").decode("utf-8-sig")
    assert "externalRef (שדה בגוף ה־JSON) -> RoutingId" in readme
    assert json.loads(archive.read("openapi.json"))["servers"] == [{"url": "http://testserver"}]
    assert json.loads(archive.read("reasons.json"))[0] == {
        "Id": 1,
        "NameHe": "לא ענה",
        "NameEn": "No answer",
        "Kind": "no_contact",
        "IsActive": True,
        "IsCommentRequired": False,
    }
    sheet = openpyxl.load_workbook(io.BytesIO(archive.read("reasons.xlsx"))).active
    assert sheet.sheet_view.rightToLeft
    assert sheet["B2"].value == "לא ענה"


@pytest.mark.parametrize(
    ("name", "media_type", "part", "holds"),
    [
        ("leads.pbids", "application/json", "pbids", b'"url": "http://testserver/odata/"'),
        ("metadata.xml", "application/xml", "metadata", b'EntitySet Name="Routings"'),
        ("openapi.json", "application/json", "openapi", b"/api/v1/feedback/"),
        ("reasons.csv", "text/csv; charset=utf-8", "reasons", "לא ענה".encode()),
        ("kit.pdf", "application/pdf", "pdf", b"%PDF"),
    ],
)
def test_each_file_alone_and_noted(
    visitor: Client, kit: KitLink, name: str, media_type: str, part: str, holds: bytes
) -> None:
    answer = visitor.get(f"/kit/{kit.token}/files/{name}")
    assert answer["Content-Type"] == media_type
    assert name in answer["Content-Disposition"]
    assert holds in answer.content
    assert KitOpening.objects.get().part == part


def test_a_file_that_is_none_of_the_kits_is_not_found(visitor: Client, kit: KitLink) -> None:
    assert visitor.get(f"/kit/{kit.token}/files/settings.py").status_code == 404


# ---- what was opened, what has changed ----


def test_opening_is_noted_but_not_for_programs_that_look_where_links_lead(visitor: Client, kit: KitLink) -> None:
    visitor.get(f"/kit/{kit.token}/", headers={"User-Agent": "WhatsApp/2.23.20.0 A"})
    visitor.head(f"/kit/{kit.token}/")
    assert not KitOpening.objects.exists()
    for _ in range(3):
        visitor.get(f"/kit/{kit.token}/")
    opening = KitOpening.objects.get()
    assert (opening.part, opening.count) == (KitPart.PAGE, 3)
    assert opening.first_at < opening.last_at


def test_the_page_says_what_has_changed_since(visitor: Client, kit: KitLink, rule: Rule) -> None:
    assert "השתנה" not in visitor.get(f"/kit/{kit.token}/").content.decode()
    FieldMapping.objects.filter(name="externalRef").update(name="rid")
    Reason.objects.filter(pk=3).update(name_he="פגישה בוצעה")
    text = visitor.get(f"/kit/{kit.token}/").content.decode()
    assert "פגישה בוצעה" in text
    assert "rid (שדה בגוף ה־JSON)" in text


def test_another_clients_kit_is_its_own(visitor: Client, kit: KitLink) -> None:
    other = ClientFactory(name="אחר")
    text = visitor.get(f"/kit/{link_for(other).token}/").content.decode()
    assert "externalRef" not in text
    assert "אחר" in text
