"""Every kind of body and address that clients' instructions ask for, byte for byte."""

import json
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qsl, unquote
from uuid import UUID

import pytest
from defusedxml.ElementTree import fromstring

from distribution.rules.rendering import RenderedRequest, RenderFailure, compile_plan, render
from distribution.rules.rendering.secrets import put_in
from distribution.rules.values import Subject
from tests.distribution.rules.rule_parts import Mapping, Version, slot

ROUTING = UUID("0190aaaa-0000-7000-8000-000000000001")
NASTY = "א\"<&>'\\ {{rid}} ]]> %41\r\nב"


def subject(**fields: Any) -> Subject:
    given = {
        "name": "דנה לוי",
        "phone": "050-123-4567",
        "phone_normalized": "+972501234567",
        "email": "dana@example.co.il",
        "city": "חיפה",
        "consent": True,
        "received_at": datetime(2026, 7, 4, 19, 5, tzinfo=UTC),
        "data": {"rooms": "4", "interests": ["נדל״ן", "רכב"], "budget": "1,250,000", "ok": "כן", "raw": '{"a": [1]}'},
    }
    return Subject(routing_id=ROUTING, routing_number=77, **(given | fields))


def rendered(version: Version, mappings: list[Mapping], **fields: Any) -> RenderedRequest:
    return render(compile_plan(version, mappings), subject(**fields), idempotency_key="k-1")


def sent_json(mappings: list[Mapping], **fields: Any) -> Any:
    return json.loads(rendered(Version(), mappings, **fields).body or b"")


# ---- JSON ----


def test_an_array_may_be_the_root_and_hold_objects() -> None:
    mappings = [Mapping("[0].id", "routing.id"), Mapping("[0].name"), Mapping("[1]", "lead.city")]
    assert sent_json(mappings) == [{"id": str(ROUTING), "name": "דנה לוי"}, "חיפה"]


def test_a_list_of_named_values() -> None:
    mappings = [
        Mapping("fields[0].name", "constant", constant="phone"),
        Mapping("fields[0].value", "lead.phone"),
        Mapping("fields[1].name", "constant", constant="ref"),
        Mapping("fields[1].value", "routing.id"),
    ]
    assert sent_json(mappings)["fields"] == [
        {"name": "phone", "value": "050-123-4567"},
        {"name": "ref", "value": str(ROUTING)},
    ]


def test_a_name_with_dots_in_it_is_quoted() -> None:
    assert sent_json([Mapping('data["utm.source"].x', "routing.id")]) == {"data": {"utm.source": {"x": str(ROUTING)}}}


@pytest.mark.parametrize(
    ("json_type", "key", "value"),
    [
        ("", "rooms", "4"),
        ("text", "rooms", "4"),
        ("number", "rooms", 4),
        ("number", "budget", 1_250_000),
        ("boolean", "ok", True),
        ("list", "rooms", ["4"]),
        ("list", "interests", ["נדל״ן", "רכב"]),
        ("raw", "raw", {"a": [1]}),
    ],
)
def test_a_value_has_the_type_that_its_mapping_says(json_type: str, key: str, value: Any) -> None:
    assert sent_json([Mapping("x", "lead.data", source_key=key, json_type=json_type)]) == {"x": value}


@pytest.mark.parametrize("json_type", ["number", "boolean", "raw"])
@pytest.mark.parametrize("text", ["שלוש", "1e9999", "NaN", "[" * 5_000, "4 5", "٣"])
def test_a_value_that_does_not_fit_its_type_is_a_failure_that_names_it(json_type: str, text: str) -> None:
    with pytest.raises(RenderFailure) as caught:
        rendered(Version(), [Mapping("rooms", "lead.city", json_type=json_type)], city=text)
    assert caught.value.code == "type_mismatch"
    assert "rooms" in caught.value.detail


