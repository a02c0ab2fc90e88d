"""Enumerations: their names in JSON and in URLs, their numbers in the database (CSDL 4.01, section 10)."""

import json
from urllib.parse import quote

import pytest

from tests.odata.conftest import Shop
from tests.odata.shelves import ids
from tests.odata.shop.models import Product

pytestmark = pytest.mark.django_db

ONE = f"Products({ids(1)})"


@pytest.fixture
def colored(filled: Shop) -> Shop:
    """Products 1 to 4 have a color, 1 to 3 are used somewhere."""
    for number, color, uses in ((1, 1, 1), (2, 2, 5), (3, 1, 0), (4, 3, None)):
        Product.objects.filter(number=number).update(color=color, uses=uses)
    return filled


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        ("Color eq Shop.Color'Red'", [1, 3]),
        ("Color eq 'Red'", [1, 3]),
        ("'Red' eq Color", [1, 3]),
        ("Color eq Shop.Color'1'", [1, 3]),
        ("Color ne Shop.Color'Red'", [2, 4, 5]),
        ("not (Color eq Shop.Color'Red')", [2, 4, 5]),
        ("Color eq null", [5]),
        ("Color in (Shop.Color'Red',Shop.Color'Blue')", [1, 3, 4]),
        ("Color in ('Green',null)", [2, 5]),
        ("Color in [Shop.Color'Green']", [2]),
        ("Color gt Shop.Color'Red'", [2, 4]),
        ("Color eq @c&@c=Shop.Color'Blue'", [4]),
        ("Uses has Shop.Uses'Indoors'", [1, 2]),
        ("Uses has 'Kids'", [2]),
        ("Uses HAS Shop.Uses'Indoors,Kids'", [2]),
        ("Uses has Shop.Uses'Nothing'", [1, 2, 3]),
        ("not (Uses has Shop.Uses'Kids')", [1, 3]),
        ("Uses has null", []),
        ("Uses eq Shop.Uses'Indoors,Kids'", [2]),
        ("Uses eq Shop.Uses'Kids, Indoors'", [2]),
        ("Tags/any(t:t/Products/any(p:p/Color eq $it/Color))", [1, 2, 5]),
    ],
)
def test_in_conditions(colored: Shop, condition: str, numbers: list[int]) -> None:
    rows = colored.json(f"Products?$select=Number&$orderby=Number&$filter={quote(condition, safe='=&@$')}")["value"]
    assert [each["Number"] for each in rows] == numbers


def test_names_stand_in_json_and_in_raw_values(colored: Shop) -> None:
    rows = colored.json("Products?$select=Color,Uses&$orderby=Number")["value"]
    assert [(each["Color"], each["Uses"]) for each in rows] == [
        ("Red", "Indoors"), ("Green", "Indoors,Kids"), ("Red", "Nothing"), ("Blue", None), (None, None)
    ]  # fmt: skip
    full = colored.json("Products(Number=1)?$format=application/json;odata.metadata=full")
    assert full["Color@odata.type"] == "#Shop.Color"
    assert colored.get("Products(Number=2)/Uses/$value").content == b"Indoors,Kids"
    Product.objects.filter(number=1).update(uses=3, color=9)
    assert colored.json("Products(Number=1)?$select=Color,Uses")["Uses"] == "Anywhere"
    assert colored.json("Products(Number=1)/Color")["value"] == "9"  # unknown to the model, and not lost


def test_they_are_ordered_by_number_and_paged(colored: Shop) -> None:
    names, path = [], "Products?$select=Color&$orderby=Color%20desc,Number"
    while path:
        page = json.loads(colored.get(path, Prefer="maxpagesize=2").content)
        names += [each["Color"] for each in page["value"]]
        path = page.get("@odata.nextLink", "").partition("/shop/")[2]
    assert names == ["Blue", "Green", "Red", "Red", None]


def test_they_are_written_by_name_or_number(colored: Shop) -> None:
    for color, uses, expected in (
        ("Blue", "Indoors,Outdoors", (3, 3)),
        ("2", "4", (2, 4)),
        (None, "Kids, Indoors", (None, 5)),
    ):
        assert colored.send("PATCH", ONE, {"Color": color, "Uses": uses}).status_code == 204
        assert Product.objects.values_list("color", "uses").get(number=1) == expected
    assert colored.send("PUT", f"{ONE}/Color", {"value": "Green"}).status_code == 204
    for wrong in ("Pink", "9", "Red,Green", 1, "", True, ["Red"]):
        answer = colored.send("PATCH", ONE, {"Color": wrong})
        assert (answer.status_code, answer.json()["error"]["target"]) == (400, "Color"), wrong


def test_their_names_are_no_texts(colored: Shop) -> None:
    assert colored.get("Products?$filter=cast(Color,Edm.String)%20eq%20'Red'").status_code == 501
    assert colored.get("Products?$filter=contains(Color,'Red')").status_code == 400
