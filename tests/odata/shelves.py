"""Five products whose values the tests know by heart: plain ones, Hebrew ones, missing ones."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django.db import connection

from tests.odata.shop.declaration import SHOP
from tests.odata.shop.models import Category, Product, Review, Tag

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


def ids(number: int) -> uuid.UUID:
    """The id of a product by its number."""
    return uuid.UUID(int=number)


def _at(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type, misc]


CATEGORIES = [
    {"id": 1, "name_he": "כלים", "name_en": "Tools", "parent_id": None},
    {"id": 2, "name_he": "גינה", "name_en": "Garden", "parent_id": 1},
    {"id": 3, "name_he": "ריק", "name_en": "Empty", "parent_id": 1},
]
PRODUCTS: list[dict[str, Any]] = [
    {
        "number": 1,
        "name": "Hammer",
        "nickname": "big",
        "price": Decimal("12.50"),
        "rating": 5,
        "weight": 1.5,
        "allowed": True,
        "sold": 10,
        "released": _at(2026, 1, 2, 3, 4, 5, 678000),
        "launched": dt.date(2026, 1, 2),
        "opens": dt.time(8, 30),
        "lasts": dt.timedelta(days=1, hours=2),
        "category_id": 1,
    },
    {
        "number": 2,
        "name": "שלום עולם",
        "nickname": None,
        "price": Decimal("0.00"),
        "rating": 0,
        "weight": -2.25,
        "allowed": False,
        "sold": 0,
        "released": _at(2025, 12, 31, 23, 30),
        "launched": dt.date(2025, 12, 31),
        "opens": dt.time(23, 59, 59, 500000),
        "lasts": -dt.timedelta(minutes=30),
        "category_id": 2,
    },
    {
        "number": 3,
        "name": None,
        "nickname": None,
        "price": None,
        "rating": None,
        "weight": None,
        "allowed": None,
        "sold": 7,
        "released": None,
        "launched": None,
        "opens": None,
        "lasts": None,
        "category_id": None,
    },
    {
        "number": 4,
        "name": "O'Neil % _",
        "nickname": "O'Neil % _",
        "price": Decimal("-7.25"),
        "rating": -3,
        "weight": 0.5,
        "allowed": None,
        "sold": 5_000_000_000,
        "released": _at(2026, 6, 15, 12),
        "launched": dt.date(2026, 6, 15),
        "opens": dt.time(12),
        "lasts": dt.timedelta(milliseconds=500),
        "category_id": 1,
    },
    {
        "number": 5,
        "name": "",
        "nickname": " pad ",
        "price": Decimal("100.05"),
        "rating": 2,
        "weight": 3.0,
        "allowed": True,
        "sold": 3,
        "released": _at(2026, 1, 2),
        "launched": None,
        "opens": None,
        "lasts": None,
        "category_id": 2,
    },
]
REVIEWS = [
    {"id": 1, "product": 1, "stars": 5, "text": "great"},
    {"id": 2, "product": 1, "stars": 3, "text": None},
    {"id": 3, "product": 2, "stars": None, "text": "טוב"},
    {"id": 4, "product": 4, "stars": 1, "text": "bad"},
    {"id": 5, "product": 4, "stars": 1, "text": "bad"},
]
TAGS = {"a": [1], "b": [1, 2], "c": [5]}


def fill_shelves() -> None:
    """Store them."""
    for category in CATEGORIES:
        Category.objects.create(**category)
    for product in PRODUCTS:
        Product.objects.create(id=ids(product["number"]), **product)
    for review in REVIEWS:
        Review.objects.create(**{**review, "product": Product(id=ids(review["product"]))})
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('shop_review', 'id'), 100)")
    for code, numbers in TAGS.items():
        Tag.objects.create(code=code).products.set([ids(number) for number in numbers])


def entities() -> list[dict[str, Any]]:
    """The same products as entities for the evaluation in Python, related to each other as in the database."""

    def properties(type_name: str, row: dict[str, Any]) -> dict[str, Any]:
        declared = SHOP.by_name[type_name].type.properties
        return {each.name: row[each.path] for each in declared if isinstance(each.path, str) and each.path in row}

    categories = {row["id"]: properties("Categories", row) for row in CATEGORIES}
    for row in CATEGORIES:
        own = categories[row["id"]]
        own |= {"Name": row["name_en"], "BothNames": f"{row['name_en']}{row['name_he']}", "Products": []}
        own["Parent"] = categories.get(row["parent_id"])
        own["Children"] = [categories[each["id"]] for each in CATEGORIES if each["parent_id"] == row["id"]]
    products = {
        row["number"]: properties("Products", {**row, "id": ids(row["number"]), "version": 1}) for row in PRODUCTS
    }
    tags = {
        code: {"Code": code, "Products": [products[number] for number in numbers]} for code, numbers in TAGS.items()
    }
    for row in PRODUCTS:
        own = products[row["number"]]
        own["Category"] = categories.get(row["category_id"])
        own["Reviews"] = [
            {"ID": each["id"], "ProductID": own["ID"], "Stars": each["stars"], "Text": each["text"], "Product": own}
            for each in REVIEWS
            if each["product"] == row["number"]
        ]
        own["Tags"] = [tags[code] for code, numbers in TAGS.items() if row["number"] in numbers]
        own["Shelves"] = []
        if own["Category"] is not None:
            own["Category"]["Products"].append(own)
    return list(products.values())
