"""Kept statements: the same answers to the byte, with other values, for each who asks; never another's."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from feedback.odata import Declaration, edm
from feedback.odata.asking import REFUSED
from feedback.odata.column_texts import instant
from feedback.odata.dispatcher import Dispatcher
from feedback.odata.edm import DATE_TIME_OFFSET
from feedback.odata.operation import Limits
from feedback.odata.parser import parse_condition
from feedback.odata.plans import Plans, Unplannable, key_of, slotted
from feedback.odata.prepared import array
from feedback.odata.scope import Budget, Scope
from tests.odata.conftest import Shop
from tests.odata.shelves import NOW, ids
from tests.odata.shop.declaration import SERVICE, SHOP
from tests.odata.shop.models import Product, Review, Shelf
from tests.odata.test_conformance import ADDRESSES, HEADERS, OPTIONS
from tests.odata.test_semantics import TABLE

LEVELS = ("none", "minimal", "full")
# Requests with a place for a value, and values for it.
WITH_VALUES = (
    ("Products?$filter=Number gt {}&$orderby=Number desc", ("0", "2", "4", "99")),
    ("Products?$filter=Name eq {} or nullable eq {}", ("'Hammer'", "'big'", "'שלום עולם'", "'O''Neil % _'", "'$1'")),
    ("Products?$filter=contains(Name,{})&$select=Name", ("'m'", "'%'", "'%%s'", "' '", "''", "'\\'", "'\"'")),
    ("Products?$filter=Price in ({},{})", ("12.5", "0", "100.05", "12.500")),
    ("Products?$filter=Released ge {}&$orderby=Released,Price", ("2026-01-02T03:04:05.678Z", "0001-01-01T00:00:00Z")),
    ("Products?$filter=Launched lt {}", ("2026-01-02", "9999-12-31")),
    ("Products?$filter=Opens gt {}", ("08:30:00", "23:59:59.4")),
    ("Products?$filter=Lasts gt {}", ("duration'-PT1H'", "duration'P1DT1H59M59.5S'", "duration'-P2DT0.25S'")),
    ("Products?$filter=Weight lt {}", ("1.5", "1e2", "INF", "NaN", "-2.25")),
    ("Products?$filter=Sold ge {}", ("10", "5000000000", "9223372036854775807")),
    ("Products?$filter=ID eq {}", (str(ids(1)), str(ids(4)))),
    ("Products?$filter=Color eq Shop.Color{}", ("'Red'", "'Blue'")),
    ("Products?$filter=Reviews/any(r:r/Stars ge {})&$expand=Reviews($filter=Stars ge {})", ("1", "4", "6")),
    ("Products?$compute=Price mul {} as P&$orderby=P desc&$select=P,Number", ("2", "-1", "0.001")),
    ("Products?$filter=substring(Name,{}) eq substring(Name,{},2)", ("0", "3", "-2")),
    ("Products?$filter=Number div {} eq 1", ("1", "2", "0")),
    ("Products?$filter=allowed eq {}", ("true", "false", "null")),
    ("Products?$filter=case(Number gt {}:Name,true:nullable) eq 'big'", ("0", "1")),
    ("Products?$skip={}&$top=2&$count=true", ("0", "1", "9")),
    ("Categories?$expand=Parent($levels=2),Products($filter=Number le {};$orderby=Price desc;$top=1)", ("1", "9")),
)
PLAIN = (
    "Products?$expand=Category,Reviews($count=true),Tags($expand=Products/$ref),Shelves/$count",
    "Products?$expand=Category($expand=Parent,Children($select=NameHe)),Reviews($skip=1)&$orderby=Category/NameEn",
    "Products/$ref", "Tags?$expand=Products($select=Name)", "Shelves?$expand=Product", "Reviews", "Categories",
    "Products?$select=Released,Price,Lasts,Opens,Launched,Weight,Uses,Color,allowed,Sold",
    "Products?$compute=cast(Released,Edm.String) as S,year(Released) as Y,length(Name) as L,round(Price) as R,"
    "Weight add 1 as W,Number gt 2 as B,totalseconds(Lasts) as T,date(Released) as D,Reviews/$count as C",
)  # fmt: skip

Answers = list[tuple[int, bytes, dict[str, str]]]


@pytest.fixture
def stocked(filled: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop with something on its shelves, at a time that stands still."""
    monkeypatch.setattr(SERVICE, "_clock", lambda: NOW)
    Shelf.objects.create(product_id=ids(1), place='A,"\\{}', amount=3)
    Review.objects.create(product_id=ids(2), stars=2, text="$1 %s")
    return filled


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Callable[[Declaration], list[Any]]:
    """Serve a declaration; gives its plans, those refused left out, as they are then."""

    def serve(declaration: Declaration) -> list[Any]:
        dispatcher = Dispatcher(declaration, Limits())
        monkeypatch.setattr(SERVICE, "_dispatcher", dispatcher)
        return dispatcher._plans  # type: ignore[return-value]

    return serve


