"""The API does what its OpenAPI document says, whatever is sent: schemathesis makes the requests, good and bad."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from django.utils import timezone
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from feedback.choices import Door
from feedback.services import FeedbackInput, record_feedback
from leadmanager.wsgi import application
from tests.effort import effort
from tests.factories import ClientFactory, RoutingFactory, SourceFactory, api_key

EXAMPLES = effort(12, ci=100, full=1_000)
TOKEN = "contract-token"
# Nothing here refuses what the document does not name: "4" is taken for a number and a form for JSON, as promised.
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
    ignored_auth,
]
DOCUMENT = schemathesis.openapi.from_wsgi("/api/schema/", application)


@dataclass
class Agency:
    """A client and a source, and what they have: requests about something that is there reach further."""

    key: str
    paths: dict[str, str]
    routing_ids: list[str]
    successes: list[str] = field(default_factory=list)

    def headers(self, path: str) -> dict[str, str]:
        """What lets a request in."""
        if path == "/api/v1/leads/":
            return {"X-Source-Token": TOKEN}
        return {} if path in self.paths and "{token}" in path else {"Authorization": f"Bearer {self.key}"}


@pytest.fixture
def agency(transactional_db: None) -> Iterator[Agency]:
    client = ClientFactory()
    routings = [RoutingFactory(client=client) for _ in range(3)]
    said = FeedbackInput(routing_id=routings[0].id, reason_id=4)
    [result] = record_feedback(client_id=client.pk, items=[said], door=Door.REST, now=timezone.now())
    SourceFactory(token=TOKEN)
    paths = {
        "/api/v1/routings/{id}/": str(routings[0].id),
        "/api/v1/feedback/{id}/": str(result.unwrap().id),
        "/api/v1/reasons/{id}/": "4",
        "/api/v1/leads/{token}/": TOKEN,
    }
    made = Agency(key=api_key(client), paths=paths, routing_ids=[str(routing.id) for routing in routings])
    yield made
    assert made.successes, "No request got further than being refused."


@DOCUMENT.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_operation_answers_as_described(case: Case, agency: Agency) -> None:
    _aim(case, agency)
    headers = agency.headers(case.operation.path)
    response = case.call(headers=headers)
    case.validate_response(response, checks=CHECKS, headers=headers)
    if response.status_code < 300:
        agency.successes.append(case.operation.label)


def _aim(case: Case, agency: Agency) -> None:
    """Let three of four requests be about what is there; which ones, the requests themselves decide."""
    choice = zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode())
    if choice % 4 == 0:
        return
    if known := agency.paths.get(case.operation.path):
        case.path_parameters = dict.fromkeys(case.path_parameters, known)
    case.query.pop("cursor", None)  # nobody guesses one
    items: list[Any] = case.body if isinstance(case.body, list) else [case.body]
    for number, item in enumerate(items):
        if isinstance(item, dict) and case.operation.path == "/api/v1/feedback/":
            item["RoutingId"] = agency.routing_ids[(choice + number) % len(agency.routing_ids)]
            item.pop("RoutingNumber", None)
            item["ReasonId"] = choice % 7 + 1
