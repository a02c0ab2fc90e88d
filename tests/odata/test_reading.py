"""GET: documents, entities, options, expansions, headers."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.odata.conftest import Shop
from tests.odata.shelves import ids
from tests.odata.shop.models import Product, Review

pytestmark = pytest.mark.django_db
EXCEL = (
    "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,application/atomsvc+xml;q=0.8,"
    "application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7"
)


def test_the_root_is_the_service_document(shop: Shop) -> None:
    for path in ("", "?$format=json"):
        document = shop.json(path, Accept=EXCEL)
        assert document["@odata.context"] == "http://testserver/shop/$metadata"
        assert {"name": "Products", "kind": "EntitySet", "url": "Products"} in document["value"]


def test_every_answer_carries_version_and_language(filled: Shop) -> None:
    for path, status in (
        ("", 200),
        ("Products(Number=99)", 404),
        ("Products(Number=3)/Category", 204),
        ("Products?$filter=x", 400),
        ("$metadata", 200),
        ("Products?$apply=x", 501),
    ):
        for version, expected in (("", "4.0"), ("4.0", "4.0"), ("4.01", "4.01"), ("7.0", "4.01")):
            response = filled.get(path, **({"OData-MaxVersion": version} if version else {}))
            assert (response.status_code, response.headers["OData-Version"]) == (status, expected), path
            assert response.headers["Content-Language"] == "en"


@pytest.mark.parametrize(
    "form",
    [
        "Products({id})",
        "Products('{id}')",
        "Products(ID={id})",
        "Products(ID='{id}')",
        "Products/{id}",
        "Products({id})/",
        "Products(Number=1)",
        "Products(@k)?@k={id}",
        "Products%28{id}%29",
        "$entity?$id=Products({id})",
        "$entity?$id=http://testserver/shop/Products({id})",
        "Products(Number=1)/Reviews(1)/Product",
        "Reviews/1/Product",
    ],
)
def test_every_form_of_key_leads_to_the_entity(filled: Shop, form: str) -> None:
    assert filled.json(form.format(id=ids(1)))["Name"] == "Hammer"


def test_metadata_levels(filled: Shop) -> None:
    none = filled.json("Products(Number=1)?$format=application/json;odata.metadata=none")
    assert not [name for name in none if "@" in name]
    minimal = filled.json("Products(Number=1)", Accept="application/json;metadata=minimal")
    assert {name for name in minimal if "@" in name} == {"@odata.context", "@odata.etag"}
    full = filled.json("Products(Number=1)", Accept="application/json;odata.metadata=full")
    assert full["@odata.type"] == "#Shop.Product"
    assert full["@odata.editLink"] == full["@odata.id"] == f"http://testserver/shop/Products({ids(1)})"
    assert full["Price@odata.type"] == "#Decimal"
    assert full["Reviews@odata.navigationLink"] == full["@odata.id"] + "/Reviews"
    assert filled.get("Products", Accept="application/json;odata.metadata=full").headers["Content-Type"] == (
        "application/json;odata.metadata=full"
    )


def test_an_entity_without_its_key_says_its_id(filled: Shop) -> None:
    entity = filled.json("Products?$select=Name&$filter=Number eq 1")["value"][0]
    assert entity["@odata.id"] == f"http://testserver/shop/Products({ids(1)})"


def test_digits_are_exact_and_strings_only_on_request(filled: Shop) -> None:
    Product.objects.filter(number=1).update(price="12345678.90", sold=2**53 + 1)
    text = filled.get("Products(Number=1)").content.decode()
    assert '"Price":12345678.90,' in text
    assert '"Sold":9007199254740993,' in text
    compatible = filled.get("Products(Number=1)", Accept="application/json;IEEE754Compatible=true")
    assert '"Price":"12345678.90",' in compatible.content.decode()
    assert '"Sold":"9007199254740993",' in compatible.content.decode()
    assert "IEEE754Compatible=true" in compatible.headers["Content-Type"]


def test_context_urls(filled: Shop) -> None:
    for path, version, expected in (
        ("Products", "4.0", "Products"),
        ("Products?$select=Name,Rating", "4.0", "Products(Name,Rating)"),
        ("Products?$expand=Category", "4.0", "Products"),
        ("Products?$expand=Category", "4.01", "Products(Category())"),
        ("Products?$select=Name&$expand=Category($select=NameEn)", "4.0", "Products(Name,Category(NameEn))"),
        ("Products?$compute=Rating add 1 as R", "4.0", "Products(*,R)"),
        ("Products(Number=1)", "4.0", "Products/$entity"),
        ("Products(Number=1)/Reviews", "4.0", "Reviews"),
        ("Products(Number=1)/Category", "4.0", "Categories/$entity"),
        ("Products(Number=1)/Name", "4.0", f"Products({ids(1)})/Name"),
        ("Products/$ref", "4.0", "Collection($ref)"),
        ("Products(Number=1)/Category/$ref", "4.0", "$ref"),
    ):
        body = filled.json(path, **{"OData-MaxVersion": version})
        assert body["@odata.context"] == f"http://testserver/shop/$metadata#{expected}", path


def test_raw_values_and_counts(filled: Shop) -> None:
    for path, text in (
        ("Products/$count", "5"),
        ("Products(Number=1)/Name/$value", "Hammer"),
        ("Products(Number=1)/Price/$value", "12.50"),
        ("Products/$count?$filter=Rating gt 0", "2"),
        ("Products(Number=1)/Reviews/$count", "2"),
        ("Products(Number=3)/Reviews/$count", "0"),
        ("Products/$filter(Rating gt 0)/$count", "2"),
        ("Products/$filter(@f)/$count?@f=Rating gt 0", "2"),
    ):
        for accept in ("", "text/plain", "application/json", "*/*"):
            response = filled.get(path, **({"Accept": accept} if accept else {}))
            assert response.content.decode() == text
            assert response.headers["Content-Type"].startswith("text/plain")
    assert filled.get("Products(Number=3)/Name/$value").status_code == 204
    assert filled.get("Products(Number=99)/Reviews/$count").status_code == 404
    assert filled.get("Products/$count", Accept="image/png").status_code == 406


def test_expansions(filled: Shop) -> None:
    rows = filled.json(
        "Products?$orderby=Number&$select=Number&$expand=Category($select=NameEn;$expand=Parent),"
        "Reviews($filter=Stars gt 0;$orderby=Stars;$top=1;$count=true),Tags/$ref,Shelves/$count"
    )["value"]
    assert rows[0]["Category"]["Parent"] is None
    assert rows[1]["Category"]["Parent"]["NameEn"] == "Tools"
    assert rows[2]["Category"] is None
    assert rows[0]["Reviews@odata.count"] == 2
    assert [each["Stars"] for each in rows[0]["Reviews"]] == [3]
    assert rows[1]["Reviews"] == []
    assert [each["@odata.id"] for each in rows[1]["Tags"]] == ["http://testserver/shop/Tags('b')"]
    assert rows[0]["Shelves@odata.count"] == 0
    assert "Shelves" not in rows[0]
    skipped = filled.json("Products(Number=1)?$expand=Reviews($skip=1;$orderby=Stars desc)")
    assert [each["Stars"] for each in skipped["Reviews"]] == [3]
    levels = filled.json("Categories(2)?$expand=Parent($levels=2)")
    assert levels["Parent"]["Parent"] is None
    assert filled.json("Categories(1)?$expand=*")["Children"][0]["ID"] == 2


@pytest.mark.parametrize(
    "query", ["$expand=Category,Reviews($count=true),Tags,Shelves/$count", "$expand=Category($expand=Parent)", ""]
)
def test_the_number_of_queries_does_not_depend_on_rows(
    filled: Shop, query: str, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    filled.json(f"Products?{query}")  # the first time statements are made, each in a savepoint
    for more in (0, 10, 100):
        for number in range(1_000 + more, 1_000 + 2 * more):
            Review.objects.create(product=Product.objects.create(number=number, category_id=1))
        with CaptureQueriesContext(connection) as queries:
            filled.json(f"Products?{query}")
        counts.append(len(queries))
    assert len(set(counts)) == 1


def test_computed_properties(filled: Shop) -> None:
    query = (
        "$compute=Rating add 1 as More,More mul 2 as Twice&$select=Number,Twice&$filter=More gt 3&$orderby=Twice desc"
    )
    rows = filled.json(f"Products?{query}")["value"]
    assert [(each["Number"], each["Twice"]) for each in rows] == [(1, 12)]


def test_search(filled: Shop) -> None:
    for text, numbers in (
        ("hammer", [1]),
        ('"ham mer"', []),
        ("ham OR neil", [1, 4]),
        ("NOT ham", [4, 5, 2, 3]),
        ("neil %25", [4]),
        ("(ham OR neil) NOT big", [4]),
        ("שלום", [2]),
    ):
        rows = filled.json(f"Products?$search={quote(text, safe='%')}&$select=Number")["value"]
        assert sorted(each["Number"] for each in rows) == sorted(numbers), text
    assert filled.get("Tags?$search=a").status_code == 501


def test_order_puts_nulls_first_and_last(filled: Shop) -> None:
    assert filled.names("$orderby=Rating") == [None, "O'Neil % _", "שלום עולם", "", "Hammer"]
    assert filled.names("$orderby=Rating desc") == ["Hammer", "", "שלום עולם", "O'Neil % _", None]
    assert filled.names("$orderby=Category/NameEn desc,Number desc&$top=2") == ["O'Neil % _", "Hammer"]
    assert filled.names("$orderby=length(Name) desc&$skip=1&$top=1") == ["שלום עולם"]
    assert filled.names("$orderby=Reviews/$count desc,Number&$top=3") == ["Hammer", "O'Neil % _", "שלום עולם"]


def test_names_and_messages_follow_the_language(filled: Shop) -> None:
    hebrew = filled.json("Categories(1)", Accept_Language="he")
    assert hebrew["Name"] == "כלים"
    assert json.loads(filled.get("Nothing", Accept_Language="he").content)["error"]["message"]
    assert filled.get("Nothing", Accept_Language="he").headers["Content-Language"] == "he"
