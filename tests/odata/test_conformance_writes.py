"""Changing, sentence by sentence; see `test_conformance`."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse

from tests.odata.conftest import Shop
from tests.odata.shelves import ids
from tests.odata.shop.models import Product, Review

pytestmark = pytest.mark.django_db

ONE = f"Products({ids(1)})"
NEW = {"Number": 50, "Name": "New"}
V401 = {"OData-Version": "4.01"}
Look = Callable[[HttpResponse], Any]


def value(name: str, expected: Any) -> Look:
    return lambda response: json.loads(response.content)[name] == expected


def stored(number: int = 50, **expected: Any) -> Look:
    return lambda response: Product.objects.filter(number=number, **expected).exists()


def has(*names: str) -> Look:
    return lambda response: set(names) <= set(response.headers)


def allows(*methods: str) -> Look:
    return lambda response: set(response.headers["Allow"].split(", ")) == set(methods)


# What is asked: (request, body, status, what holds, headers).
Check = tuple[str, Any, int, Look | None, dict[str, str]]
INSERTS: dict[str, Check] = {
    "P11.4.2 Location and ETag": ("POST Products", NEW, 201, has("Location", "ETag"), {}),
    "P8.3.4 no content": (
        "POST Products", NEW, 204, has("Location", "OData-EntityId", "Preference-Applied"), {"Prefer": "return=minimal"}
    ),
    "P11.4.1.5 minimal before $select": ("POST Products?$select=Name", NEW, 204, None, {"Prefer": "return=minimal"}),
    "P11.4.1.5 shaped": (
        "POST Products?$select=Name&$expand=Category($select=ID)", NEW | {"CategoryID": 1}, 201,
        value("Category", {"ID": 1}), {},
    ),
    "P11.4.1.5 a wrong shape changes nothing": (
        "POST Products?$select=Nope", NEW, 400, lambda response: not stored()(response), {}
    ),
    "P11.4.1.5 options that mean nothing": ("POST Products?$filter=true", NEW, 400, None, {}),
    "U5.1.10 a place in the order": ("POST Products?$index=0", NEW, 501, None, {}),
    "P11.4.2 the key exists": ("POST Products", {"ID": str(ids(1)), "Number": 77}, 409, None, {}),
    "P11.4.2.1 bound by its id": (
        "POST Products", NEW | {"Category": {"@id": "Categories(1)"}}, 201, value("CategoryID", 1), V401
    ),
    "P11.4.2.1 in the form of 4.0": (
        "POST Products", NEW | {"Category": {"@odata.id": "Categories(1)"}}, 201, value("CategoryID", 1), {}
    ),
    "P11.4.3 the binding wins": (
        "POST Products", {"Category@odata.bind": "Categories(1)", "CategoryID": 2} | NEW, 201,
        value("CategoryID", 1), {},
    ),
    "P11.4.2.1 bound by another key": (
        "POST Reviews", {"Product@odata.bind": "Products(Number=3)", "Stars": 4}, 201, value("ProductID", str(ids(3))),
        {},
    ),
    "P11.4.2.1 bound to nothing": ("POST Reviews", {"Product@odata.bind": "Products(Number=99)"}, 404, None, {}),
    "P11.4.2.1 bound to null": ("POST Reviews", {"Product@odata.bind": None}, 400, None, {}),
    "P11.4.2.1 the address says otherwise": (
        "POST Products(Number=3)/Reviews", {"Stars": 1, "ProductID": str(ids(1))}, 400, None, {}
    ),
    "P11.4.2.1 the address says the same": (
        "POST Products(Number=3)/Reviews", {"Stars": 1, "ProductID": str(ids(3))}, 201,
        lambda response: Review.objects.filter(product_id=ids(3)).exists(), {},
    ),
    "P11.4.2.2 deep insert": ("POST Products", NEW | {"Reviews": [{"Stars": 1}]}, 501, None, {}),
    "P11.4.2.1 several bound": ("POST Products", NEW | {"Reviews@odata.bind": ["Reviews(1)"]}, 501, None, {}),
    "J4.1 UTF-16": (
        "POST Products", json.dumps(NEW).encode("utf-16"), 201, stored(),
        {"Content_Type": "application/json;charset=UTF-16"},
    ),
    "J4.1 another charset": (
        "POST Products", json.dumps(NEW), 415, None, {"Content_Type": 'application/json; charset="iso-8859-1"'}
    ),
    "J7.1 numbers as text": (
        "POST Products", NEW | {"Sold": "9007199254740993", "Price": "1.10", "Weight": "INF"}, 201,
        stored(sold=2**53 + 1), {"Content_Type": "application/json;IEEE754Compatible=true"},
    ),
}  # fmt: skip
UPDATES: dict[str, Check] = {
    "P11.4.3 by another key": ("PATCH Products(Number=1)", {"Rating": 1}, 204, stored(1, rating=1), {}),
    "P11.4.3 minimal before $select": (
        f"PATCH {ONE}?$select=Rating", {"Rating": 1}, 204, has("Preference-Applied"), {"Prefer": "return=minimal"}
    ),
    "P11.4.3 shaped": (f"PATCH {ONE}?$select=Rating", {"Rating": 1}, 200, value("Rating", 1), {}),
    "P11.4.3 a wrong shape changes nothing": (f"PATCH {ONE}?$expand=Nope", {"Rating": 1}, 400, stored(1, rating=5), {}),
    "P11.4.3 a stale ETag in the body": (f"PATCH {ONE}", {"Rating": 1, "@etag": 'W/"x"'}, 412, None, V401),
    "P11.4.3 in the form of 4.0": (f"PATCH {ONE}", {"Rating": 1, "@odata.etag": 'W/"x"'}, 412, None, V401),
    "P11.4.3 any ETag in the body": (f"PATCH {ONE}", {"Rating": 1, "@etag": "*"}, 204, None, V401),
    "P11.4.3 ignored in a body of 4.0": (
        f"PATCH {ONE}", {"Rating": 1, "@odata.etag": 'W/"x"'}, 204, None, {"OData-Version": "4.0"}
    ),
    "P8.2.5 update if there is none": (f"PATCH {ONE}", {"Rating": 1}, 412, None, {"If-None-Match": "*"}),
    "P8.2.5 delete if there is none": (f"DELETE {ONE}", None, 412, stored(1), {"If-None-Match": "*"}),
    "P8.2.4 delete with a stale ETag": (f"DELETE {ONE}", None, 412, stored(1), {"If-Match": 'W/"x"'}),
    "P8.2.4 delete what is gone": (f"DELETE Products({ids(99)})", None, 412, None, {"If-Match": "*"}),
    "P11.4.4 upsert": (f"PATCH Products({ids(70)})", {"Number": 70}, 201, has("Location"), {}),
    "P11.4.4 upsert by another key": ("PATCH Products(Number=70)", {"Name": "x"}, 201, stored(70, name="x"), {}),
    "P8.2.4 no upsert": (f"PATCH Products({ids(70)})", {"Number": 70}, 412, None, {"If-Match": "*"}),
    "P8.2.5 upsert only": (f"PUT Products({ids(70)})", {"Number": 70}, 201, None, {"If-None-Match": "*"}),
    "P11.4.3 PUT without what must be there": (f"PUT {ONE}", {"Name": "x"}, 400, None, {}),
    "P11.4.9.1 a property": (f"PUT {ONE}/Name", {"value": "x"}, 204, stored(1, name="x"), {}),
    "P11.4.9.1 raw": (f"PUT {ONE}/Rating/$value", "3", 204, stored(1, rating=3), {"Content_Type": "text/plain"}),
    "P11.4.9.2 null": (f"DELETE {ONE}/Name", None, 204, stored(1, name=None), {}),
    "P11.4.9.2 never null": (f"DELETE {ONE}/Number", None, 400, None, {}),
    "P11.4.6.3 a reference in the form of 4.01": (
        f"PUT {ONE}/Category/$ref", {"@id": "Categories(2)"}, 204, stored(1, category_id=2), {}
    ),
    "P11.4.6.2 a member's own reference": (
        f"DELETE Categories(1)/Products({ids(1)})/$ref", None, 204, stored(1, category=None), {}
    ),
    "P9.3.6 an entity": (f"POST {ONE}", {}, 405, allows("GET", "HEAD", "PATCH", "PUT", "DELETE"), {}),
    "P9.3.6 a set": ("DELETE Products", None, 405, allows("GET", "HEAD", "POST"), {}),
    "P9.3.6 a set that is read only": ("POST Tags", {"Code": "z"}, 405, allows("GET", "HEAD"), {}),
    "P9.3.6 a key": (f"PUT {ONE}/ID", {"value": None}, 405, allows("GET", "HEAD"), {}),
    "P9.3.6 many to many": (f"POST {ONE}/Tags/$ref", {"@id": "Tags('c')"}, 405, allows("GET", "HEAD"), {}),
    "P11.4.10 changes to a set": ("PATCH Products", {"value": []}, 405, allows("GET", "HEAD", "POST"), {}),
}  # fmt: skip


@pytest.mark.parametrize("checks", [INSERTS, UPDATES], ids=["inserts", "updates"])
def test_changing(filled: Shop, checks: dict[str, Check]) -> None:
    wrong = {}
    for name, (line, content, status, look, headers) in checks.items():
        with transaction.atomic():
            response = filled.send(*line.split(" ", 1), content, **headers)  # type: ignore[misc]
            if response.status_code != status or (look is not None and not look(response)):
                wrong[name] = (response.status_code, response.content.decode()[:500], dict(response.headers))
            transaction.set_rollback(True)
    assert not wrong, wrong