def test_a_table_can_bring_numbers_for_a_campaign() -> None:
    mapping = Mapping("project", "lead.source", value_table={"צפון": "17"}, default="0", json_type="number")
    assert sent_json([mapping], source_name="צפון") == {"project": 17}
    assert sent_json([mapping], source_name="דרום") == {"project": 0}


@pytest.mark.parametrize(("json_type", "value"), [("", ""), ("text", ""), ("number", None), ("list", [])])
def test_an_empty_value_is_sent_where_the_mapping_says_so(json_type: str, value: Any) -> None:
    mapping = Mapping("notes", "lead.notes", json_type=json_type, is_always_sent=True)
    assert sent_json([mapping, Mapping("city", "lead.notes")]) == {"notes": value}


def test_json_in_another_character_set_loses_no_letter() -> None:
    version = Version(charset="windows-1255")
    plain = rendered(version, [Mapping("name")])
    assert plain.body == '{"name":"דנה לוי"}'.encode("windows-1255")
    assert ("Content-Type", "application/json; charset=windows-1255") in plain.headers
    assert json.loads(rendered(version, [Mapping("name")], name="דנה 🙂").body or b"") == {"name": "דנה 🙂"}


# ---- forms and addresses ----


def test_a_form_repeats_a_name_for_each_item_of_a_list_and_each_mapping() -> None:
    mappings = [
        Mapping("data[name]"),
        Mapping("interest[]", "lead.data", source_key="interests"),
        Mapping("interest[]", "lead.city"),
        Mapping("ref", "routing.id"),
    ]
    body = (rendered(Version(body_format="form"), mappings).body or b"").decode()
    assert parse_qsl(body) == [
        ("data[name]", "דנה לוי"),
        ("interest[]", "נדל״ן"),
        ("interest[]", "רכב"),
        ("interest[]", "חיפה"),
        ("ref", str(ROUTING)),
    ]


@pytest.mark.parametrize("body_format", ["form", "query"])
def test_forms_and_addresses_are_encoded_in_the_rules_character_set(body_format: str) -> None:
    version = Version(
        body_format=body_format, charset="windows-1255", method="GET" if body_format == "query" else "POST"
    )
    request = rendered(version, [Mapping("n"), Mapping("שם", "lead.city")])
    text = (request.body or b"").decode() or request.url.partition("?")[2]
    assert text.startswith("n=%E3%F0%E4%20%EC%E5%E9&")
    assert parse_qsl(text, encoding="windows-1255") == [("n", "דנה לוי"), ("שם", "חיפה")]


def test_a_letter_that_the_character_set_lacks_holds_the_lead_or_becomes_a_question_mark() -> None:
    for body_format in ("form", "query", "multipart", "text"):
        version = Version(body_format=body_format, charset="windows-1255", template="{{n}}")
        mapping = slot("n") if body_format == "text" else Mapping("n")
        with pytest.raises(RenderFailure) as caught:
            rendered(version, [mapping], name="דנה 🙂")
        assert caught.value.code == "not_encodable"
        assert caught.value.detail.startswith("n: “🙂”")
        version.is_lossy = True
        request = rendered(version, [mapping], name="דנה 🙂")
        assert "דנה ?" in unquote(request.url + (request.body or b"").decode("windows-1255"), encoding="windows-1255")


def test_multipart_parts_carry_names_and_bytes() -> None:
    version = Version(body_format="multipart", charset="windows-1255")
    request = rendered(version, [Mapping('a"b'), Mapping("ref", "routing.id")])
    content_type = dict(request.headers)["Content-Type"]
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + (request.body or b""))
    first, second = message.get_payload()
    assert first.get_param("name", header="content-disposition") == "a%22b"
    assert first.get_payload(decode=True).decode("windows-1255") == "דנה לוי"
    assert second.get_payload(decode=True) == str(ROUTING).encode()


