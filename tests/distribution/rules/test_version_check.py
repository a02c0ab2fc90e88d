"""What keeps a version from being saved, and the field it is said at."""

from typing import Any

import pytest

from distribution.rules.version_check import find_problems
from tests.distribution.rules.rule_parts import Mapping, Version, slot

ID = Mapping("rid", "routing.id")


def found(version: Version, mappings: list[Mapping], **given: Any) -> set[tuple[str, str, int | None]]:
    problems = find_problems(version, mappings, allow_http=False, **given)
    assert all(str(problem.message) for problem in problems)
    return {(problem.field, problem.code, problem.mapping) for problem in problems}


@pytest.mark.parametrize(
    "mappings",
    [
        [ID],
        [Mapping("number", "routing.number")],
        [Mapping("rid", "routing.id", placement="query")],
        [Mapping("X-Routing", "routing.id", placement="header")],
        [ID, Mapping("when", "lead.received_at", transform="date", date_format="DD/MM/YYYY HH:MM")],
        [ID, Mapping("rooms", "lead.data", source_key="rooms"), Mapping("a.b[0]"), Mapping("a.b[1]")],
        [ID, Mapping("Authorization", "constant", placement="header", constant="Token abc")],
    ],
)
def test_a_sound_version_has_no_problem(mappings: list[Mapping]) -> None:
    assert found(Version(), mappings) == set()


@pytest.mark.parametrize(
    ("version", "mappings", "problem"),
    [
        (Version(url="http://crm.example.co.il/"), [ID], ("url", "url_not_https", None)),
        (Version(url="https://127.0.0.1/"), [ID], ("url", "url_address_refused", None)),
        (Version(url="https://[::ffff:10.0.0.1]/"), [ID], ("url", "url_address_refused", None)),
        (Version(method="GET"), [ID], ("body_format", "get_has_no_body", None)),
        (Version(), [], ("mappings", "routing_id_missing", None)),
        (Version(), [Mapping("name")], ("mappings", "routing_id_missing", None)),
        (Version(), [ID, Mapping("x", "lead.shoe_size")], ("source", "unknown_source", 1)),
        (Version(), [ID, Mapping("x", "lead.data")], ("source_key", "source_key_missing", 1)),
        (Version(), [ID, Mapping("a..b")], ("name", "path_unreadable", 1)),
        (Version(), [ID, Mapping("a"), Mapping("a.b")], ("name", "paths_conflict", 2)),
        (Version(), [ID, Mapping("a\nb")], ("name", "name_unreadable", 1)),
        (Version(), [ID, Mapping("X Y", placement="header")], ("name", "header_name_unreadable", 1)),
        (Version(), [ID, Mapping("שם", placement="header")], ("name", "header_name_unreadable", 1)),
        (Version(), [ID, Mapping("X:Y", placement="header")], ("name", "header_name_unreadable", 1)),
        (
            Version(),
            [ID, Mapping("X-Y", "constant", placement="header", constant="a\r\nEvil: 1")],
            ("constant", "value_not_sendable", 1),
        ),
        (
            Version(),
            [ID, Mapping("X-Y", "constant", placement="header", constant="שלום")],
            ("constant", "value_not_sendable", 1),
        ),
        (Version(), [ID, Mapping("X-Y", placement="header", default="שלום")], ("default", "value_not_sendable", 1)),
        (Version(), [ID, Mapping("x", "constant", constant="a\x00b")], ("constant", "value_not_sendable", 1)),
        (
            Version(),
            [ID, Mapping("X-Y", placement="header"), Mapping("x-y", "lead.city", placement="header")],
            ("name", "name_repeated", 2),
        ),
        (
            Version(),
            [ID, Mapping("t", "lead.received_at", transform="date", date_format="%d/%m/%Y")],
            ("date_format", "date_format_unknown", 1),
        ),
    ],
)
def test_a_problem_is_said_at_its_field(
    version: Version, mappings: list[Mapping], problem: tuple[str, str, int | None]
) -> None:
    assert problem in found(version, mappings)


@pytest.mark.parametrize(
    "name",
    ["Host", "content-length", "Idempotency-Key", "CONNECTION", "Transfer-Encoding", "TE", "webhook-id", "Upgrade"],
)
def test_headers_of_the_system_itself_cannot_be_mapped(name: str) -> None:
    mappings = [ID, Mapping(name, "constant", placement="header", constant="x")]
    assert found(Version(), mappings) == {("name", "header_protected", 1)}


def test_authorization_cannot_be_mapped_beside_credentials() -> None:
    mappings = [ID, Mapping("authorization", "constant", placement="header", constant="x")]
    assert found(Version(), mappings, auth_kind="bearer") == {("name", "header_protected", 1)}


def test_an_address_of_the_own_network_passes_by_the_allow_list() -> None:
    assert found(Version(url="https://10.1.2.3/"), [ID], allowed_networks=["10.0.0.0/8:443"]) == set()


