"""GET: documents, entities, options, headers, tolerances."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.odata.conftest import Shop
from tests.odata.shelves import fill_shelves, ids
from tests.odata.shop.models import Product, Review

pytestmark = pytest.mark.django_db
EXCEL = (
    "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,application/atomsvc+xml;q=0.8,"
    "application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7"
)


@pytest.fixture
def filled(shop: Shop) -> Shop:
    fill_shelves()
    return shop


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


def test_versions_that_are_not_spoken_are_refused(shop: Shop) -> None:
    for name, value in (("OData-MaxVersion", "3.0"), ("OData-Version", "5.0"), ("OData-MaxVersion", "x")):
        response = shop.get("Products", **{name: value})
        assert (response.status_code, response.headers["OData-Version"]) == (400, "4.0")
    assert shop.get("Products", MaxDataServiceVersion="3.0").status_code == 200


def test_without_a_name_nothing_is_told(shop: Shop) -> None:
    response = shop.get("Products", Authorization="Basic x")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="shop"'
    assert response.headers["OData-Version"] == "4.0"
    assert response.json()["error"]["code"] == "Unauthorized"


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


def test_keys_that_lead_nowhere(filled: Shop) -> None:
    for path, status in (
        (f"Products({ids(99)})", 404),
        ("Products(1)", 400),
        ("Products(Nope=1)", 400),
        ("Products/nonsense", 400),
        ("Nothing", 404),
        ("Products(Number=1)/Nothing", 404),
        ("Products(Number=99)/Reviews", 404),
        ("Products(Number=99)/Name", 404),
        ("Products(Number=99)/Category", 404),
        ("Tags('%00')", 400),
        ("Products(", 400),
        ("Products)", 400),
        ("$nothing", 400),
        ("Shelves(1)", 400),
        (f"Shelves(ProductID={ids(1)},Place='x')", 404),
        ("%ff", 400),
        ("Products//", 404),
    ):
        response = filled.get(path)
        assert response.status_code == status, path
        assert response.json()["error"]["message"]


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


@pytest.mark.parametrize(
    "order",
    [
        "",
        "Rating",
        "Rating desc",
        "Price desc,Name",
        "allowed,Rating desc",
        "Released",
        "Weight",
        "Category/NameEn",
        "tolower(Name) desc",
        "Reviews/$count",
        "Rating gt 0",
        "null",
        "Opens",
        "Launched desc",
        "Lasts",
        "Number",
        "Price mul 3",
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_by_key_show_every_row_once(filled: Shop, order: str, size: int) -> None:
    """Following the next links gives the same rows in the same order as one page, nulls included."""
    query = f"$orderby={quote(order)}&" if order else ""
    whole = [each["Number"] for each in filled.json(f"Products?{query}$select=Number")["value"]]
    seen: list[int] = []
    url = f"Products?{query}$select=Number&$count=true"
    while url:
        page = filled.json(url, Prefer=f"odata.maxpagesize={size}")
        assert page["@odata.count"] == 5
        seen += [each["Number"] for each in page["value"]]
        url = page.get("@odata.nextLink", "").removeprefix("http://testserver/shop/")
    assert seen == whole


def test_paging_respects_top_and_skip(filled: Shop) -> None:
    seen: list[int] = []
    url = "Products?$orderby=Number&$top=3&$skip=1&$select=Number"
    while url:
        page = filled.json(url, Prefer="maxpagesize=2")
        seen += [each["Number"] for each in page["value"]]
        url = page.get("@odata.nextLink", "").removeprefix("http://testserver/shop/")
    assert seen == [2, 3, 4]
    assert filled.json("Products?$top=0&$count=true")["@odata.count"] == 5
    assert "@odata.nextLink" not in filled.json("Products", Prefer="odata.maxpagesize=0")
    Product.objects.bulk_create(Product(number=number) for number in range(1_000, 2_500))
    for query, rows, is_more in (
        ("", 200, True),
        ("$top=150", 150, False),
        ("$top=900", 900, False),
        ("$top=1400", 1_000, True),
    ):
        page = filled.json(f"Products?$select=Number&{query}")
        assert (len(page["value"]), "@odata.nextLink" in page) == (rows, is_more), query
    assert len(filled.json("Products?$select=Number", Prefer="maxpagesize=5000")["value"]) == 1_000
    assert filled.get("Products", Prefer="maxpagesize=2").headers["Preference-Applied"] == "maxpagesize=2"


def test_a_token_belongs_to_its_query(filled: Shop) -> None:
    link = filled.json("Products?$orderby=Number", Prefer="maxpagesize=2")["@odata.nextLink"]
    token = link.partition("$skiptoken=")[2]
    for url in (
        f"Products?$orderby=Name&$skiptoken={token}",
        f"Tags?$skiptoken={token}",
        "Products?$skiptoken=x",
        "Products?$skiptoken=%00",
        "Products?$skiptoken=W10",
        f"Products?$orderby=Number&$skiptoken={token[:-4]}",
    ):
        assert filled.get(url).status_code == 400, url
    assert filled.get("Products?$orderby=now()").status_code == 501


@pytest.mark.parametrize(
    "path",
    [
        "Products?$top=-1",
        "Products?$top=x",
        "Products?$top=" + "9" * 30,
        "Products?$skip=9223372036854775808",
        "Products?$count=maybe",
        "Products?$select=Nope",
        "Products?$select=",
        "Products?$expand=Nope",
        "Products?$expand=Category(",
        "Products?$expand=Category()",
        "Products?$expand=Category($top=1)",
        "Products?$expand=Category,Category",
        "Products?$orderby=Nope",
        "Products?$orderby=Name up",
        "Products?$filter=",
        "Products?$filter=%20true",
        "Products?$filter=Name",
        "Products?$filter=Name eq",
        "Products?$filter=Name eq 1",
        "Products?$filter=Rating eq 'x'",
        "Products?$filter=nope(Name)",
        "Products?$filter=length(Rating) eq 1",
        "Products?$filter=@a eq 1",
        "Products?$filter=@a eq 1&@a=@a",
        "Products?$filter=Reviews eq 1",
        "Products?$filter=Reviews/Stars eq 1",
        "Products?$nope=1",
        "Products?$filter=true&$filter=true",
        "Products?$filter=true&filter=true",
        "Products?$filter",
        "Products?$filter=contains(Name,%00'x')",
        "Products?$filter=Name eq '\u0000'",
        "Products?$filter=Rating div 0 eq 1",
        "Products?$filter=Sold mul Sold mul Sold mul Sold gt 1",
        "Products?$filter=" + "(" * 5_000,
        "Products?$filter=" + "not " * 5_000 + "true",
        "Products?$filter=" + " or ".join(["true"] * 10_000),
        "Products?$filter=" + "-" * 5_000 + "1 eq 1",
        "Products?$filter=" + "[" * 9_999,
        "Products?$filter=Name in (" + "'a'," * 1_500 + "'b')",
        "Products?$filter=" + "Category/Parent/" * 500 + "Name eq 1",
        "Products?$search=" + "(" * 5_000,
        "Products?$search=",
        "Products?$search=%22a",
        "Products?$expand=" + "Category($expand=" * 50,
        "Products?$compute=1",
        "Products?$compute=1 as Name",
        "Products?$compute=1 as a,2 as a",
        "Products(Number=1)?$filter=true",
        "Products/$count?$top=1",
        "Products/$count?$expand=Category",
        "$entity",
        "Products?$filter=%ff",
        "Products?$schemaversion=1",
        "Products?$expand=Category($levels=0)",
        "Products?$filter=Name eq 'x' garbage",
        "Products?$filter=hour(2026-01-01T00:00:00%2B02:00) eq 1",
    ],
)
def test_mistakes_are_answered_400(filled: Shop, path: str) -> None:
    path, _mark, query = path.partition("?")
    response = filled.get(path + ("?" + quote(query, safe="$=&%@',()/*[];:-_.") if query else ""))
    assert response.status_code == 400, response.content.decode()[:300]
    assert response.json()["error"]["code"] != "BadRequest" or response.json()["error"]["message"]


@pytest.mark.parametrize(
    "path",
    [
        "$all",
        "$crossjoin(Products,Tags)",
        "Products?$apply=aggregate(x)",
        "Products?$deltatoken=1",
        "Products?$index=1",
        "Products(Number=1)/$value",
        "Products?$filter=matchesPattern(Name,'x')",
        "Products?$filter=geo.length(Name) eq 1",
        "Products?$filter=Name has 'x'",
        "Products?$filter=$root/Tags('a')/Code eq 'a'",
        "Products?$filter={} eq 1",
        "Products?$expand=Category/Parent",
        "Products/$each",
    ],
)
def test_what_is_not_served_is_answered_501(filled: Shop, path: str) -> None:
    assert filled.get(path).status_code == 501


# ---- what real clients send ----


def test_options_with_and_without_dollar_in_any_case(filled: Shop) -> None:
    for query in (
        "$filter=Name%20eq%20'Hammer'",
        "filter=Name+eq+'Hammer'",
        "%24filter=Name eq 'Hammer'",
        "$FILTER=Name EQ 'Hammer'",
        "$filter=Name eq @n&@n='Hammer'",
        "$count=false&$filter=Name eq 'Hammer'&custom=1&another",
    ):
        assert filled.names(query.replace(" ", "%20")) == ["Hammer"], query


def test_accept_is_read_tolerantly(filled: Shop) -> None:
    for accept in (
        EXCEL,
        "*/*",
        "application/json;odata=verbose",
        "application/json;foo=bar,application/json",
        "application/*",
        "application/json;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
        "text/html,*/*;q=0.1",
    ):
        response = filled.get("Products", Accept=accept)
        assert (response.status_code, response.headers["Content-Type"][:16]) == (200, "application/json"), accept
    assert filled.get("Products").headers["Content-Type"] == "application/json;odata.metadata=minimal"
    for accept in ("text/html", "application/atom+xml", "application/json;q=0", "application/json;foo=bar"):
        assert filled.get("Products", Accept=accept).status_code == 406
    assert filled.get("Products?$format=atom").status_code == 406


def test_head_is_get_without_a_body(filled: Shop) -> None:
    for path in ("", "$metadata", "Products", "Products(Number=1)", "Products/$count", "Nothing"):
        get, head = filled.get(path), filled.send("HEAD", path, X_CSRF_Token="Fetch")
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers["Content-Length"] == str(len(get.content))


def test_foreign_pages_may_ask(shop: Shop) -> None:
    preflight = shop.send(
        "OPTIONS", "Products", Origin="https://x.example", Access_Control_Request_Headers="authorization"
    )
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Headers"] == "authorization"
    exposed = shop.get("Products", Origin="https://x.example").headers["Access-Control-Expose-Headers"]
    assert "OData-Version" in exposed
    assert "ETag" in exposed


def test_the_query_may_stand_in_the_body(filled: Shop) -> None:
    response = filled.send(
        "POST", "Products/$query", "$filter=Name%20eq%20'Hammer'&$select=Number", Content_Type="text/plain"
    )
    assert [each["Number"] for each in response.json()["value"]] == [1]
    assert filled.send("POST", "Products/$query", "{}", Content_Type="application/json").status_code == 415
    assert filled.get("Products/$query").status_code == 405


def test_nulls_may_be_left_out(filled: Shop) -> None:
    response = filled.get("Products(Number=3)", Prefer="omit-values=nulls")
    assert "Name" not in response.json()
    assert response.headers["Preference-Applied"] == "omit-values=nulls"


def test_isolation_is_refused(shop: Shop) -> None:
    assert shop.get("Products", Isolation="snapshot").status_code == 412
    assert shop.get("Products", **{"OData-Isolation": "snapshot"}).status_code == 412


def test_names_and_messages_follow_the_language(filled: Shop) -> None:
    hebrew = filled.json("Categories(1)", Accept_Language="he")
    assert hebrew["Name"] == "כלים"
    assert json.loads(filled.get("Nothing", Accept_Language="he").content)["error"]["message"]
    assert filled.get("Nothing", Accept_Language="he").headers["Content-Language"] == "he"


@pytest.mark.parametrize("pattern", ["({})", "not ({})", "(- -({}) eq 1)", "(case({}:true))", "({} eq true)"])
def test_nesting_is_bounded_whatever_it_is_made_of(filled: Shop, pattern: str) -> None:
    """Forty levels are refused although they would be few enough terms; four are fine."""
    for depth, status in ((4, 200), (40, 400)):
        text = "Rating" if pattern.startswith("(-") else "true"
        for _ in range(1 if pattern.startswith("(-") and depth == 4 else depth):
            text = pattern.format(text)
        response = filled.get(f"Products?$filter={quote(text)}")
        assert response.status_code == status, response.content.decode()
        assert status == 200 or response.json()["error"]["code"] == "TooComplex"


def test_nested_expansions_are_bounded(filled: Shop) -> None:
    deep = "$expand=" + "Parent($expand=" * 25 + "Parent" + ")" * 25
    assert filled.get(f"Categories?{deep}").json()["error"]["code"] == "TooComplex"
