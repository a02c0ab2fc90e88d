"""POST, PATCH, PUT, DELETE, references, ETags and preferences."""

import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from feedback.odata import Limits, Write, Written
from feedback.odata.dispatcher import Dispatcher
from tests.odata.conftest import Shop
from tests.odata.shelves import fill_shelves, ids
from tests.odata.shop.declaration import REVIEWS, SERVICE, SHOP
from tests.odata.shop.models import Category, Product, Review

pytestmark = pytest.mark.django_db


def test_an_insert_is_answered_with_the_entity_and_its_address(shop: Shop) -> None:
    response = shop.send(
        "POST", "Products", {"Number": 1, "Name": "Saw", "Price": 1.10, "Released": "2026-01-02T03:04:05+02:00"}
    )
    assert response.status_code == 201
    made = Product.objects.get()
    assert (made.price, made.released.isoformat()) == (Decimal("1.10"), "2026-01-02T01:04:05+00:00")
    assert response.headers["Location"] == f"http://testserver/shop/Products({made.id})"
    assert response.headers["ETag"].startswith('W/"')
    assert response.json()["@odata.context"] == "http://testserver/shop/$metadata#Products/$entity"
    assert response.content.decode().count('"Price":1.10,') == 1


def test_a_minimal_return_names_the_entity(shop: Shop) -> None:
    response = shop.send("POST", "Products", {"Number": 1}, Prefer="return=minimal")
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["OData-EntityId"] == response.headers["Location"]
    assert response.headers["Preference-Applied"] == "return=minimal"
    assert response.headers["OData-Version"] == "4.0"


def test_binding_and_the_foreign_key_mean_the_same(shop: Shop) -> None:
    Category.objects.create(id=1, name_he="א", name_en="A")
    for number, body in enumerate(
        (
            {"CategoryID": 1},
            {"Category@odata.bind": "Categories(1)"},
            {"Category@bind": "http://testserver/shop/Categories(1)"},
            {"Category@odata.bind": "/shop/Categories(1)"},
        )
    ):
        assert shop.send("POST", "Products", {"Number": number, **body}).status_code == 201
    assert Product.objects.filter(category_id=1).count() == 4


def test_a_new_related_entity_belongs_to_its_owner(shop: Shop) -> None:
    fill_shelves()
    assert shop.send("POST", "Products(Number=3)/Reviews", {"Stars": 2}).status_code == 201
    assert Review.objects.get(stars=2).product_id == ids(3)
    assert shop.send("POST", "Products(Number=99)/Reviews", {"Stars": 2}).status_code == 404


def test_what_clients_may_not_write_is_ignored(shop: Shop) -> None:
    """Computed properties, unknown annotations and types, whatever their value."""
    body = {
        "Number": 1,
        "Version": "nonsense",
        "@odata.type": "#Shop.Product",
        "Name@my.note": 1,
        "@odata.etag": None,
        "Reviews": [],
    }
    assert shop.send("POST", "Products", body).status_code == 201
    assert Product.objects.get().version == 1


@pytest.mark.parametrize(
    ("body", "code", "target"),
    [
        ({}, "Missing", "Number"),
        ({"Number": None}, "InvalidValue", "Number"),
        ({"Number": "x"}, "WrongType", "Number"),
        ({"Number": True}, "WrongType", "Number"),
        ({"Number": 1.5}, "WrongType", "Number"),
        ({"Number": 2**31}, "WrongType", "Number"),
        ({"Number": 1, "Nope": 1}, "UnknownName", "Nope"),
        ({"Number": 1, "Name": 5}, "WrongType", "Name"),
        ({"Number": 1, "Name": "x" * 201}, "InvalidValue", "Name"),
        ({"Number": 1, "Name": "a\0b"}, "WrongType", "Name"),
        ({"Number": 1, "Name": "\ud800"}, "WrongType", "Name"),
        ({"Number": 1, "Price": 1.234}, "InvalidValue", "Price"),
        ({"Number": 1, "Price": 99999999999}, "InvalidValue", "Price"),
        ({"Number": 1, "Price": "INF"}, "InvalidValue", "Price"),
        ({"Number": 1, "Released": "2026-13-01T00:00:00Z"}, "WrongType", "Released"),
        ({"Number": 1, "ID": "no-guid"}, "WrongType", "ID"),
        ({"Number": 1, "Category@odata.bind": "Products(1)"}, "WrongType", ""),
        ({"Number": 1, "Category@odata.bind": "http://elsewhere/Categories(1)"}, "InvalidValue", "Category@odata.bind"),
    ],
)
def test_bad_values_are_refused_and_named(shop: Shop, body: dict[str, Any], code: str, target: str) -> None:
    response = shop.send("POST", "Products", body)
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["code"], error.get("target", "")) == (code, target)
    assert error["message"]
    assert not Product.objects.exists()


