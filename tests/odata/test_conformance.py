"""Reading, sentence by sentence: what the OASIS texts ask of a service, each with one request and what must come back.

The numbers are those of OData Protocol 4.01 (P), URL Conventions 4.01 (U) and JSON Format 4.01 (J). Expressions are in
`test_semantics`, mistakes in `test_mistakes`, changes in `test_conformance_writes`.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.http import HttpResponse

from tests.odata.conftest import Shop
from tests.odata.shelves import ids
from tests.odata.shop.models import Shelf, Tag

pytestmark = pytest.mark.django_db

ONE = f"Products({ids(1)})"
MAX_401 = {"OData-MaxVersion": "4.01"}
Look = Callable[[HttpResponse], Any]


def body(response: HttpResponse) -> Any:
    return json.loads(response.content)


def first(response: HttpResponse) -> Any:
    """The first entity of a collection."""
    return body(response)["value"][0]


def text(expected: str) -> Look:
    return lambda response: response.content.decode() == expected


def context(fragment: str) -> Look:
    return lambda response: body(response)["@odata.context"] == f"http://testserver/shop/$metadata#{fragment}"


def numbers(*expected: int) -> Look:
    return lambda response: [each["Number"] for each in body(response)["value"]] == list(expected)


def header(name: str, expected: str) -> Look:
    return lambda response: expected in response.headers[name]


# What is asked: (request, status, what holds, headers).
Check = tuple[str, int, Look | None, dict[str, str]]
HEADERS: dict[str, Check] = {
    "P8.2.7 the greatest version up to OData-MaxVersion": (
        "GET Products", 200, header("OData-Version", "4.01"), {"OData-MaxVersion": "4.02"}
    ),
    "P8.1.5 a payload of an unknown version": ("GET Products", 400, None, {"OData-Version": "3.0"}),
    "P8.2.1 unknown format parameter": ("GET Products", 406, None, {"Accept": "application/json;odata.metadata=some"}),
    "J3 format parameter without prefix": (
        "GET Products", 200, header("Content-Type", "metadata=full"), {"Accept": "application/json;metadata=full"}
    ),
    "J4.4 streaming": (
        "GET Products", 200, header("Content-Type", ";odata.streaming=true"),
        {"Accept": "application/json;streaming=true"},
    ),
    "P11.2.11 $format wins": ("GET Products?$format=json", 200, None, {"Accept": "application/xml"}),
    "P8.2.4 If-Match that does not match a GET": (f"GET {ONE}", 412, None, {"If-Match": 'W/"x"'}),
    "P8.2.4 If-Match of anything": (f"GET {ONE}", 200, None, {"If-Match": "*"}),
    "P8.2.5 If-None-Match of anything": (f"GET {ONE}", 304, text(""), {"If-None-Match": "*"}),
    "P8.2.5 If-None-Match of others": (f"GET {ONE}", 200, None, {"If-None-Match": 'W/"x", W/"y"'}),
    "P8.2.5 If-None-Match that is no list": (f"GET {ONE}", 400, None, {"If-None-Match": "nonsense"}),
    "P8.2.8 unknown preferences": (
        "GET Products", 200, lambda response: "Preference-Applied" not in response.headers,
        {"Prefer": "respond-async, odata.track-changes, x=1"},
    ),
    "P8.2.8.5 the name without prefix counts": (
        "GET Products", 200, lambda response: len(body(response)["value"]) == 2,
        {"Prefer": "odata.maxpagesize=3, maxpagesize=2"},
    ),
    "P8.2.8.5 each collection of the answer": (
        "GET Products?$expand=Reviews&$filter=Number eq 1", 200,
        lambda response: (
            len(first(response)["Reviews"]) == 1
            and first(response)["Reviews@odata.nextLink"] == f"http://testserver/shop/{ONE}/Reviews?$skip=1"
        ),
        {"Prefer": "maxpagesize=1"},
    ),
    "P11.1.1 no option but $format": ("GET ?$filter=true", 400, None, {}),
    "P11.1.2 nor for the metadata": ("GET $metadata?$top=1", 400, None, {}),
}  # fmt: skip
ADDRESSES: dict[str, Check] = {
    "P11.2.3 the stream of an entity without one": (f"GET {ONE}/$value", 400, None, {}),
    "P11.2.4 null": ("GET Products(Number=3)/Name", 204, text(""), {}),
    "P11.2.4.1 null as raw value": ("GET Products(Number=3)/Name/$value", 204, text(""), {}),
    "P11.2.7 no related entity": ("GET Products(Number=3)/Category", 204, text(""), {}),
    "P11.2.7 a property of no entity": ("GET Products(Number=3)/Category/NameEn", 404, None, {}),
    "P11.2.8 no reference": ("GET Products(Number=3)/Category/$ref", 204, text(""), {}),
    "J4.5.1 the fragment is not encoded": ("GET Tags('%D7%90')/Code", 200, context("Tags('א')/Code"), {}),
    "U4.7 raw values: instant": (f"GET {ONE}/Released/$value", 200, text("2026-01-02T03:04:05.678000Z"), {}),
    "U4.7 raw values: duration": (f"GET {ONE}/Lasts/$value", 200, text("P1DT2H0M0S"), {}),
    "U4.3.3 a part of the key that the way tells": (f"GET {ONE}/Shelves('A')", 200, context("Shelves/$entity"), {}),
    "U4.3.3 in segments": (f"GET {ONE}/Shelves/A/Amount", 200, lambda response: body(response)["value"] == 3, {}),
    "U4.3.3 or given all the same": (f"GET {ONE}/Shelves(Place='A',ProductID={ids(1)})", 200, None, {}),
    "U4.3.3 not at the root": ("GET Shelves('A')", 400, None, {}),
    "U4.3.6 key of two segments": (f"GET Shelves/{ids(1)}/A", 200, None, {}),
    "U4.3.4 $entity with a cast": (
        f"GET $entity/Shop.Product?$id={ONE}&$select=Name",
        200,
        context("Products(Name)/$entity"),
        {},
    ),
    "U4.3.4 $entity with another cast": (f"GET $entity/Shop.Category?$id={ONE}", 404, None, {}),
    "U4.3.4 $entity without a cast takes no $select": (f"GET $entity?$id={ONE}&$select=Name", 400, None, {}),
    "U4.3.4 $entity of a collection": ("GET $entity?$id=Products", 404, None, {}),
    "U4.11 a cast to the type itself": (f"GET {ONE}/Shop.Product/Name", 200, None, {}),
    "U4.11 of a collection": ("GET Products/Shop.Product?$filter=Shop.Product/Number eq 1", 200, numbers(1), {}),
    "U4.11 to another type": ("GET Products/Shop.Category", 501, None, {}),
    "U4.11 to another type in an expression": ("GET Products?$filter=Shop.Category/ID eq 1", 501, None, {}),
    "U4.12 a filter segment": ("GET Products/$filter(Rating gt 0)/$filter(@p)?@p=Price gt 50", 200, numbers(5), {}),
    "U4.13 $each": ("PATCH Products/$each", 501, None, {}),
    "U4.15 $crossjoin": ("GET $crossjoin(Products,Tags)", 501, None, {}),
    "U4.16 $all": ("GET $all", 501, None, {}),
}
OPTIONS: dict[str, Check] = {
    "P6.1 an option that is not understood": ("GET Products?sap-client=100&$filter=Number eq 1", 200, numbers(1), {}),
    "P6.1 an option that the model declares": ("GET Products?loud&$filter=Number eq 1", 200, numbers(1), {}),
    "P6.1 the rest of a value": ("GET Products?$search=more&more", 400, None, {}),
    "U5 empty options": ("GET Products?&&$filter=Number eq 1&", 200, numbers(1), {}),
    "P11.2.6.1.3 an alias without a value is null": ("GET Products?$filter=Name eq @n", 200, numbers(3), {}),
    "P11.2.6.1.3 an alias with two values": ("GET Products?$filter=Name eq @n&@n='a'&@n='b'", 400, None, {}),
    "U5.1.3 options in any case, without $": (
        "GET Products?expand=Reviews(TOP=1;orderBy=Stars DESC)&FILTER=Number eq 1", 200,
        lambda response: [each["Stars"] for each in first(response)["Reviews"]] == [5], {},
    ),
    "U5.1.3 * beside what is named": (
        "GET Products?$expand=*,Category($select=ID)&$filter=Number eq 1", 200,
        lambda response: first(response)["Category"].keys() == {"ID"} and len(first(response)["Tags"]) == 2, {},
    ),
    "U5.1.3 references of all": (
        "GET Products?$expand=*/$ref&$filter=Number eq 1", 200,
        lambda response: first(response)["Category"] == {"@odata.id": "http://testserver/shop/Categories(1)"}, {},
    ),
    "U5.1.3 $search": (
        "GET Categories(1)?$expand=Products($search=hammer;$select=Name)", 200,
        lambda response: [each["Name"] for each in body(response)["Products"]] == ["Hammer"], {},
    ),
    "U5.1.3 $search where there is none": ("GET Products?$expand=Reviews($search=x)", 501, None, {}),
    "U5.1.3 an alias inside": (
        "GET Products?$expand=Reviews/$count($filter=Stars gt @s)&$filter=Number eq 1&@s=4", 200,
        lambda response: first(response)["Reviews@odata.count"] == 1, {},
    ),
    "P11.2.5.2.1.1 $levels at the top": ("GET Categories?$levels=2", 400, None, {}),
    "P11.2.5.2.1.1 $levels=max": ("GET Categories?$expand=Parent($levels=MAX)", 501, None, {}),
    "P11.2.5.3 computed properties with *": (
        "GET Products?$compute=Rating add 1 as More&$select=*&$filter=Number eq 1", 200,
        lambda response: first(response)["More"] == 6, {},
    ),
    "P11.2.5.3 computed in an expansion": (
        "GET Products?$expand=Reviews($compute=Stars mul 2 as T;$select=T;$orderby=T)&$filter=Number eq 1", 200,
        lambda response: [each["T"] for each in first(response)["Reviews"]] == [6, 10], {},
    ),
    "J4.5.3 a type that the metadata do not tell": (
        "GET Products?$compute=Price mul 2 as A,date(Released) as B,Name as C&$filter=Number eq 1", 200,
        lambda response: (
            first(response)["A@odata.type"] == "#Decimal"
            and first(response)["B@odata.type"] == "#Date"
            and "C@odata.type" not in first(response)
        ),
        {},
    ),
    "P11.2.5.1 the link of a selected relation": (
        "GET Products?$select=Number,Reviews&$filter=Number eq 1", 200,
        lambda response: first(response)["Reviews@odata.navigationLink"] == f"http://testserver/shop/{ONE}/Reviews", {},
    ),
    "J3.1.3 no link without metadata": (
        "GET Products?$select=Reviews&$filter=Number eq 1", 200,
        lambda response: first(response) == {}, {"Accept": "application/json;odata.metadata=none"},
    ),
    "P10.9 selected and expanded": (
        "GET Products?$select=Number,Category&$expand=Category($select=ID)", 200,
        context("Products(Number,Category,Category(ID))"), {},
    ),
    "P10.9 recursion": ("GET Categories?$expand=Parent($levels=2)", 200, context("Categories(Parent+())"), MAX_401),
    "P10.9 recursion in 4.0": (
        "GET Categories?$expand=Parent($levels=3;$select=ID)", 200, context("Categories(Parent+(ID))"), {}
    ),
    "P11.2.6.3 nothing": (
        "GET Products?$top=0&$count=true", 200,
        lambda response: body(response).keys() == {"@odata.context", "@odata.count", "value"}, {},
    ),
    "U4.17 the options of a count in the body": ("POST Products/$count/$query", 200, text("5"), {}),
}  # fmt: skip


@pytest.mark.parametrize("checks", [HEADERS, ADDRESSES, OPTIONS], ids=["headers", "addresses", "options"])
def test_reading(filled: Shop, checks: dict[str, Check]) -> None:
    Shelf.objects.create(product_id=ids(1), place="A", amount=3)
    Tag.objects.create(code="א")
    wrong = {}
    for name, (line, status, look, headers) in checks.items():
        method, _space, path = line.partition(" ")
        path, mark, query = path.partition("?")
        response = filled.send(method, path + mark + quote(query, safe="$=&@',()/*;:%"), **headers)
        if response.status_code != status or (look is not None and not look(response)):
            wrong[name] = (response.status_code, response.content.decode()[:500], dict(response.headers))
        if status >= 400:
            assert body(response)["error"]["message"], name
    assert not wrong, wrong


def test_members_come_in_the_order_of_streams(filled: Shop) -> None:
    """Context, type, id and etag first, what belongs to a property right before it (J4.4)."""
    line = "Products?$expand=Reviews($count=true)&$filter=Number%20eq%201"
    names = list(first(filled.get(line, Accept="application/json;odata.metadata=full;odata.streaming=true")))
    assert names[:3] == ["@odata.type", "@odata.id", "@odata.etag"]
    annotated = [name.partition("@")[0] for name in names if not name.startswith("@")]
    groups = [name for at, name in enumerate(annotated) if at == 0 or annotated[at - 1] != name]
    assert len(groups) == len(set(groups)), names
    assert groups[-1] == "Reviews"
    assert names[-1] == "Reviews"
