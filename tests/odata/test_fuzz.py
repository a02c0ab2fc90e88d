"""Whatever is sent: no 5xx but a declared 501, no HTML."""

import json
import random
from collections.abc import Iterator

import pytest
from django.db import connection

from tests.effort import effort
from tests.odata.conftest import Shop
from tests.odata.shelves import fill_shelves, ids
from tests.odata.test_batch import change_set, multipart, part
from tests.odata.test_semantics import TABLE

INPUTS = effort(500, ci=2_000, full=20_000)

URLS = [
    "",
    "$metadata",
    "$batch",
    "$entity?$id=Products(Number=1)",
    f"Products({ids(1)})",
    "Products(Number=1)/Reviews(1)/Product/Name/$value",
    "Products/$count?$filter=Rating gt 1",
    "Products?$expand=Category($expand=Parent;$select=Name),Reviews($filter=Stars gt 1;$top=1;$count=true)",
    "Products?$orderby=Category/Name desc,Rating&$top=2&$skip=1&$count=true",
    'Products?$search="a b" AND NOT (c OR d)',
    "Products?$compute=Rating mul 2 as R&$select=R,Name&$filter=R gt 1",
    "Products/$filter(@f)/$count?@f=Reviews/any(r:r/Stars gt 1)",
    "Products?$skiptoken=WyJhIixudWxsLDFd",
    "Shelves(ProductID=00000000-0000-0000-0000-000000000001,Place='a')",
    "Categories(1)/Products/$ref",
    *(f"Products?$filter={text}" for text, _numbers in TABLE),
]
BODIES = [
    '{"Number":1,"Name":"x","Price":1.5,"Released":"2026-01-01T00:00:00Z","Category@odata.bind":"Categories(1)","Reviews":[]}',
    '{"Stars":5,"ProductID":"00000000-0000-0000-0000-000000000001","Text":"a"}',
    '{"requests":[{"id":"1","method":"POST","url":"Products","body":{"Number":3},"atomicityGroup":"g","dependsOn":[]}]}',
    '{"@odata.id":"Categories(1)"}',
    '{"value":1}',
    multipart(
        part("GET Products"),
        change_set(part("POST Products", {"Number": 1}, Content_ID="1"), part("PATCH $1", {"Rating": 1})),
    ),
]
KILLERS = [
    "[" * 5_000,
    "(" * 5_000,
    "'" * 999,
    "%00",
    "%ff",
    "\\ud800",
    '"\\u0000"',
    "9" * 400,
    "1e999999999",
    "-9223372036854775809",
    "NaN",
    "not " * 500,
    " or true" * 3_000,
    "../",
    "//",
    "http://elsewhere/",
    "${7*7}",
    "%",
    "&",
    ";",
    "\r\n\r\n",
    "\u202e",
    "null",
    "INF",
    "duration'P99999999999D'",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999-23:59",
    "binary'!!'",
    "2026-02-30",
    "$it",
    "$this/",
    "/any(x:x/any(y:y))",
    "case(true:1)",
    "cast(1,Edm.Nope)",
    "{}",
    "[[[]]]",
    "@a&@a=@b&@b=@a",
    "geo.length(1)",
    "a" * 40_000,
]
HEADERS = {
    "Accept": [
        "application/json",
        "*/*",
        "application/json;odata.metadata=full",
        ";;;",
        "q=0",
        "application/xml",
        "text/html",
        "a/b;q=x",
    ],
    "Prefer": [
        "return=minimal",
        "odata.maxpagesize=1",
        "maxpagesize=99999999999999999999",
        "return=representation,omit-values=nulls",
        ",,;=;",
    ],
    "OData-MaxVersion": ["4.0", "4.01", "9.9", "x", "4"],
    "If-Match": ["*", 'W/"x"', "x", ","],
    "If-None-Match": ["*", 'W/"x"', "x"],
    "Content-Type": [
        "application/json",
        "multipart/mixed; boundary=b1",
        "multipart/mixed",
        "text/plain",
        "",
        "application/json;odata=verbose",
    ],
    "Accept-Language": ["he", "en", "xx", "he;q=x"],
    "Idempotency-Key": ["a", '""', "\x7f"],
    "X-HTTP-Method": ["PATCH", "DELETE", "BREW"],
}
METHODS = ["GET", "GET", "GET", "GET", "POST", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"]


def mutated(text: str, chance: random.Random) -> str:
    """The text with something cut, doubled, swapped or put in."""
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        at, to = sorted(chance.randrange(len(text) + 1) for _ in range(2))
        match chance.randrange(5):
            case 0:
                text = text[:at] + text[to:]
            case 1:
                text = text[:to] + text[at:to] + text[to:]
            case 2:
                text = text[:at] + chance.choice(KILLERS) + text[at:]
            case 3:
                text = (
                    text[:at]
                    + chr(chance.choice((0, 9, 32, 39, 40, 41, 47, 0x5D0, 0x1F600, chance.randrange(32, 127))))
                    + text[at:]
                )
            case 4:
                other = chance.choice(URLS)
                text = text[:at] + other[chance.randrange(len(other) + 1) :]
    return text


def inputs() -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """The same inputs in every run."""
    chance = random.Random(20260301)
    for _ in range(INPUTS):
        method = chance.choice(METHODS)
        headers = {name: chance.choice(values) for name, values in HEADERS.items() if chance.random() < 0.15}
        url = mutated(chance.choice(URLS), chance)
        body = mutated(chance.choice(BODIES), chance) if method in ("POST", "PUT", "PATCH") else ""
        if body and chance.random() < 0.8:
            headers["Content-Type"] = "multipart/mixed; boundary=b1" if body.startswith("--b1") else "application/json"
            url = chance.choice(
                ("$batch", "Products", "Reviews", "Products(Number=1)", "Categories(1)/Products/$ref", url)
            )
        yield method, url.replace("\r", "").replace("\n", ""), body, headers


@pytest.mark.slow
@pytest.mark.django_db
def test_no_input_breaks_the_service(shop: Shop) -> None:
    fill_shelves()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as if every request were a transaction of its own
    wrong = []
    for method, url, body, headers in inputs():
        content = body.encode("utf-8", "replace")
        own = {name: value for name, value in headers.items() if name != "Content-Type"}
        response = shop.send(
            method, url, content if body else None, Content_Type=headers.get("Content-Type", ""), **own
        )
        text = response.content.decode()
        is_failure = response.status_code >= 500 and response.status_code != 501
        if is_failure or "<html" in text.lower() or "text/html" in response.headers.get("Content-Type", ""):
            wrong.append((response.status_code, method, url[:300], body[:300], headers, text[:200]))
        elif response.status_code >= 400 and method != "HEAD":
            assert json.loads(text)["error"]["message"], (method, url)
        if "multipart" not in headers.get("Content-Type", ""):
            assert response.headers["OData-Version"] in ("4.0", "4.01")
    assert not wrong, "\n".join(map(str, wrong[:20]))