def test_all_mistakes_are_told_at_once(shop: Shop) -> None:
    error = shop.send("POST", "Products", {"Number": "x", "Nope": 1}).json()["error"]
    assert [each["target"] for each in error["details"]] == ["Number", "Nope"]


@pytest.mark.parametrize(
    "body", ["{", "[]", "1", "", "[" * 100_000, '{"Number":' + "9" * 5_000 + "}", "\ufeff{", '{"Number":NaN}', b"\xff"]
)
def test_bodies_that_are_no_json_object_are_refused(shop: Shop, body: str | bytes) -> None:
    response = shop.send("POST", "Products", body, Content_Type="application/json")
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "BadSyntax"


def test_other_media_types_and_big_bodies_are_refused(shop: Shop) -> None:
    assert shop.send("POST", "Products", "a=1", Content_Type="application/x-www-form-urlencoded").status_code == 415
    assert shop.send("POST", "Products", " " * 1_000_001, Content_Type="application/json").status_code == 413
    assert (
        shop.send("POST", "Products", {"Number": 1}, Content_Type="application/json;odata=verbose").status_code == 201
    )


def test_a_patch_changes_what_it_names(shop: Shop) -> None:
    fill_shelves()
    response = shop.send("PATCH", "Products(Number=1)", {"Rating": 4, "Version": 77})
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["ETag"] == shop.get("Products(Number=1)").headers["ETag"]
    assert Product.objects.get(number=1).name == "Hammer"
    body = shop.send("PATCH", "Products(Number=1)", {"Rating": 3}, Prefer="return=representation").json()
    assert (body["Rating"], body["Name"]) == (3, "Hammer")
    tunnelled = shop.send("POST", "Products(Number=1)", {"Rating": 2}, X_HTTP_Method="PATCH")
    assert tunnelled.status_code == 204
    assert Product.objects.get(number=1).rating == 2


def test_a_put_empties_what_it_leaves_out(shop: Shop) -> None:
    fill_shelves()
    assert shop.send("PUT", "Products(Number=1)", {"Number": 1, "Sold": 1}).status_code == 204
    made = Product.objects.get(number=1)
    assert (made.name, made.sold) == (None, 1)


def test_a_patch_of_nothing_inserts_where_that_is_declared(shop: Shop) -> None:
    key = uuid.uuid4()
    response = shop.send("PATCH", f"Products({key})", {"Number": 5})
    assert response.status_code == 201
    assert Product.objects.get().id == key
    assert shop.send("PATCH", "Categories(9)", {"NameEn": "x"}).status_code == 404
    assert shop.send("PATCH", f"Products({uuid.uuid4()})", {"Number": 6}, If_Match="*").status_code == 412
    assert shop.send("PUT", f"Products({key})", {"Number": 7}, If_None_Match="*").status_code == 412
    assert shop.send("PUT", f"Products({uuid.uuid4()})", {"Number": 7}, If_None_Match="*").status_code == 201


def test_etags_guard_updates(shop: Shop) -> None:
    fill_shelves()
    etag = shop.get("Products(Number=1)").headers["ETag"]
    assert shop.get("Products(Number=1)", If_None_Match=etag).status_code == 304
    assert shop.get("Products(Number=1)", If_None_Match='W/"other"').status_code == 200
    assert shop.send("PATCH", "Products(Number=1)", {"Rating": 1}, If_Match=etag).status_code == 204
    stale = shop.send("PATCH", "Products(Number=1)", {"Rating": 2}, If_Match=etag)
    assert stale.status_code == 412
    assert stale.json()["error"]["code"] == "PreconditionFailed"
    assert shop.send("PATCH", "Products(Number=1)", {"Rating": 2}, If_Match="*").status_code == 204
    assert shop.send("DELETE", "Products(Number=1)", If_Match=etag).status_code == 412
    assert shop.send("PATCH", "Products(Number=1)", {"Rating": 2}, If_Match="nonsense").status_code == 400
    assert Product.objects.get(number=1).rating == 2


def test_an_etag_depends_on_the_language(shop: Shop) -> None:
    fill_shelves()
    tags = {shop.get("Products(Number=1)", Accept_Language=each).headers["ETag"] for each in ("he", "en")}
    assert len(tags) == 2


def test_a_delete_deletes(shop: Shop) -> None:
    fill_shelves()
    assert shop.send("DELETE", "Products(Number=3)").status_code == 204
    assert shop.send("DELETE", "Products(Number=3)").status_code == 404