def without_plans(declaration: Declaration) -> Declaration:
    return replace(declaration, plan_key=lambda context: None)


def made(plans: Any) -> list[Any]:
    return [each for each in plans._plans.values() if each != REFUSED]


def requests() -> list[tuple[str, dict[str, str]]]:
    """Paths and headers: what the other tables of these tests ask, and values in places."""
    found: list[tuple[str, dict[str, str]]] = []
    for line, _status, _look, headers in (HEADERS | ADDRESSES | OPTIONS).values():
        if line.startswith("GET "):
            found.append((line.removeprefix("GET "), headers))
    found += [(f"Products?$select=Number&$filter={text}", {}) for text, _numbers in TABLE]
    for level in LEVELS:
        accept = f"application/json;odata.metadata={level}"
        found += [(path, {"Accept": accept}) for path in PLAIN]
        found += [
            (path, {"Accept": accept + ";IEEE754Compatible=true", "Prefer": "omit-values=nulls"}) for path in PLAIN
        ]
    found += [(path, {"Accept-Language": "he"}) for path in PLAIN]
    found += [(text.replace("{}", value), {}) for text, values in WITH_VALUES for value in values]
    return found


def ask(shop: Shop, path: str, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
    path, mark, query = path.partition("?")
    response = shop.send("GET", path + mark + quote(query, safe="$=&@',()/*;:%"), **headers)
    return response.status_code, response.content, dict(response.headers)


def pages(shop: Shop, path: str) -> Answers:
    """All pages of two."""
    found = []
    while path:
        found.append(ask(shop, path, {"Prefer": "maxpagesize=2"}))
        path = json.loads(found[-1][1]).get("@odata.nextLink", "").removeprefix("http://testserver/shop/")
        path = path.replace("%20", " ")
    return found


def test_answers_are_the_same_to_the_byte(stocked: Shop, serve: Any) -> None:
    asked = requests()
    assert len(asked) > 300
    serve(without_plans(SHOP))
    expected = [ask(stocked, path, headers) for path, headers in asked]
    plans = serve(SHOP)
    wrong = []
    for _time in range(2):
        for (path, headers), answer in zip(asked, expected, strict=True):
            found = ask(stocked, path, headers)
            if found != answer:
                wrong.append(f"{path} {headers}\n  {found}\n  {answer}")
    assert not wrong, "\n".join(wrong[:5])
    assert len(made(plans)) > 150


def test_other_values_use_the_same_plan(stocked: Shop, serve: Any) -> None:
    text, values = WITH_VALUES[0]
    plans = serve(SHOP)
    answers = [ask(stocked, text.replace("{}", value), {})[1] for value in values]
    assert len(set(answers)) == len(values)
    assert len(made(plans)) == 1


@pytest.mark.parametrize(
    "order", ["", "Price", "Price desc,Name", "Released desc", "nullable", "Weight,Lasts", "Color"]
)
def test_pages_follow_one_another_the_same(stocked: Shop, serve: Any, order: str) -> None:
    path = f"Products?$orderby={order}&$filter=Number gt 0" if order else "Products?$top=5"
    serve(without_plans(SHOP))
    expected = pages(stocked, path)
    assert len(expected) == 3
    plans = serve(SHOP)
    assert pages(stocked, path) == expected
    known = len(made(plans))
    assert pages(stocked, path) == expected
    assert len(made(plans)) == known > 1


def test_nobody_is_given_the_rows_of_another(stocked: Shop, serve: Any) -> None:
    """Rows, texts and ETags that depend on who asks, in the set, in expansions, and in conditions on relations."""
    own = {"dana": 1, "erez": 2}
    sets = (
        replace(
            SHOP.by_name["Products"],
            queryset=lambda context: Product.objects.filter(number=own[context.principal]),
        ),
        replace(
            SHOP.by_name["Reviews"],
            queryset=lambda context: Review.objects.filter(product__number=own[context.principal]),
        ),
        *(each for each in SHOP.sets if each.name not in ("Products", "Reviews")),
    )  # fmt: skip
    declaration = replace(SHOP, sets=sets)
    paths = (
        "Products", "Reviews?$expand=Product", "Categories?$expand=Products",
        "Categories?$filter=Products/any(p:p/Number ge 1)", "Products?$expand=Reviews($filter=Stars gt 0)",
    )  # fmt: skip

    def answers() -> Answers:
        return [ask(stocked, path, {"Authorization": f"Bearer {name}"}) for path in paths for name in ("dana", "erez")]

    serve(without_plans(declaration))
    expected = answers()
    plans = serve(declaration)
    assert answers() == expected
    assert answers() == expected
    assert len(made(plans)) == 2 * 8
    for dana, erez in zip(expected[::2], expected[1::2], strict=True):
        assert dana[1] != erez[1]


def test_languages_roots_and_pages_have_plans_of_their_own(stocked: Shop, serve: Any) -> None:
    plans = serve(SHOP)
    for number, (path, headers) in enumerate(
        [
            ("Categories", {}),
            ("Categories", {"Accept-Language": "he"}),
            ("Categories", {"Host": "localhost"}),
            ("Categories", {"Accept": "application/json;odata.metadata=full"}),
            ("Categories?$top=1", {}),
            ("Categories?$skip=1", {}),
            ("Categories/$ref", {}),
        ],
        start=1,
    ):
        ask(stocked, path, headers)
        assert len(made(plans)) == number, path


@pytest.mark.parametrize(
    "path", ["Products?$filter=Released lt now()", "Products?$search=Hammer", "Products/$filter(true)"]
)
def test_nothing_is_kept_where_it_is_not_clear(stocked: Shop, serve: Any, path: str) -> None:
    plans = serve(SHOP)
    assert ask(stocked, path, {})[0] == 200
    assert not made(plans)


def test_nothing_is_kept_where_nothing_may_be_prepared(stocked: Shop, serve: Any) -> None:
    plans = serve(SHOP)
    connection.connection.prepare_threshold, before = None, connection.connection.prepare_threshold
    try:
        assert ask(stocked, "Products", {})[0] == 200
    finally:
        connection.connection.prepare_threshold = before
    assert not made(plans)


@pytest.mark.parametrize("forget", ["DEALLOCATE ALL", "DISCARD ALL", "close"])
@pytest.mark.django_db(transaction=True)
def test_a_statement_that_the_server_forgot_is_prepared_again(shop: Shop, serve: Any, forget: str) -> None:
    serve(SHOP)
    Review.objects.create(product=Product.objects.create(number=7), stars=5)
    expected = ask(shop, "Products?$expand=Reviews", {})
    assert b'"Stars":5' in expected[1]
    for _time in range(2):
        if forget == "close":
            connection.close()
        else:
            with connection.cursor() as cursor:
                cursor.execute(forget)
        assert ask(shop, "Products?$expand=Reviews", {}) == expected


def test_the_oldest_plan_goes() -> None:
    plans = Plans(largest=2)
    plans.keep("a", 1)
    plans.keep("b", 2)
    assert plans.get("a") == 1
    plans.keep("c", 3)
    assert (plans.get("a"), plans.get("b"), plans.get("c"), len(plans)) == (1, None, 3, 2)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Number eq 1", "Number eq 2", True),
        ("Name eq 'a'", "Name eq 'b'", True),
        ("Name eq 'a'", "Name eq null", False),
        ("Name eq 'a'", "nullable eq 'a'", False),
        ("Price eq 1", "Price eq 1.5", False),
        ("Number in (1,2)", "Number in (3,4)", True),
        ("Number in (1,2)", "Number in (1,2,3)", False),
        ("allowed eq true", "allowed eq false", False),
        ("Price div 2 gt 1", "Price div 3 gt 1", False),
        ("Price div 1 gt 1", "Price div 1.0 gt 1", False),
        ("Reviews/any(r:r/Stars gt 1)", "Reviews/any(r:r/Stars gt 2)", True),
        ("Reviews/any(r:r/Stars gt 1)", "Reviews/all(r:r/Stars gt 1)", False),
    ],
)
def test_what_is_a_mere_value(one: str, other: str, is_same: bool) -> None:
    scope = Scope.of(SHOP, SHOP.by_name["Products"], budget=Budget())
    keys = [key_of(slotted(parse_condition(text, scope), [])) for text in (one, other)]
    assert (keys[0] == keys[1]) is is_same


def test_now_is_no_mere_value() -> None:
    scope = Scope.of(SHOP, SHOP.by_name["Products"], budget=Budget())
    with pytest.raises(Unplannable):
        slotted(parse_condition("Price gt 1 and Released lt now()", scope), [])


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("2026-01-02 03:04:05+00", "2026-01-02T03:04:05Z"),
        ("2026-01-02 03:04:05.6+00", "2026-01-02T03:04:05.600000Z"),
        ("0001-01-01 00:00:00.000001+00", "0001-01-01T00:00:00.000001Z"),
        ("2026-01-02 05:04:05.678+02", "2026-01-02T03:04:05.678000Z"),
    ],
)
def test_instants_are_written_as_ever(stored: str, written: str) -> None:
    assert instant(stored) == written
    assert instant(stored) == DATE_TIME_OFFSET.text(DATE_TIME_OFFSET.parse(written))


@pytest.mark.django_db
def test_arrays_are_read_as_they_were() -> None:
    texts = ["a", "", "NULL", 'q"\\', "{,}", "א", " "]
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text[]", [array(texts)])
        assert cursor.fetchone() == (texts,)
    assert edm.GUID.text(ids(1)) in array([ids(1)])