def test_path_and_query_of_the_address_can_have_slots() -> None:
    version = Version(url="https://crm.example.co.il/c/{{city}}/leads/{{rid}}?n={{ name }}&v=2", method="PUT")
    mappings = [slot("city", "lead.city"), slot("rid", "routing.id"), slot("name"), Mapping("x", "lead.phone")]
    request = rendered(version, mappings, city="a/b?#%")
    assert request.url == (
        f"https://crm.example.co.il/c/a%2Fb%3F%23%25/leads/{ROUTING}?n=%D7%93%D7%A0%D7%94%20%D7%9C%D7%95%D7%99&v=2"
    )


@pytest.mark.parametrize(
    ("city", "code"), [("", "value_missing"), ("..", "value_not_sendable"), (".", "value_not_sendable")]
)
def test_a_part_of_the_path_that_would_make_another_path_is_a_failure(city: str, code: str) -> None:
    with pytest.raises(RenderFailure) as caught:
        rendered(Version(url="https://crm.example.co.il/{{city}}/x"), [slot("city", "lead.city")], city=city)
    assert caught.value.code == code


@pytest.mark.parametrize("url", ["https://{{city}}.example.co.il/", "https://x.co.il:{{city}}/", "{{city}}://x.co.il/"])
def test_the_host_never_comes_from_a_field(url: str) -> None:
    with pytest.raises(RenderFailure) as caught:
        compile_plan(Version(url=url), [slot("city", "lead.city")])
    assert caught.value.code == "template_unreadable"


# ---- templates ----

ENVELOPE = """<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<AddLead kind="{{name}}"><Name>{{name}}</Name><Notes><![CDATA[{{name}}]]></Notes>
<ExternalId>{{rid}}</ExternalId></AddLead></s:Body></s:Envelope>"""


def test_a_soap_template_is_escaped_for_each_place_and_never_expanded_again() -> None:
    version = Version(body_format="soap", template=ENVELOPE, soap_action="AddLead")
    request = rendered(version, [slot("name"), slot("rid", "routing.id")], name=NASTY)
    assert ("Content-Type", "text/xml; charset=utf-8") in request.headers
    assert ("SOAPAction", '"AddLead"') in request.headers
    lead = fromstring(request.body or b"").find(".//AddLead")
    assert lead is not None
    assert lead.findtext("Name") == NASTY
    assert lead.get("kind") == NASTY
    assert (lead.findtext("Notes") or "").replace("\n", "\r\n") == NASTY  # CDATA has no way to keep a CR
    assert lead.findtext("ExternalId") == str(ROUTING)


def test_xml_in_another_character_set_loses_no_letter() -> None:
    version = Version(body_format="xml", template="<a><b>{{name}}</b></a>", charset="windows-1255")
    request = rendered(version, [slot("name")], name="דנה 🙂\x01")
    assert request.body == "<a><b>דנה ".encode("windows-1255") + b"&#128578; </b></a>"


def test_a_json_template_writes_texts_and_values() -> None:
    version = Version(
        body_format="json_template",
        template='{"text": "לקוח: {{name}}", "rooms": {{rooms}}, "none": {{none}}, "tags": {{tags}}}',
    )
    mappings = [
        slot("name"),
        slot("rooms", "lead.data", source_key="rooms", json_type="number"),
        slot("none", "lead.notes"),
        slot("tags", "lead.data", source_key="interests"),
    ]
    assert json.loads(rendered(version, mappings, name=NASTY).body or b"") == {
        "text": f"לקוח: {NASTY}",
        "rooms": 4,
        "none": None,
        "tags": ["נדל״ן", "רכב"],
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{name}}|{{phone|phone_local}}|{{phone|phone_international}}", "דנה לוי|0501234567|+972501234567"),
        ("xml={{name|xml|url}}", "xml=%D7%93%D7%A0%D7%94%20%D7%9C%D7%95%D7%99"),
        ("{{name | first_name | base64}}", "15PXoNeU"),
        ("a } b }} {c}", "a } b }} {c}"),
    ],
)
def test_free_text_takes_values_as_they_are_or_in_the_form_its_slots_ask_for(text: str, expected: str) -> None:
    mappings = [slot("name"), slot("phone", "lead.phone")]
    assert (rendered(Version(body_format="text", template=text), mappings).body or b"").decode() == expected


