"""The OpenAPI document, its examples, and the page that shows it."""

import json
import re
from typing import Any

import pytest
import yaml
from django.test import Client

from distribution.models import Routing
from feedback.api.feedback_fields import _FIELDS, feedback_json
from feedback.api.schema import EXAMPLES
from feedback.api.serializers import FeedbackInputSerializer, FeedbackSerializer
from feedback.choices import Door
from feedback.services import FeedbackInput, record_feedback
from tests.factories import RoutingFactory, api_key

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def document(django_db_setup: None, django_db_blocker: Any) -> dict[str, Any]:
    with django_db_blocker.unblock():
        response = Client().get("/api/schema/")
    assert response.status_code == 200
    return dict(yaml.safe_load(response.content))


def test_the_document_describes_every_door_with_its_errors(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.0")
    for address in ("routings", "feedback", "reasons"):
        assert f"/api/v1/{address}/" in document["paths"]
    operation = document["paths"]["/api/v1/feedback/"]["post"]
    assert set(operation["responses"]) == {"200", "201", "400", "401", "404", "412", "413", "422", "429", "503"}
    assert "application/problem+json" in operation["responses"]["400"]["content"]
    assert list(operation["requestBody"]["content"]) == ["application/json"]
    assert operation["security"] == [{"bearer": []}, {"apiKey": []}, {"basic": []}]


def test_the_document_describes_keys_and_limits(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v1/feedback/"]["post"]
    assert {"Idempotency-Key", "Repeatability-Request-ID", "Repeatability-First-Sent"} == {
        parameter["name"] for parameter in operation["parameters"]
    }
    assert {"Idempotency-Replayed", "Repeatability-Result", "RateLimit"} <= set(
        operation["responses"]["201"]["headers"]
    )
    for path in ("/api/v1/routings/", "/api/v1/reasons/{id}/"):
        responses = document["paths"][path]["get"]["responses"]
        assert {"RateLimit", "RateLimit-Policy", "RateLimit-Remaining"} <= set(responses["200"]["headers"])
        assert "Retry-After" in responses["429"]["headers"]


def test_the_document_has_the_examples(document: dict[str, Any]) -> None:
    content = document["paths"]["/api/v1/feedback/"]["post"]["requestBody"]["content"]["application/json"]
    assert [example["value"] for example in content["examples"].values()] == list(EXAMPLES.values())


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_works(name: str) -> None:
    routing: Routing = RoutingFactory()
    text = json.dumps(EXAMPLES[name])
    text = text.replace("{routing_id}", str(routing.id)).replace('"{routing_number}"', str(routing.number))
    response = Client(headers={"X-API-Key": api_key(routing.client)}).post(
        "/api/v1/feedback/", text, content_type="application/json"
    )
    assert response.status_code in (200, 201), response.content
    if isinstance(response.json(), list):
        assert {answer["Status"] for answer in response.json()} == {201}


def test_the_described_names_are_those_that_are_read_and_written() -> None:
    assert list(FeedbackInputSerializer().fields) == list(_FIELDS)
    routing = RoutingFactory()
    said = FeedbackInput(routing_id=routing.id, reason_id=1)
    result = record_feedback(client_id=routing.client_id, items=[said], door=Door.REST, now=routing.created_at)[0]
    assert list(feedback_json(result.unwrap())) == list(FeedbackSerializer().fields)


def test_the_page_loads_nothing_from_elsewhere_and_has_nothing_inline() -> None:
    response = Client().get("/api/docs/")
    page = response.content.decode()
    assert response["Content-Security-Policy"].startswith("default-src 'self'")
    assert not re.search(r"(src|href)=\"(https?:)?//", page)
    assert not re.search(r"<style|style=|<script(?![^>]*src=)", page)
