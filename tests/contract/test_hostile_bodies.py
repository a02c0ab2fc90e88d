"""Bodies that break others: every door answers them with a refusal of its own, in its own JSON."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.factories import RoutingFactory, SourceFactory, api_key

pytestmark = pytest.mark.django_db

DOORS = {
    "/api/v1/feedback/": "application/problem+json",
    "/odata/Feedbacks": "application/json;odata.metadata=minimal",
    "/odata/$batch": "application/json;odata.metadata=minimal",
    "/api/v1/leads/": "application/problem+json",
}
FEEDBACK = '{"RoutingId": "ROUTING", "ReasonId": 1, "%s": %s}'
BODIES = {
    "brackets": "[" * 100_000,
    "braces": '{"a":' * 100_000,
    "nothing": "",
    "null": "null",
    "a text": '""',
    "not UTF-8": b'{"Comment": "\xe9\xff"}',
    "UTF-16": '{"ReasonId": 1}'.encode("utf-16"),
    "a raw lone surrogate": b'{"Comment": "\xed\xa0\x80"}',
    "NaN": FEEDBACK % ("Amount", "NaN"),
    "an integer of 5,000 digits": '{"RoutingNumber": %s, "ReasonId": 1}' % ("9" * 5_000),
    "an exponent beyond Decimal's": FEEDBACK % ("Amount", "1e99999999999999999999"),
    "markup": FEEDBACK % ("<script>", "1"),
}
FIELDS = {
    "a lone surrogate": ("Comment", '"\\ud800"'),
    "NUL": ("Comment", '"a\\u0000b"'),
    "a huge amount": ("Amount", "1e999999999"),
    "a minute amount": ("Amount", "1e-999999999"),
    "an amount that is none": ("Amount", '"sNaN"'),
    "a reason of a billion digits": ("ReasonId", "1e999999999"),
    "a reason beyond its column": ("ReasonId", str(2**63)),
    "the last moment of all": ("OccurredAt", '"9999-12-31T23:59:59-23:59"'),
    "the first moment of all": ("OccurredAt", '"0001-01-01T00:00:00+23:59"'),
    "a reference too long": ("ClientReference", json.dumps("a" * 90_000)),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_cannot_be_read_is_refused(door: str, body: str | bytes) -> None:
    response = _post(door, body)
    assert 400 <= response.status_code < 500, response.content
    assert response.headers["Content-Type"].startswith(DOORS[door])


@pytest.mark.parametrize("door", ["/api/v1/feedback/", "/odata/Feedbacks"])
@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_a_value_that_cannot_be_kept_is_refused(door: str, field: tuple[str, str]) -> None:
    response = _post(door, FEEDBACK % field)
    assert response.status_code == 400, response.content
    assert response.headers["Content-Type"].startswith(DOORS[door])


def _post(door: str, body: str | bytes) -> Any:
    routing = RoutingFactory()
    SourceFactory(token="token")
    content = body if isinstance(body, bytes) else body.replace("ROUTING", str(routing.id)).encode()
    key = {"X-Source-Token": "token"} if "leads" in door else {"X-API-Key": api_key(routing.client)}
    return Client(headers=key).post(door, content, content_type="application/json")