def xml(template: str, **fields: Any) -> Version:
    return Version(body_format="xml", template=template, **fields)


RID = slot("rid", "routing.id")


@pytest.mark.parametrize(
    ("version", "mappings"),
    [
        (xml("<a>{{rid}}</a>"), [RID]),
        (xml('<?xml version="1.0" encoding="WINDOWS-1255"?><a b="{{rid}}"/>', charset="cp1255"), [RID]),
        (Version(body_format="json_template", template='{"a": {{rid}}}'), [RID]),
        (Version(url="https://crm.example.co.il/leads/{{rid}}", method="PUT"), [RID]),
        (Version(body_format="text", template="x", url="https://crm.example.co.il/?r={{rid}}"), [RID]),
        (Version(charset="windows-1255"), [ID, Mapping("שם")]),
        (xml("<a>{{rid}}</a>"), [RID, Mapping("x", placement="query")]),
        (Version(), [ID, Mapping("n", "lead.city", json_type="number", default="0", value_table={"a": "1"})]),
    ],
)
def test_templates_and_character_sets_that_are_sound(version: Version, mappings: list[Mapping]) -> None:
    assert found(version, mappings) == set()


@pytest.mark.parametrize(
    ("version", "mappings", "problem"),
    [
        (xml("<a>{{rid}}</a>"), [slot("rid", "lead.name")], ("mappings", "routing_id_missing", None)),
        (xml("<a/>", url="https://crm.example.co.il/"), [RID], ("name", "slot_unused", 0)),
        (xml("<a>{{rid}}{{x}}</a>"), [RID], ("template", "slot_unmapped", None)),
        (xml("<a>{{rid}}{{x</a>"), [RID], ("template", "slot_unclosed", None)),
        (xml("<a>{{rid}}{{שם}}</a>"), [RID], ("template", "slot_unreadable", None)),
        (xml("<a>{{rid|shell}}</a>"), [RID], ("template", "slot_step_unknown", None)),
        (xml("<a>{{rid|upper}}</a>"), [RID], ("template", "routing_id_changed", None)),
        (xml("<a>{{rid}}</b>"), [RID], ("template", "not_xml", None)),
        (xml("<{{rid}}/>"), [RID], ("template", "slot_misplaced", None)),
        (xml("<a b={{rid}}/>"), [RID], ("template", "slot_misplaced", None)),
        (xml("<a><!-- {{rid}} --></a>"), [RID], ("template", "slot_misplaced", None)),
        (xml('<!DOCTYPE a [<!ENTITY x "y">]><a>{{rid}}</a>'), [RID], ("template", "not_xml", None)),
        (xml('<?xml version="1.0" encoding="utf-8"?><a>{{rid}}</a>', charset="windows-1255"), [RID],
         ("template", "encoding_differs", None)),
        (xml("  "), [RID], ("template", "template_missing", None)),
        (Version(body_format="json_template", template='{"a": {{rid}}'), [RID], ("template", "not_json", None)),
        (Version(body_format="text", template="🙂{{rid}}", charset="windows-1255"), [RID],
         ("template", "not_encodable", None)),
        (xml("<a>{{rid}}</a>"), [RID, Mapping("x")], ("placement", "field_beside_template", 1)),
        (Version(url="https://{{rid}}.example.co.il/"), [RID], ("url", "slot_in_host", None)),
        (Version(url="https://crm.example.co.il/{{rid"), [ID], ("url", "slot_unclosed", None)),
        (Version(charset="utf-16"), [ID], ("charset", "charset_unknown", None)),
        (Version(charset="utf-8\r\nX-Evil: 1"), [ID], ("charset", "charset_unknown", None)),
        (Version(charset="hex"), [ID], ("charset", "charset_unknown", None)),
        (xml("<a>{{rid}}</a>", soap_action='a"\r\nb'), [RID], ("soap_action", "value_not_sendable", None)),
        (Version(), [ID, Mapping("n", "constant", constant="x", json_type="number")], ("constant", "type_mismatch", 1)),
        (Version(body_format="form", charset="windows-1255"), [ID, Mapping("n", default="🙂")],
         ("default", "not_encodable", 1)),
        (Version(), [ID, Mapping("s", "secret")], ("secret", "secret_missing", 1)),
        (Version(), [ID, Mapping("n", joined_source="lead.shoe_size")], ("joined_source", "unknown_source", 1)),
        (xml("<a>{{rid}}</a>"), [RID, slot("rid", "lead.name")], ("name", "name_repeated", 1)),
        (xml("<a>{{rid}}</a>"), [RID, slot("שם")], ("name", "slot_name_unreadable", 1)),
        (Version(body_format="soap", template="<a>{{rid}}</a>"), [RID, Mapping("soapaction", placement="header")],
         ("name", "header_protected", 1)),
    ],
)  # fmt: skip
def test_a_problem_of_a_template_is_said_at_its_field(
    version: Version, mappings: list[Mapping], problem: tuple[str, str, int | None]
) -> None:
    assert problem in found(version, mappings)
