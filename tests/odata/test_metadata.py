"""The metadata document: the same in both forms, and true. tests/clients/test_schemas.py has it validated by the OASIS
schemas.
"""

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db.models import QuerySet

from feedback.odata import Access, Declaration, DeclarationError, EntitySet, EntityType, Navigation, Property, edm
from feedback.odata.csdl_json import csdl_json
from feedback.odata.csdl_xml import csdl_xml
from tests.odata.conftest import Shop
from tests.odata.shop.declaration import COLOR, SHOP, of
from tests.odata.shop.models import Tag

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


# ---- both forms say the same ----


def json_of(xml: str) -> dict[str, Any]:
    """The JSON form of an XML document, as OData CSDL JSON 4.01 describes each element."""
    root = ElementTree.fromstring(xml)  # noqa: S314 - our own document
    source = root.find(f".//{EDM}Schema")
    assert source is not None
    namespace = source.attrib["Namespace"]
    references = {}
    for reference in root.iter("{http://docs.oasis-open.org/odata/ns/edmx}Reference"):
        includes = [{"$Namespace": each.attrib["Namespace"]} for each in reference]
        references[reference.attrib["Uri"].replace(".xml", ".json")] = {"$Include": includes}
    container = source.find(f"{EDM}EntityContainer")
    assert container is not None
    members = {each.attrib["Name"]: _enumeration(each) for each in source.iter(f"{EDM}EnumType")}
    members |= {each.attrib["Name"]: _type(each) for each in source.iter(f"{EDM}EntityType")}
    members[container.attrib["Name"]] = _container(container)
    return {
        "$Version": root.attrib["Version"],
        "$EntityContainer": f"{namespace}.{container.attrib['Name']}",
        "$Reference": references,
        namespace: members,
    }


def _enumeration(element: ElementTree.Element) -> dict[str, Any]:
    flags = {"$IsFlags": True} if element.attrib.get("IsFlags") == "true" else {}
    return {"$Kind": "EnumType"} | flags | {each.attrib["Name"]: int(each.attrib["Value"]) for each in element}


def _type(element: ElementTree.Element) -> dict[str, Any]:
    keys = [each.attrib["Name"] for each in element.iter(f"{EDM}PropertyRef")]
    members: dict[str, Any] = {"$Kind": "EntityType", "$Key": keys}
    for each in element:
        if each.tag in (f"{EDM}Property", f"{EDM}NavigationProperty"):
            members[each.attrib["Name"]] = _property(each)
    return members | _annotations(element)


def _property(element: ElementTree.Element) -> dict[str, Any]:
    attributes = dict(element.attrib)
    del attributes["Name"]
    kind = attributes.pop("Type")
    members: dict[str, Any] = {"$Kind": "NavigationProperty"} if element.tag.endswith("}NavigationProperty") else {}
    is_collection = kind.startswith("Collection(")
    if kind != "Edm.String":
        members["$Type"] = kind.removeprefix("Collection(").removesuffix(")")
    if is_collection:
        members["$Collection"] = True
    elif attributes.pop("Nullable", "true") == "true":
        members["$Nullable"] = True
    members |= {f"${name}": int(value) if value.isdigit() else value for name, value in attributes.items()}
    constraints = {
        each.attrib["Property"]: each.attrib["ReferencedProperty"]
        for each in element.iter(f"{EDM}ReferentialConstraint")
    }
    return members | ({"$ReferentialConstraint": constraints} if constraints else {}) | _annotations(element)


def _container(element: ElementTree.Element) -> dict[str, Any]:
    members: dict[str, Any] = {"$Kind": "EntityContainer"}
    for each in element.iter(f"{EDM}EntitySet"):
        own: dict[str, Any] = {"$Collection": True, "$Type": each.attrib["EntityType"]}
        bindings = {one.attrib["Path"]: one.attrib["Target"] for one in each.iter(f"{EDM}NavigationPropertyBinding")}
        members[each.attrib["Name"]] = (
            own | ({"$NavigationPropertyBinding": bindings} if bindings else {}) | _annotations(each)
        )
    return members | _annotations(element)


def _annotations(element: ElementTree.Element) -> dict[str, Any]:
    return {f"@{each.attrib['Term']}": _value(each) for each in element.findall(f"{EDM}Annotation")}


def _value(element: ElementTree.Element) -> Any:
    readers: dict[str, Callable[[str], Any]] = {
        "Bool": lambda text: text == "true",
        "EnumMember": lambda text: ",".join(member.rpartition("/")[2] for member in text.split()),
        "String": str,
        "PropertyPath": str,
        "NavigationPropertyPath": str,
    }
    for name, read in readers.items():
        if name in element.attrib:
            return read(element.attrib[name])
    return _child(element[0])


