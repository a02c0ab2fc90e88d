"""When the database or the domain fails: a JSON error, never a page, and never a false success."""

from dataclasses import replace
from typing import Any

import psycopg
import pytest
from django.db import OperationalError

from feedback.odata import Limits, Write, Written, errors
from feedback.odata.dispatcher import Dispatcher
from tests.odata.conftest import Shop
from tests.odata.shop.declaration import REVIEWS, SERVICE, SHOP

pytestmark = pytest.mark.django_db


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let reading and inserting reviews fail."""

    def read(context: Any) -> Any:
        raise error

    def insert(write: Write) -> Written:
        raise error

    sets = tuple(replace(each, queryset=read, insert=insert) if each.name == "Reviews" else each for each in SHOP.sets)
    monkeypatch.setattr(SERVICE, "_dispatcher", Dispatcher(replace(SHOP, sets=sets), Limits()))


def test_a_database_that_is_away_is_503(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, OperationalError("connection refused: DETAIL dana@example.com"))
    body = {"ProductID": "00000000-0000-0000-0000-000000000001"}
    for response in (shop.get("Reviews"), shop.send("POST", "Reviews", body)):
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
        assert "dana" not in response.content.decode()
        assert response.json()["error"]["code"] == "Unavailable"


def test_a_statement_that_takes_too_long_is_the_senders_to_narrow(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    error = OperationalError("canceled")
    error.__cause__ = psycopg.errors.QueryCanceled()
    failing(monkeypatch, error)
    assert shop.get("Reviews").json()["error"]["code"] == "TooComplex"


def test_the_time_limit_reaches_the_database(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SERVICE, "_dispatcher", Dispatcher(SHOP, Limits(statement_timeout_ms=1)))
    heavy = " add ".join(["length(concat(BothNames,BothNames))"] * 3)
    from tests.odata.shop.models import Category

    Category.objects.bulk_create(Category(id=number, name_he="א" * 100, name_en="a" * 100) for number in range(30_000))
    response = shop.get(f"Categories?$count=true&$filter=({heavy})%20gt%200".replace(" ", "%20"))
    assert (response.status_code, response.json()["error"]["code"]) == (400, "TooComplex")


def test_a_fault_of_ours_is_a_json_error(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, RuntimeError("secret"))
    response = shop.get("Reviews")
    assert response.status_code == 500
    assert "secret" not in response.content.decode()
    assert response.headers["OData-Version"] == "4.0"


def test_what_the_domain_refuses_is_passed_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, errors.TooManyRequests("Slow down.", code="Slow", target="x", headers={"Retry-After": "7"}))
    response = shop.get("Reviews")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
    assert response.json() == {"error": {"code": "Slow", "message": "Slow down.", "target": "x"}}


def test_a_duplicate_is_answered_200_and_a_replay_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def insert(write: Write) -> Written:
        values = {each.name: write.values.get(each.name) for each in REVIEWS.type.properties} | {"ID": 7}
        return Written(key={"ID": 7}, values=values, created=False, replayed=True)

    sets = tuple(replace(each, insert=insert) if each.name == "Reviews" else each for each in SHOP.sets)
    monkeypatch.setattr(SERVICE, "_dispatcher", Dispatcher(replace(SHOP, sets=sets), Limits()))
    body = {"ProductID": "00000000-0000-0000-0000-000000000001", "Stars": 4}
    response = shop.send("POST", "Reviews", body)
    assert (response.status_code, response.headers["Idempotency-Replayed"]) == (200, "true")
    assert response.json()["Stars"] == 4
    assert response.headers["Location"] == "http://testserver/shop/Reviews(7)"
