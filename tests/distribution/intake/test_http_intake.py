"""Leads come in by `POST /api/v1/leads/`."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.test.client import MULTIPART_CONTENT, encode_multipart

from distribution.choices import Origin
from distribution.models import Lead, Routing, Source
from tests.distribution.intake.conftest import SAMPLES, TOKEN, Send
from tests.factories import SourceFactory, active_rule

FORM = "application/x-www-form-urlencoded"
PROBLEM = "application/problem+json"


def test_a_json_lead_is_stored_with_its_fields(send: Send, source: Source) -> None:
    answer = send(
        {
            "external_id": 17,
            "name": " נועה בן־דוד ",
            "phone": "050-1234567",
            "email": "Noa@example.co.il",
            "city": "חיפה",
            "notes": "בערב",
            "consent": True,
            "submitted_at": "2026-11-20T08:15:02+02:00",
            "budget": 2_000_000,
            "utm": {"source": "google"},
            "data": {"rooms": [3, 4]},
        }
    )
    lead = Lead.objects.get()
    assert (answer.status_code, answer.json()) == (201, {"id": lead.pk, "created": True})
    assert (lead.source, lead.origin, lead.external_id) == (source, Origin.API, "17")
    assert (lead.name, lead.phone, lead.phone_normalized) == ("נועה בן־דוד", "050-1234567", "+972501234567")
    assert (lead.email, lead.city, lead.notes, lead.consent) == ("Noa@example.co.il", "חיפה", "בערב", True)
    assert lead.submitted_at == datetime(2026, 11, 20, 6, 15, 2, tzinfo=UTC)
    assert lead.data == {"budget": 2_000_000, "utm": {"source": "google"}, "rooms": [3, 4]}


@pytest.mark.parametrize("path", ["/api/v1/leads/", "/api/v1/leads"])
@pytest.mark.parametrize("headers", [{"Authorization": f"Bearer {TOKEN}"}, {"X-Source-Token": TOKEN}])
def test_the_token_is_taken_from_either_header(send: Send, path: str, headers: dict[str, str]) -> None:
    assert send({"phone": "0501234567"}, path=path, **headers).status_code == 201


@pytest.mark.parametrize("path", [f"/api/v1/leads/{TOKEN}/", f"/api/v1/leads/{TOKEN}"])
def test_the_token_is_taken_from_the_address(send: Send, path: str) -> None:
    assert send({"phone": "0501234567"}, path=path, Accept="*/*").status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic d3Jvbmc6"},
        {"X-Source-Token": "ש"},
        {"Accept": "*/*"},
    ],
)
def test_a_wrong_token_is_401_with_a_challenge(send: Send, headers: dict[str, str]) -> None:
    answer = send({"phone": "0501234567"}, **headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer ")
    assert (answer["Content-Type"], answer.json()["code"]) == (PROBLEM, "invalid_token")
    assert not Lead.objects.exists()


def test_a_token_in_the_query_string_opens_nothing(send: Send) -> None:
    for name in ("token", "google_key", "key", "api_key"):
        answer = send({"phone": "0501234567"}, path=f"/api/v1/leads/?{name}={TOKEN}", Accept="*/*")
        assert answer.status_code == 401


def test_a_source_switched_off_takes_nothing_and_says_so(send: Send, source: Source) -> None:
    Source.objects.filter(pk=source.pk).update(is_active=False)
    answer = send({"phone": "0501234567"})
    assert (answer.status_code, answer.json()["code"]) == (403, "source_inactive")
    assert not Lead.objects.exists()


def test_google_lead_form_as_it_is(send: Send, source: Source) -> None:
    body = json.loads((SAMPLES / "google-lead-form.json").read_text())
    body["google_key"] = TOKEN
    answer = send(body, Accept="*/*")
    lead = Lead.objects.get()
    assert (answer.status_code, answer.json()) == (200, {"id": lead.pk, "created": True})
    assert (lead.external_id, lead.name) == ("TeSter-7d21c0-Qm9vaw-IL-0001", "נועה בן־דוד")
    assert (lead.phone, lead.phone_normalized) == ("+972 50-123-4567", "+972501234567")
    assert (lead.email, lead.city, lead.is_test) == ("noa@example.co.il", "ראשון לציון", False)
    assert lead.data["מתי נוח לחזור אליך?"] == "אחרי 17:00"
    assert (lead.data["campaign_id"], lead.data["gcl_id"]) == (1234567890, "EAIaIQobChMI-sample")
    assert TOKEN not in json.dumps(lead.data)


def test_googles_test_lead_is_kept_shown_and_not_routed(send: Send, source: Source) -> None:
    active_rule()
    body = json.loads((SAMPLES / "google-lead-form.json").read_text()) | {"google_key": TOKEN, "is_test": True}
    assert send(body, Accept="*/*").status_code == 200
    assert Lead.objects.get().is_test
    assert not Routing.objects.exists()


def test_elementor_webhook_as_it_is(send: Send) -> None:
    body = (SAMPLES / "elementor-webhook.txt").read_bytes()
    answer = send(body, content_type=FORM, path=f"/api/v1/leads/{TOKEN}/", Accept="*/*")
    lead = Lead.objects.get()
    assert answer.status_code == 201
    assert (lead.name, lead.phone_normalized, lead.email) == ("שירה פרץ", "+972541234567", "shira@example.com")
    assert lead.data == {
        "form_id": "a1b2c3",
        "form_name": "צור קשר",
        "page_url": "https://example.co.il/landing?utm_source=google&utm_campaign=brand",
        "remote_ip": "192.0.2.10",
        "date": "נובמבר 21, 2026",
    }


@pytest.mark.parametrize("charset", ["utf-8", "windows-1255"])
def test_plain_form_fields_with_hebrew_names(send: Send, charset: str) -> None:
    from urllib.parse import urlencode

    body = urlencode({"שם פרטי": "דנה", "שם משפחה": "לוי", "טלפון נייד": "0501234567"}, encoding=charset)
    assert send(body, content_type=f"{FORM}; charset={charset}").status_code == 201
    lead = Lead.objects.get()
    assert (lead.name, lead.phone_normalized) == ("דנה לוי", "+972501234567")


def test_a_multipart_form(send: Send) -> None:
    fields = {"your-name": "דנה לוי", "your-email": "dana@example.co.il"}
    body = encode_multipart("BoUnDaRyStRiNg", fields)
    assert send(body, content_type=MULTIPART_CONTENT).status_code == 201
    assert Lead.objects.get().email == "dana@example.co.il"


def test_metas_webhook_fields(send: Send) -> None:
    fields = {"full_name": "יוסי", "phone_number": "p:+972521112233"}
    body = {"id": "l:77", "field_data": [{"name": name, "values": [value]} for name, value in fields.items()]}
    assert send(body).status_code == 201
    lead = Lead.objects.get()
    assert (lead.external_id, lead.name, lead.phone) == ("77", "יוסי", "+972521112233")


def test_the_sources_own_names_come_before_the_usual_ones(send: Send, source: Source) -> None:
    Source.objects.filter(pk=source.pk).update(field_names={"Q1": "phone", "name": "data", "contact": "name"})
    assert send({"q1": "0501234567", "name": "טופס צד", "contact": "דנה"}).status_code == 201
    lead = Lead.objects.get()
    assert (lead.name, lead.phone_normalized, lead.data) == ("דנה", "+972501234567", {"name": "טופס צד"})


def test_a_repeat_of_an_external_id_is_the_same_lead(send: Send, source: Source) -> None:
    active_rule()
    first = send({"external_id": "a-1", "phone": "0501234567"})
    again = send({"external_id": "a-1", "phone": "0509999999"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {"id": first.json()["id"], "created": False}
    assert Lead.objects.get().phone == "0501234567"
    assert Routing.objects.count() == 1


def test_the_same_external_id_of_another_source_is_another_lead(send: Send, client: Client) -> None:
    SourceFactory(token="other-token")
    for token in (TOKEN, "other-token"):
        assert send({"external_id": "a-1", "phone": "0501234567"}, **{"X-Source-Token": token}).status_code == 201
    assert Lead.objects.count() == 2


def test_each_item_of_an_array_is_answered_on_its_own(send: Send) -> None:
    answer = send(
        [
            {"external_id": "1", "phone": "0501234567"},
            {"name": "בלי כלום"},
            {"external_id": "1", "phone": "0501234567"},
            "x",
            {"email": "a@b.co"},
        ]
    )
    results = answer.json()
    assert answer.status_code == 207
    assert [result.get("created") for result in results] == [True, None, False, None, True]
    assert results[0]["id"] == results[2]["id"]
    assert (results[1]["code"], results[3]["code"]) == ("invalid", "malformed")
    assert Lead.objects.count() == 2


def test_an_array_without_refusals(send: Send) -> None:
    leads = [{"external_id": str(number), "phone": "0501234567"} for number in range(1000)]
    assert send(leads).status_code == 201
    assert send(leads).status_code == 200
    assert Lead.objects.count() == 1000


@pytest.mark.parametrize(
    ("lead", "codes"),
    [
        ({"name": "דנה"}, {"phone": "unreachable", "email": "unreachable"}),
        ({"phone": "", "email": " "}, {"phone": "unreachable", "email": "unreachable"}),
        ({"phone": "12"}, {"phone": "phone_impossible"}),
        ({"email": "nobody"}, {"email": "email_invalid"}),
        ({"phone": {"a": 1}}, {"phone": "unreachable", "email": "unreachable"}),
        ({}, {"phone": "unreachable", "email": "unreachable"}),
    ],
)
def test_who_cannot_be_reached_is_refused_by_field(send: Send, lead: Any, codes: dict[str, str]) -> None:
    answer = send(lead)
    document = answer.json()
    assert (answer.status_code, answer["Content-Type"], document["status"]) == (400, PROBLEM, 400)
    assert {error["field"]: error["code"] for error in document["errors"]} == codes
    assert all(error["detail"] for error in document["errors"])
    assert not Lead.objects.exists()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("{", "application/json"),
        ("", "application/json"),
        ("null", "application/json"),
        ("[]", "application/json"),
        ("17", "application/json"),
        ("[" * 100_000, "application/json"),
        ('{"phone": "0501234567", "x": ' + "[" * 400 + "]" * 400 + "}", "application/json"),
        ('{"phone": ' + "9" * 5_000 + "}", "application/json"),
        (b'{"name": "\xff"}', "application/json"),
        ("a=1" + "&a=1" * 2_000, FORM),
        ("a=1", f"{FORM}; charset=klingon"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
    ],
)
def test_what_cannot_be_read_is_400(send: Send, body: Any, content_type: str) -> None:
    answer = send(body, content_type=content_type)
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert not Lead.objects.exists()


def test_another_media_type_is_415(send: Send) -> None:
    assert send("<lead/>", content_type="application/xml").status_code == 415


def test_only_post_is_allowed(client: Client, db: None) -> None:
    answer = client.get("/api/v1/leads/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("size", [5_000_001, 9_000_000])
@pytest.mark.parametrize("content_type", ["application/json", FORM])
def test_too_large_a_body_is_413(send: Send, size: int, content_type: str) -> None:
    answer = send(" " * size, content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_too_long_an_array_is_413(send: Send) -> None:
    assert send([{"phone": "0501234567"}] * 1001).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        '{"phone": "0501234567", "name": "a\\u0000b"}',
        '{"phone": "0501234567", "name": "a\\ud800b"}',
        '{"phone": "0501234567", "x\\u0000y": "1"}',
        '{"phone": "0501234567", "x": {"y\\udfff": ["\\u0000"]}}',
        '{"phone": "0501234567", "external_id": "\\u0000"}',
        '{"phone": "0501234567", "x": 1e999, "y": NaN, "z": -Infinity}',
        '{"phone": "0501234567", "submitted_at": "0001-01-01T00:00:00+14:00"}',
        '{"phone": "0501234567", "submitted_at": "9999-12-31T23:59:59-14:00"}',
        '{"phone": 501234567, "consent": [], "name": {"first": "a"}}',
    ],
)
def test_what_the_database_cannot_store_is_replaced_and_the_lead_kept(send: Send, body: str) -> None:
    assert send(body).status_code == 201
    Lead.objects.get()


def test_hostile_tokens_are_refused_not_failed_on(send: Send) -> None:
    assert send('{"google_key": "\\ud800", "phone": "1"}', Accept="*/*").status_code == 401
    assert send('{"google_key": {"a": 1}, "phone": "1"}', Accept="*/*").status_code == 401
    assert send({"phone": "1"}, path="/api/v1/leads/%00%ff/", Accept="*/*").status_code == 401


def test_what_is_too_long_is_cut_in_its_field_and_kept_whole_beside_it(send: Send) -> None:
    long_id = "x" * 500
    sent = {
        "external_id": long_id,
        "name": "נ" * 300,
        "city": "ע" * 150,
        "notes": "ה" * 20_000,
        "phone": "050-1234567",
        "email": "e" * 300 + "@example.com",
    }
    first = send(sent)
    assert first.status_code == 201
    lead = Lead.objects.get()
    assert (lead.name, lead.city, lead.notes) == ("נ" * 200, "ע" * 100, "ה" * 10_000)
    assert lead.data == {key: value for key, value in sent.items() if key != "phone"}
    assert send(sent).json() == {"id": first.json()["id"], "created": False}
    assert send(sent | {"external_id": long_id + "y"}).json()["created"]


def test_a_second_value_for_a_field_and_what_does_not_fit_stay_as_further_fields(send: Send) -> None:
    send(
        {
            "phone": "לא יודע",
            "mobile": "0501234567",
            "telephone": "03-5556677",
            "email": "אין",
            "consent": "אולי",
            "date": "מחר",
            "first_name": "דנה",
            "name": "דנה לוי",
        }
    )
    lead = Lead.objects.get()
    assert (lead.phone, lead.name, lead.email, lead.consent, lead.submitted_at) == (
        "0501234567",
        "דנה לוי",
        "",
        None,
        None,
    )
    assert lead.data == {
        "phone": "לא יודע",
        "telephone": "03-5556677",
        "email": "אין",
        "consent": "אולי",
        "date": "מחר",
        "first_name": "דנה",
    }


def test_a_phone_that_only_a_person_understands_is_kept_beside_an_email(send: Send) -> None:
    assert send({"phone": "שלוחה 12", "email": "a@example.com"}).status_code == 201
    lead = Lead.objects.get()
    assert (lead.phone, lead.phone_normalized) == ("שלוחה 12", "")


def test_a_number_for_a_name_and_a_bare_star_number(send: Send) -> None:
    assert send({"name": 7, "phone": "*6565"}).status_code == 201
    lead = Lead.objects.get()
    assert (lead.name, lead.phone_normalized) == ("7", "*6565")
