"""Pages of the REST lists by cursor, end to end: each row once, whatever comes in meanwhile."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from distribution.models import Lead, Routing
from tests.factories import RoutingFactory, api_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def routing() -> Routing:
    return RoutingFactory()


@pytest.fixture
def caller(routing: Routing) -> Client:
    """The system of the routing's client."""
    return Client(headers={"Authorization": f"Bearer {api_key(routing.client)}"})


def read_all(caller: Client, address: str, meanwhile: Callable[[], Any] = lambda: None) -> list[dict[str, Any]]:
    """Follow `next` to the end; `meanwhile` happens after every page."""
    rows: list[dict[str, Any]] = []
    following: str | None = address
    while following:
        page = caller.get(following)
        assert page.status_code == 200, page.content
        rows += page.json()["results"]
        following = page.json()["next"]
        meanwhile()
        assert len(rows) < 10_000
    return rows


def say(caller: Client, *items: dict[str, Any]) -> list[dict[str, Any]]:
    answers = caller.post("/api/v1/feedback/", json.dumps(items), content_type="application/json").json()
    assert {answer["Status"] for answer in answers} == {201}
    return [answer["Feedback"] for answer in answers]


@pytest.mark.parametrize("order", ["-ReceivedAt", "ReceivedAt"])
def test_feedback_of_one_array_has_one_time_and_still_comes_once(caller: Client, routing: Routing, order: str) -> None:
    routings = [RoutingFactory(client=routing.client) for _ in range(7)]
    said = say(caller, *[{"RoutingId": str(each.id), "ReasonId": 1} for each in routings])
    assert len({feedback["ReceivedAt"] for feedback in said}) == 1
    rows = read_all(caller, f"/api/v1/feedback/?limit=3&ordering={order}")
    assert sorted(row["Id"] for row in rows) == sorted(feedback["Id"] for feedback in said)


@pytest.mark.parametrize(("order", "is_seen"), [("-ReceivedAt", False), ("ReceivedAt", True)])
def test_what_comes_in_meanwhile_moves_nothing(caller: Client, routing: Routing, order: str, is_seen: bool) -> None:
    before = [say(caller, {"RoutingId": str(routing.id), "ReasonId": 1 + number % 2})[0]["Id"] for number in range(7)]
    late: list[str] = []

    def meanwhile() -> None:
        if len(late) < 3:
            late.append(say(caller, {"RoutingId": str(routing.id), "ReasonId": 3 + len(late)})[0]["Id"])

    found = [row["Id"] for row in read_all(caller, f"/api/v1/feedback/?limit=2&ordering={order}", meanwhile)]
    expected = before + late if is_seen else before[::-1]
    assert found == expected


def test_the_way_back_leads_to_the_same_rows(caller: Client, routing: Routing) -> None:
    for _ in range(5):
        RoutingFactory(client=routing.client)
    first = caller.get("/api/v1/routings/?limit=2").json()
    second = caller.get(first["next"]).json()
    assert first["previous"] is None
    assert caller.get(second["previous"]).json()["results"] == first["results"]


def test_filters_stay_from_page_to_page(caller: Client, routing: Routing) -> None:
    routings = [RoutingFactory(client=routing.client) for _ in range(5)]
    say(caller, *[{"RoutingId": str(each.id), "ReasonId": 4} for each in routings])
    rows = read_all(caller, "/api/v1/routings/?limit=2&ReasonId=4&ordering=Number")
    assert [row["Number"] for row in rows] == sorted(each.number for each in routings)


def test_thousands_of_rows_of_one_moment_come_once_each(caller: Client, routing: Routing) -> None:
    now = timezone.now()
    leads = Lead.objects.bulk_create(
        Lead(source=routing.lead.source, origin="import", phone="03-1234567") for _ in range(2_500)
    )
    Routing.objects.bulk_create(
        Routing(lead=lead, client=routing.client, created_at=now, visible_at=now) for lead in leads
    )
    rows = read_all(caller, "/api/v1/routings/?limit=1000")
    assert len({row["Id"] for row in rows}) == len(rows) == 2_501
