"""Too many requests of a key, through HTTP: what both doors tell about the limit, and how they refuse."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from distribution.models import Routing
from feedback.models import Feedback
from tests.factories import RoutingFactory, api_key

pytestmark = pytest.mark.django_db
DOORS = ["/api/v1/reasons/", "/odata/Reasons"]
NOW = 1_800_000_000.0


@pytest.fixture(autouse=True)
def clock(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Five requests a minute, counted from nothing, at a time that tests change."""
    settings.API_REQUESTS_PER_MINUTE = 5
    settings.HOME_DIR = tmp_path
    times = [NOW]
    for module in ("feedback.api.base", "feedback.api.odata_model"):
        monkeypatch.setattr(f"{module}.seconds_now", lambda: times[0])
    return times


@pytest.fixture
def routing() -> Routing:
    return RoutingFactory()


@pytest.fixture
def caller(routing: Routing) -> Client:
    """The system of the routing's client."""
    return Client(headers={"Authorization": f"Bearer {api_key(routing.client)}"})


@pytest.mark.parametrize("address", DOORS)
def test_every_answer_tells_what_is_left(caller: Client, address: str) -> None:
    answers = [caller.get(address), caller.get(f"{address}?$filter=(&ordering=x")]
    assert [answer.headers["RateLimit"] for answer in answers] == ['"key";r=4;t=12', '"key";r=3;t=24']
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["4", "3"]
    assert answers[1].status_code == 400
    assert answers[0].headers["RateLimit-Policy"] == '"key";q=5;w=60'


@pytest.mark.parametrize("address", DOORS)
def test_one_too_many_is_429_and_works_again_after_the_time_told(
    caller: Client, address: str, clock: list[float]
) -> None:
    assert {caller.get(address).status_code for _ in range(5)} == {200}
    refused = caller.get(address, headers={"Accept-Language": "en"})
    assert refused.status_code == 429
    assert (refused["Retry-After"], refused["RateLimit-Remaining"]) == ("6", "0")
    document = refused.json()
    if address.startswith("/odata"):
        assert refused["OData-Version"] == "4.0"
        document = document["error"]
    else:
        assert refused["Content-Type"] == "application/problem+json"
    assert document["code"] == "too_many_requests"
    assert "Too many requests in a minute" in refused.content.decode()
    clock[0] += int(refused["Retry-After"])
    assert caller.get(address).status_code == 200


def test_both_doors_count_together_and_keys_apart(caller: Client) -> None:
    assert [caller.get(address)["RateLimit-Remaining"] for address in DOORS] == ["4", "3"]
    other = Client(headers={"X-API-Key": api_key(RoutingFactory().client)})
    assert other.get(DOORS[0])["RateLimit-Remaining"] == "4"


def test_the_parts_of_a_batch_are_requests_and_items_of_an_array_are_not(caller: Client, routing: Routing) -> None:
    get = [{"id": str(number), "method": "GET", "url": "Reasons(1)"} for number in range(3)]
    batch = caller.post("/odata/$batch", json.dumps({"requests": get}), content_type="application/json")
    assert batch["RateLimit-Remaining"] == "2"
    items = [{"RoutingId": str(routing.id), "ReasonId": reason} for reason in range(1, 5)]
    array = caller.post("/api/v1/feedback/", json.dumps(items), content_type="application/json")
    assert array["RateLimit-Remaining"] == "1"


def test_a_batch_beyond_the_limit_is_refused_as_a_whole(caller: Client, routing: Routing) -> None:
    caller.get(DOORS[0])
    caller.get(DOORS[0])
    post = {
        "method": "POST",
        "url": "Feedbacks",
        "headers": {"Content-Type": "application/json"},
        "body": {"RoutingId": str(routing.id), "ReasonId": 1},
    }
    requests = [post | {"id": str(number)} for number in range(4)]
    batch = caller.post("/odata/$batch", json.dumps({"requests": requests}), content_type="application/json")
    assert (batch.status_code, batch.json()["error"]["code"]) == (429, "too_many_requests")
    assert int(batch["Retry-After"]) > 0
    assert not Feedback.objects.exists()


def test_strangers_are_not_told_of_limits(caller: Client) -> None:
    for address in DOORS:
        response = Client().get(address)
        assert response.status_code == 401
        assert not any(name.startswith("RateLimit") for name in response.headers)


def test_counting_costs_no_statement(caller: Client, settings: Any) -> None:
    for address in DOORS:
        caller.get(address)  # the first time statements are made
    counts = []
    for limit in (1_000, 0):
        settings.API_REQUESTS_PER_MINUTE = limit
        for address in DOORS:
            with CaptureQueriesContext(connection) as queries:
                assert caller.get(address).status_code == 200
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
