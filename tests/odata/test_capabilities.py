"""What the metadata promise is kept, and what they refuse is refused: every annotation is tried with a request.

The annotations are read from the served document. An annotation that no request here belongs to fails the test, so
that nothing can be declared without being tried.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.odata.conftest import Shop
from tests.odata.shelves import ids
from tests.odata.shop.models import Shelf

pytestmark = pytest.mark.django_db

CAPABILITIES = "@Org.OData.Capabilities.V1."
NEW: dict[str, Any] = {
    "Products": {"Number": 50},
    "Categories": {"ID": 50, "NameHe": "א", "NameEn": "a"},
    "Reviews": {"ProductID": str(ids(1))},
}
ONE = {
    "Products": f"Products({ids(1)})",
    "Categories": "Categories(1)",
    "Tags": "Tags('a')",
    "Reviews": "Reviews(1)",
    "Shelves": f"Shelves(ProductID={ids(1)},Place='A')",
}
GONE = {"Products": f"Products({ids(70)})", "Categories": "Categories(70)"}
CHANGE = {"Products": {"Number": 1, "Rating": 1}, "Categories": {"NameEn": "x"}}
NESTED = {
    "Products": {"Reviews": [{"Stars": 1}]},
    "Categories": {"Products": [{"Number": 60}]},
    "Reviews": {"Product": {"Number": 60}},
}
SHAPES = {
    "ExpandSupported": "$expand=*",
    "SelectSupported": "$select=*",
    "ComputeSupported": "$compute=1%20as%20One",
    "FilterSupported": "$filter=true",
    "SearchSupported": "$search=x",
    "SortSupported": "$orderby=@o&@o=1",
}
# Term/property: the request and the status when it is true. {set}, {one} and {gone} are of the set that is annotated.
OF_SETS: dict[str, tuple[str, int]] = {
    "InsertRestrictions/Insertable": ("POST {set}", 201),
    "UpdateRestrictions/Updatable": ("PATCH {one}", 204),
    "UpdateRestrictions/Upsertable": ("PATCH {gone}", 201),
    "UpdateRestrictions/DeltaUpdateSupported": ("PATCH {set}", 200),
    "UpdateRestrictions/FilterSegmentSupported": ("PATCH {set}/$filter(true)/$each", 200),
    "DeleteRestrictions/Deletable": ("DELETE {one}", 204),
    "DeleteRestrictions/FilterSegmentSupported": ("DELETE {set}/$filter(true)/$each", 204),
    "DeepInsertSupport/Supported": ("POST {set} nested", 201),
    "DeepUpdateSupport/Supported": ("PATCH {one} nested", 204),
    "FilterRestrictions/Filterable": ("GET {set}?$filter=true", 200),
    "SortRestrictions/Sortable": ("GET {set}?$orderby=1%20add%201%20desc", 200),
    "SearchRestrictions/Searchable": ("GET {set}?$search=x", 200),
    "ExpandRestrictions/Expandable": ("GET {set}?$expand=*", 200),
    "ExpandRestrictions/StreamsExpandable": ("GET {set}?$expand=$value", 200),
    "SelectSupport/Supported": ("GET {set}?$select=*", 200),
    "SelectSupport/InstanceAnnotationsSupported": ("GET {set}?$select=@Core.Description", 200),
    "ComputeSupported": ("GET {set}?$compute=1%20as%20One&$select=One", 200),
    "TopSupported": ("GET {set}?$top=1", 200),
    "SkipSupported": ("GET {set}?$skip=1", 200),
    "CountRestrictions/Countable": ("GET {set}?$count=true", 200),
    "IndexableByKey": ("GET {one}", 200),
    "ChangeTracking/Supported": ("GET {set}?$deltatoken=x", 200),
}
OF_SETS |= {f"InsertRestrictions/QueryOptions/{name}": (f"POST {{set}}?{query}", 201) for name, query in SHAPES.items()}
OF_SETS |= {
    f"UpdateRestrictions/QueryOptions/{name}": (f"PATCH {{one}}?{query}", 200) for name, query in SHAPES.items()
}
# A computed property asks for no representation by itself.
OF_SETS["UpdateRestrictions/QueryOptions/ComputeSupported"] = ("PATCH {one}?$compute=1%20as%20One&$select=One", 200)
OF_SERVICE = {
    "CrossJoinSupported": ("GET $crossjoin(Products,Tags)", 200),
    "KeyAsSegmentSupported": ("GET Categories/1", 200),
    "QuerySegmentSupported": ("POST Tags/$query", 200),
    "AnnotationValuesInQuerySupported": ("GET Tags?$filter=@Core.Description%20eq%20'x'", 200),
}
# Tried by tests of their own.
ELSEWHERE = {"AsynchronousRequestsSupported", "BatchContinueOnErrorSupported", "BatchSupported"}


def flags(annotations: dict[str, Any], path: str = "") -> Iterator[tuple[str, bool]]:
    """The Boolean values of the annotations, by path."""
    for name, value in annotations.items():
        name = name.removeprefix(CAPABILITIES)
        if isinstance(value, bool):
            yield path + name, value
        elif isinstance(value, dict):
            yield from flags(value, f"{path}{name}/")


def declared(shop: Shop, name: str = "") -> dict[str, Any]:
    """The capabilities of a set, or of the service."""
    container = shop.json("$metadata?$format=json")["Shop"]["Container"]
    members = container[name] if name else container
    return {term: value for term, value in members.items() if term.startswith(CAPABILITIES)}


def status_of(shop: Shop, request: str, content: Any = None) -> int:
    """The status of a request whose effects are undone; a refusal is an OData error."""
    with transaction.atomic():
        method, path = request.split(" ")[:2]
        response = shop.send(method, path, content if method in ("POST", "PATCH", "PUT") else None)
        transaction.set_rollback(True)
    if response.status_code >= 400:
        assert json.loads(response.content)["error"]["message"]
    return response.status_code


@pytest.fixture
def stocked(filled: Shop) -> Shop:
    """The shop with a full shelf."""
    Shelf.objects.create(product_id=ids(1), place="A", amount=3)
    return filled


@pytest.mark.parametrize("name", list(ONE))
def test_what_is_declared_for_a_set(stocked: Shop, name: str) -> None:
    wrong, tried = {}, set()
    for path, promised in flags({k: v for k, v in declared(stocked, name).items() if "Navigation" not in k}):
        pattern, status = OF_SETS[path]
        request = pattern.format(set=name, one=ONE[name], gone=GONE.get(name, ONE[name] + "x"))
        content = NEW.get(name, {}) if request.startswith("POST") else CHANGE.get(name, {})
        if path.endswith("Upsertable"):
            content = NEW.get(name, {})
        if request.endswith(" nested"):
            content = content | NESTED.get(name, {})
        found = status_of(stocked, request, content)
        if found != status if promised else found not in (400, 404, 405, 501):
            wrong[path] = (promised, request, found)
        tried.add(path)
    assert not wrong, wrong
    assert {path for path in OF_SETS if "QueryOptions" not in path} <= tried


def test_what_is_declared_for_the_service(stocked: Shop) -> None:
    found = {}
    for path, promised in flags(declared(stocked)):
        if path in ELSEWHERE or path.startswith("BatchSupport/"):
            continue
        request, status = OF_SERVICE[path]
        found[path] = status_of(stocked, request) in ((status,) if promised else (400, 405, 501))
    assert found == dict.fromkeys(OF_SERVICE, True)
    response = stocked.get("Tags", Prefer="respond-async")
    assert (response.status_code, "Preference-Applied" in response.headers) == (200, False)


def test_what_is_declared_for_batches(stocked: Shop) -> None:
    """Each feature in one batch of its own."""
    support = declared(stocked)[CAPABILITIES + "BatchSupport"]
    new, error = {"id": "1", "method": "POST", "url": "Categories", "body": NEW["Categories"]}, {"url": "Nothing"}
    get = {"id": "2", "method": "GET", "url": "Tags", "dependsOn": ["1"]}
    bound = {"id": "2", "method": "POST", "url": "Products", "body": {"Number": 50, "Category@odata.bind": "$1"}}
    batches: dict[str, tuple[list[dict[str, Any]], list[int]]] = {
        "Supported": ([new], [201]),
        "ContinueOnErrorSupported": ([{"id": "0", "method": "GET"} | error, new], [404, 201]),
        "ReferencesInRequestBodiesSupported": ([new, bound], [201, 201]),
        "ReferencesAcrossChangeSetsSupported": (
            [new | {"atomicityGroup": "a"}, bound | {"atomicityGroup": "b", "dependsOn": ["a"]}],
            [201, 201],
        ),
        "EtagReferencesSupported": (
            [
                {"id": "1", "method": "GET", "url": ONE["Products"]},
                {"id": "2", "method": "DELETE", "url": ONE["Products"], "headers": {"If-Match": "$1"}},
            ],
            [200, 204],
        ),
        "RequestDependencyConditionsSupported": ([new, get | {"if": "$1/$succeeded"}], [201, 424]),
    }
    assert {name for name, value in support.items() if isinstance(value, bool)} == batches.keys()
    assert [name for name in batches if not support[name]] == ["RequestDependencyConditionsSupported"]
    for name, (requests, statuses) in batches.items():
        with transaction.atomic():
            answer = stocked.send("POST", "$batch", {"requests": requests}, Prefer="continue-on-error").json()
            transaction.set_rollback(True)
        assert [each["status"] for each in answer["responses"]] == statuses, name


@pytest.mark.parametrize("name", list(ONE))
def test_what_is_declared_for_relations(stocked: Shop, name: str) -> None:
    restrictions = declared(stocked, name).get(CAPABILITIES + "NavigationRestrictions", {"RestrictedProperties": []})
    wrong = {}
    for each in restrictions["RestrictedProperties"]:
        address = f"{ONE[name]}/{each['NavigationProperty']}"
        target = stocked.json("$metadata?$format=json")["Shop"]["Container"][name]["$NavigationPropertyBinding"]
        content = NEW.get(target[each["NavigationProperty"]], {})
        if "InsertRestrictions" in each:
            promised = each["InsertRestrictions"]["Insertable"]
            content = {name: value for name, value in content.items() if not name.endswith("ProductID")}
            found = status_of(stocked, f"POST {address}", content)
            is_kept = found == 201 if promised else found in (405, 501)
        else:
            promised = each["UpdateRestrictions"]["Updatable"]
            found = status_of(stocked, f"PATCH {address}", {})
            # Without a related entity there is nothing to change.
            is_kept = found in (204, 404) if promised else found == 405
        if not is_kept:
            wrong[address] = (promised, found)
    assert not wrong, wrong


@pytest.mark.parametrize("name", ["Products", "Categories", "Reviews"])
def test_properties_that_cannot_be_written_or_must_be(stocked: Shop, name: str) -> None:
    terms = declared(stocked, name)
    inserts = terms[CAPABILITIES + "InsertRestrictions"]
    for required in inserts["RequiredProperties"]:
        content = {key: value for key, value in NEW[name].items() if key != required}
        assert status_of(stocked, f"POST {name}", content) == 400, required
    for ignored in inserts["NonInsertableProperties"]:
        assert status_of(stocked, f"POST {name}", NEW[name] | {ignored: ["whatever"]}) == 201, ignored
    for relation in inserts["NonInsertableNavigationProperties"]:
        assert status_of(stocked, f"POST {name}", NEW[name] | {f"{relation}@odata.bind": "Tags('a')"}) in (400, 501)
    updates = terms[CAPABILITIES + "UpdateRestrictions"]
    for ignored in updates.get("NonUpdatableProperties", ()):
        assert status_of(stocked, f"PATCH {ONE[name]}", CHANGE[name] | {ignored: ["whatever"]}) == 204, ignored
        assert status_of(stocked, f"PUT {ONE[name]}/{ignored}", {"value": 1}) == 405, ignored
    for relation in updates.get("NonUpdatableNavigationProperties", ()):
        assert status_of(stocked, f"PUT {ONE[name]}/{relation}/$ref", {"@id": "Tags('a')"}) in (400, 405, 501), relation
    for method in ("PATCH", "PUT"):
        promised = method in updates.get("UpdateMethod", "").split(",")
        assert (status_of(stocked, f"{method} {ONE[name]}", CHANGE.get(name, {})) == 204) is promised, method