def test_a_slot_that_nobody_maps_is_a_failure() -> None:
    with pytest.raises(RenderFailure) as caught:
        compile_plan(Version(body_format="text", template="{{a}} {{b}}"), [slot("a")])
    assert (caught.value.code, caught.value.detail) == ("slot_unmapped", "b")


# ---- forms of values ----


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"joined_source": "lead.city"}, "דנה לוי חיפה"),
        ({"joined_source": "lead.city", "separator": ", "}, "דנה לוי, חיפה"),
        ({"joined_source": "lead.notes"}, "דנה לוי"),
        ({"joined_source": "lead.received_at"}, "דנה לוי 2026-07-04T22:05:00+03:00"),
        ({"max_length": 3}, "דנה"),
        ({"max_length": 4}, "דנה"),
        ({"source": "lead.phone", "transform": "phone_double_zero"}, "00972501234567"),
        ({"source": "lead.phone", "transform": "phone_national"}, "501234567"),
        ({"source": "lead.phone", "transform": "phone_prefix"}, "050"),
        ({"source": "lead.phone", "transform": "phone_rest"}, "1234567"),
        ({"source": "lead.data", "source_key": "budget", "transform": "digits"}, "1250000"),
        ({"source": "lead.consent", "transform": "yes_no", "value_table": {"1": "Y", "0": "N"}}, "Y"),
        ({"source": "lead.consent", "transform": "true_false"}, True),
    ],
)
def test_a_value_takes_the_form_that_its_mapping_says(fields: dict[str, Any], expected: Any) -> None:
    assert sent_json([Mapping("x", **fields)]) == {"x": expected}


@pytest.mark.parametrize(("phone", "prefix", "rest"), [("+97235556677", "03", "5556677"), ("*6565", "", "*6565")])
def test_prefix_and_rest_of_other_numbers(phone: str, prefix: str, rest: str) -> None:
    mappings = [
        Mapping("p", "lead.phone", transform="phone_prefix", is_always_sent=True),
        Mapping("r", "lead.phone", transform="phone_rest"),
    ]
    assert sent_json(mappings, phone=phone, phone_normalized=phone) == {"p": prefix, "r": rest}


# ---- secret values ----


@pytest.mark.parametrize(
    ("version", "mapping", "written"),
    [
        (Version(body_format="form"), Mapping("s", "secret"), "s=a%22b%20%26%3C%2F"),
        (Version(), Mapping("s", "secret"), '{"s":"a\\"b &</"}'),
        (Version(body_format="query", method="GET"), Mapping("s", "secret"), "s=a%22b%20%26%3C%2F"),
        (Version(body_format="xml", template="<a>{{s}}</a>"), slot("s", "secret"), "<a>a&quot;b &amp;&lt;/</a>"),
        (Version(body_format="text", template="{{s|base64}}"), slot("s", "secret"), "YSJiICY8Lw=="),
        (Version(), Mapping("X-Key", "secret", placement="header"), 'a"b &</'),
        (Version(url="https://x.co.il/{{s}}/"), slot("s", "secret"), "https://x.co.il/a%22b%20%26%3C%2F/"),
    ],
)
def test_a_secret_value_is_a_placeholder_until_it_is_sent(version: Version, mapping: Mapping, written: str) -> None:
    mapping.secret, mapping.secret_slot = b"ciphertext", "f" * 40
    plan = compile_plan(version, [mapping])
    frozen = render(plan, subject(), idempotency_key="k-1")
    filled = put_in(frozen, plan.secrets, lambda use: use.escape('a"b &</'))
    everything = filled.url + repr(filled.headers).replace("\\'", "'") + (filled.body or b"").decode()
    assert written in everything
    assert "ffff" not in everything
    assert "ffff" in frozen.url + repr(frozen.headers) + (frozen.body or b"").decode()