def test_what_is_not_declared_is_not_allowed(shop: Shop) -> None:
    fill_shelves()
    for method, path, allowed in (
        ("POST", "Tags", "GET, HEAD"),
        ("DELETE", "Tags('a')", "GET, HEAD"),
        ("PATCH", "Reviews(1)", "GET, HEAD"),
        ("PUT", "Categories(1)", "GET, HEAD, PATCH, DELETE"),
        ("POST", "Products(Number=1)", "GET, HEAD, PATCH, PUT, DELETE"),
        ("DELETE", "Products", "GET, HEAD, POST"),
        ("PUT", "Products(Number=1)/Version", "GET, HEAD"),
        ("POST", "$metadata", "GET, HEAD"),
    ):
        response = shop.send(method, path, {} if method != "DELETE" else None)
        assert (response.status_code, response.headers["Allow"]) == (405, allowed), path
        assert response.headers["OData-Version"] == "4.0"
    assert shop.send("BREW", "Products").status_code == 501
    assert shop.send("POST", "Products", {"Number": 1, "Reviews": [{"Stars": 1}]}).status_code == 501


def test_single_properties_can_be_changed(shop: Shop) -> None:
    fill_shelves()
    assert shop.send("PUT", "Products(Number=1)/Name", {"value": "Axe"}).status_code == 204
    assert shop.get("Products(Number=1)/Name/$value").content == b"Axe"
    assert shop.send("DELETE", "Products(Number=1)/Name").status_code == 204
    assert shop.get("Products(Number=1)/Name").status_code == 204
    assert shop.send("PUT", "Products(Number=1)/Rating/$value", "7", Content_Type="text/plain").status_code == 204
    assert Product.objects.get(number=1).rating == 7
    assert shop.send("PUT", "Products(Number=1)/Rating/$value", "x", Content_Type="text/plain").status_code == 400
    assert shop.send("DELETE", "Products(Number=1)/Sold").status_code == 400


def test_references_change_relations(shop: Shop) -> None:
    fill_shelves()
    moved = shop.send("PUT", "Products(Number=1)/Category/$ref", {"@odata.id": "Categories(2)"})
    assert (moved.status_code, Product.objects.get(number=1).category_id) == (204, 2)
    assert shop.send("DELETE", "Products(Number=1)/Category/$ref").status_code == 204
    assert Product.objects.get(number=1).category_id is None
    added = shop.send("POST", "Categories(3)/Products/$ref", {"@odata.id": f"Products({ids(1)})"})
    assert (added.status_code, Product.objects.get(number=1).category_id) == (204, 3)
    assert shop.send("DELETE", f"Categories(3)/Products({ids(1)})/$ref").status_code == 204
    assert shop.send("DELETE", f"Categories(2)/Products/$ref?$id=Products({ids(2)})").status_code == 204
    assert shop.send("DELETE", f"Categories(2)/Products/$ref?$id=Products({ids(4)})").status_code == 404
    assert set(Product.objects.filter(category=None).values_list("number", flat=True)) == {1, 2, 3}


def test_promises_of_idempotency_reach_the_write_function(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def insert(write: Write) -> Written:
        seen.append(write)
        return REVIEWS.insert(write)

    sets = tuple(replace(each, insert=insert) if each.name == "Reviews" else each for each in SHOP.sets)
    monkeypatch.setattr(SERVICE, "_dispatcher", Dispatcher(replace(SHOP, sets=sets), Limits()))
    fill_shelves()
    body = {"ProductID": str(ids(1)), "Stars": 1}
    sent = {"Repeatability-Request-ID": "r1", "Repeatability-First-Sent": "Tue, 03 Mar 2026 12:00:00 GMT"}
    answer = shop.send("POST", "Reviews", body, **sent)
    assert (answer.status_code, answer.headers["Repeatability-Result"]) == (201, "accepted")
    assert (
        shop.send("POST", "Reviews", {"Stars": 1, "ProductID": str(ids(1))}, Idempotency_Key='"k1"').status_code == 201
    )
    assert [(each.idempotency.key, each.idempotency.first_sent is None) for each in seen] == [
        ("r1", False),
        ("k1", True),
    ]
    assert seen[0].fingerprint == seen[1].fingerprint
    for headers in (
        {"Repeatability-Request-ID": "r1"},
        {"Idempotency-Key": "a b"},
        {"Idempotency-Key": "x" * 256},
        {"Repeatability-Request-ID": "r", "Repeatability-First-Sent": "yesterday"},
    ):
        assert shop.send("POST", "Reviews", body, **headers).status_code == 400