def _child(element: ElementTree.Element) -> Any:
    match element.tag.removeprefix(EDM):
        case "Collection":
            return [_child(each) for each in element]
        case "Record":
            return {each.attrib["Property"]: _value(each) for each in element}
    return element.text


@pytest.mark.parametrize("version", ["4.0", "4.01"])
def test_both_forms_say_the_same(version: str) -> None:
    assert json_of(csdl_xml(SHOP, version)) == json.loads(csdl_json(SHOP, version))


# ---- over HTTP ----


@pytest.mark.django_db
def test_xml_unless_json_is_asked_for(shop: Shop) -> None:
    for headers, query, expected in (
        ({}, "", "xml"),
        ({"Accept": "*/*"}, "", "xml"),
        ({"Accept": "application/xml"}, "", "xml"),
        ({"Accept": "application/json"}, "", "json"),
        ({"Accept": "application/json;q=0.5,application/xml"}, "", "xml"),
        ({"Accept": "application/json"}, "?$format=xml", "xml"),
        ({}, "?$format=json", "json"),
        ({}, "?$format=application/json", "json"),
    ):
        response = shop.get(f"$metadata{query}", **headers)
        assert response.headers["Content-Type"] == f"application/{expected}", (headers, query)
    assert shop.get("$metadata", Accept="image/png").status_code == 406


@pytest.mark.django_db
def test_the_version_is_the_one_that_is_spoken(shop: Shop) -> None:
    assert 'Version="4.0"' in shop.get("$metadata").content.decode()
    assert 'Version="4.01"' in shop.get("$metadata", **{"OData-MaxVersion": "4.01"}).content.decode()
    assert (
        "4.01"
        in json.loads(shop.get("$metadata?$format=json").content)["Shop"]["Container"][
            "@Org.OData.Core.V1.ODataVersions"
        ]
    )


# ---- declarations that contradict themselves ----

PLAIN = of("A", edm.INT32, "id", nullable=False)


def nothing(context: Any) -> QuerySet[Tag]:
    """No rows at all."""
    return Tag.objects.none()


def kind(**more: Any) -> EntityType:
    """A type with one property."""
    return EntityType(**({"name": "T", "key": ("A",), "properties": (PLAIN,)} | more))


@pytest.mark.parametrize(
    "declare",
    [
        lambda: of("a b", edm.INT32, "x"),
        lambda: Property(name="A", type=edm.INT32),
        lambda: Property(name="A", type=edm.INT32, path="x", expression=lambda context, prefix: None),  # type: ignore[arg-type, return-value]
        lambda: Property(name="A", type=edm.STRING, path="x"),
        lambda: Property(name="A", type=edm.DECIMAL, path="x", precision=3),
        lambda: Navigation(name="N", target="S"),
        lambda: Navigation(name="N", target="S", path="x", collection=True),
        lambda: Navigation(name="N", target="S", back="x", collection=True, foreign_key=(("A", "A"),)),
        lambda: kind(key=("B",)),
        lambda: kind(key=()),
        lambda: kind(properties=(PLAIN, of("a", edm.INT32, "x"))),
        lambda: kind(properties=(of("A", edm.INT32, "id"),)),
        lambda: kind(navigation=(Navigation(name="N", target="S", path="x", foreign_key=(("B", "A"),)),)),
        lambda: EntitySet(name="S", type=kind(), queryset=nothing, upsert=True),
        lambda: EntitySet(name="S", type=kind(), queryset=nothing, replace=True),
        lambda: EntitySet(name="S", type=kind(), queryset=nothing, insert_many=lambda writes: []),
        lambda: Declaration(namespace="N.1", sets=()),
        lambda: Declaration(
            namespace="N",
            sets=(EntitySet(name="S", type=kind(properties=(PLAIN, of("E", COLOR, "x"))), queryset=nothing),),
        ),
        lambda: Declaration(namespace="N", sets=(EntitySet(name="S", type=kind(), queryset=nothing),) * 2),
        lambda: Declaration(
            namespace="N",
            sets=(
                EntitySet(
                    name="S", type=kind(navigation=(Navigation(name="N", target="X", path="x"),)), queryset=nothing
                ),
            ),
        ),
        lambda: Declaration(
            namespace="N",
            sets=(
                EntitySet(
                    name="S",
                    type=kind(navigation=(Navigation(name="N", target="S", path="x", partner="P"),)),
                    queryset=nothing,
                ),
            ),
        ),
    ],
)
def test_a_wrong_declaration_fails_when_it_is_made(declare: Callable[[], Any]) -> None:
    with pytest.raises(DeclarationError):
        declare()


def test_access_says_who_may_write() -> None:
    immutable = of("A", edm.INT32, "x", access=Access.INSERTABLE)
    assert (immutable.is_insertable, immutable.is_updatable, immutable.is_required) == (True, False, False)
