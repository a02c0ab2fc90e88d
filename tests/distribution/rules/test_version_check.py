"""What keeps a version from being saved, and the field it is said at."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from distribution.rules.version_check import find_problems


@dataclass
class Version:
    url: str = "https://crm.example.co.il/api/leads"
    method: str = "POST"
    body_format: str = "json"


@dataclass
class Mapping:
    name: str
    source: str = "lead.name"
    placement: str = "field"
    source_key: str = ""
    constant: str = ""
    transform: str = ""
    date_format: str = ""
    value_table: dict[str, Any] = field(default_factory=dict)
    default: str = ""


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
