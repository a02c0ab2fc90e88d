"""From version and lead to the request, byte for byte."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest

from distribution.rules.rendering import RenderedRequest, RenderFailure, compile_plan, render
from distribution.rules.values import Subject
from tests.distribution.rules.rule_parts import Mapping, Version

ROUTING = UUID("0190aaaa-0000-7000-8000-000000000001")


def subject(**fields: Any) -> Subject:
    given = {
        "name": "דנה לוי",
        "phone": "050-123-4567",
        "phone_normalized": "+972501234567",
        "email": "dana@example.co.il",
        "city": "חיפה",
        "consent": True,
        "received_at": datetime(2026, 7, 4, 19, 5, tzinfo=UTC),
        "data": {"rooms": 4, "floor": "3"},
    }
    return Subject(routing_id=ROUTING, routing_number=77, **(given | fields))


def rendered(version: Version, mappings: list[Mapping], **fields: Any) -> RenderedRequest:
    return render(compile_plan(version, mappings), subject(**fields), idempotency_key="k-1")


def test_the_real_estate_crm_gets_nested_json_with_numbers_as_numbers() -> None:
    request = rendered(
        Version(),
        [
            Mapping("contact.name.first", "lead.first_name"),
            Mapping("contact.name.last", "lead.last_name"),
            Mapping("contact.phones[0]", "lead.phone", transform="phone_international"),
            Mapping("contact.email", "lead.email"),
            Mapping("project", "lead.source", value_table={"קמפיין צפון": 17}),
            Mapping("rooms", "lead.data", source_key="rooms"),
            Mapping("marketing", "lead.consent"),
            Mapping("source", "constant", constant="LM"),
            Mapping("externalRef", "routing.id"),
        ],
        source_name="קמפיין צפון",
    )
    assert json.loads(request.body or b"") == {
        "contact": {
            "name": {"first": "דנה", "last": "לוי"},
            "phones": ["+972501234567"],
            "email": "dana@example.co.il",
        },
        "project": 17,
        "rooms": 4,
        "marketing": True,
        "source": "LM",
        "externalRef": str(ROUTING),
    }
    assert request.headers == (("Idempotency-Key", "k-1"), ("Content-Type", "application/json"))
    assert "דנה".encode() in (request.body or b"")


def test_the_college_gets_a_form_with_codes_and_defaults() -> None:
    request = rendered(
        Version(body_format="form", url="https://college.example.ac.il/v1/lead"),
        [
            Mapping("sp", "constant", constant="a&b=c"),
            Mapping("mobilephone", "lead.phone", transform="phone_local"),
            Mapping("firstname", "lead.name"),
            Mapping("marketing", "lead.consent", transform="yes_no", default="0"),
            Mapping("branch", "lead.city", value_table={"חיפה": "1"}, default="3"),
            Mapping("ref", "routing.id"),
        ],
        consent=None,
        city="אילת",
    )
    assert parse_qsl((request.body or b"").decode()) == [
        ("sp", "a&b=c"),
        ("mobilephone", "0501234567"),
        ("firstname", "דנה לוי"),
        ("marketing", "0"),
        ("branch", "3"),
        ("ref", str(ROUTING)),
    ]


def test_the_call_centre_gets_parameters_in_the_address() -> None:
    request = rendered(
        Version(body_format="query", method="GET", url="https://cc.example.co.il/add.asp?v=2"),
        [
            Mapping("n", "lead.name"),
            Mapping("t", "lead.received_at", transform="date", date_format="DD/MM/YYYY HH:MM"),
            Mapping("rid", "routing.number"),
        ],
    )
    assert request.url == (
        "https://cc.example.co.il/add.asp?v=2&n=%D7%93%D7%A0%D7%94%20%D7%9C%D7%95%D7%99"
        "&t=04%2F07%2F2026%2022%3A05&rid=77"
    )
    assert request.url.isascii()
    assert request.body is None
    assert request.headers == (("Idempotency-Key", "k-1"),)


def test_parameters_in_the_address_can_go_beside_a_body() -> None:
    request = rendered(Version(), [Mapping("rid", "routing.id", placement="query"), Mapping("name", "lead.name")])
    assert request.url.endswith(f"/api/leads?rid={ROUTING}")
    assert json.loads(request.body or b"") == {"name": "דנה לוי"}


@pytest.mark.parametrize("body_format", ["json", "form", "query"])
def test_what_is_empty_and_has_no_default_is_left_out(body_format: str) -> None:
    request = rendered(
        Version(body_format=body_format),
        [
            Mapping("rid", "routing.number"),
            Mapping("city", "lead.city"),
            Mapping("floor", "lead.data", source_key="nowhere"),
            Mapping("X-City", "lead.city", placement="header"),
        ],
        city=" ",
    )
    assert b"city" not in (request.body or b"") + request.url.encode()
    assert b"floor" not in (request.body or b"") + request.url.encode()
    assert all(name != "X-City" for name, _value in request.headers)


def test_a_hole_in_an_array_is_null() -> None:
    request = rendered(
        Version(), [Mapping("p[0].n", "lead.notes"), Mapping("p[1].n", "lead.phone"), Mapping("r", "routing.number")]
    )
    assert json.loads(request.body or b"") == {"p": [None, {"n": "050-123-4567"}], "r": 77}


def test_a_phone_that_was_never_normalised_takes_the_form_all_the_same() -> None:
    mappings = [Mapping("p", "lead.phone", transform="phone_local"), Mapping("r", "routing.id")]
    assert json.loads(rendered(Version(), mappings, phone_normalized="").body or b"")["p"] == "0501234567"


def test_a_mapped_content_type_takes_the_place_of_ours() -> None:
    request = rendered(
        Version(), [Mapping("Content-Type", "constant", placement="header", constant="application/vnd.x+json")]
    )
    assert request.headers == (("Idempotency-Key", "k-1"), ("Content-Type", "application/vnd.x+json"))


@pytest.mark.parametrize("name", ["x\r\nX-Evil: 1", "x\ny", "x\x00y", "x\x7fy", "דנה", "x\u2028y", "a\x0by"])
def test_a_header_carries_nothing_that_could_be_read_as_another_line(name: str) -> None:
    with pytest.raises(RenderFailure) as caught:
        rendered(Version(), [Mapping("X-Name", "lead.name", placement="header")], name=name)
    assert (caught.value.code, caught.value.detail) == ("value_not_sendable", "X-Name")


@pytest.mark.parametrize("value", ["\ud800", {"deep": "\udfff"}])
def test_text_that_is_no_unicode_is_a_failure_with_a_code(value: Any) -> None:
    with pytest.raises(RenderFailure) as caught:
        rendered(Version(), [Mapping("x", "lead.data", source_key="x")], data={"x": value})
    assert caught.value.code == "render_failed"


def test_a_request_that_is_too_big_is_a_failure_with_a_code() -> None:
    with pytest.raises(RenderFailure):
        rendered(Version(), [Mapping("x", "lead.notes")], notes="x" * 1_000_001)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a", "a.b"),
        ("a.b", "a"),
        ("a[0]", "a.b"),
        ("a.b", "a[0]"),
        ("a", "a[0]"),
        ("a..b", "c"),
        ("a[", "c"),
        (".", "c"),
    ],
)
def test_names_that_contradict_each_other_are_a_failure_with_a_code(first: str, second: str) -> None:
    with pytest.raises(RenderFailure) as caught:
        compile_plan(Version(), [Mapping(first, "lead.name"), Mapping(second, "lead.phone")])
    assert caught.value.code == "mapping_conflict"


def test_the_same_lead_gives_the_same_bytes() -> None:
    mappings = [Mapping("b", "lead.name"), Mapping("a", "routing.id"), Mapping("d", "lead.data", source_key="rooms")]
    assert rendered(Version(), mappings) == rendered(Version(), mappings)
