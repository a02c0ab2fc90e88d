"""The metadata document as XML (OData CSDL XML 4.01), written for 4.0 unless the client speaks 4.01."""

from typing import Any
from xml.etree import ElementTree

from feedback.odata.capabilities import (
    CAPABILITIES,
    CORE,
    Annotations,
    Enum,
    Path,
    container_annotations,
    property_annotations,
    set_annotations,
    type_annotations,
)
from feedback.odata.edm import EnumType
from feedback.odata.model import Declaration, EntityType, Navigation, Property

EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"
VOCABULARIES = {
    CORE: f"https://oasis-tcs.github.io/odata-vocabularies/vocabularies/{CORE}.xml",
    CAPABILITIES: f"https://oasis-tcs.github.io/odata-vocabularies/vocabularies/{CAPABILITIES}.xml",
}

Element = ElementTree.Element


def csdl_xml(declaration: Declaration, version: str) -> str:
    """Give the whole document."""
    root = Element("edmx:Edmx", {"xmlns:edmx": EDMX, "Version": version})
    for namespace, address in VOCABULARIES.items():
        reference = ElementTree.SubElement(root, "edmx:Reference", {"Uri": address})
        ElementTree.SubElement(reference, "edmx:Include", {"Namespace": namespace})
    services = ElementTree.SubElement(root, "edmx:DataServices")
    schema = ElementTree.SubElement(services, "Schema", {"xmlns": EDM, "Namespace": declaration.namespace})
    for enumeration in declaration.enumerations.values():
        _enumeration(schema, enumeration)
    for entity_type in declaration.types:
        _entity_type(schema, declaration, entity_type)
    _container(schema, declaration)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _enumeration(schema: Element, enumeration: EnumType) -> None:
    attributes = {"Name": enumeration.simple_name} | ({"IsFlags": "true"} if enumeration.is_flags else {})
    element = ElementTree.SubElement(schema, "EnumType", attributes)
    for name, value in enumeration.members.items():
        ElementTree.SubElement(element, "Member", {"Name": name, "Value": str(value)})


def _entity_type(schema: Element, declaration: Declaration, entity_type: EntityType) -> None:
    element = ElementTree.SubElement(schema, "EntityType", {"Name": entity_type.name})
    key = ElementTree.SubElement(element, "Key")
    for name in entity_type.key:
        ElementTree.SubElement(key, "PropertyRef", {"Name": name})
    for declared in entity_type.properties:
        own = ElementTree.SubElement(element, "Property", _facets(declared))
        _annotate(own, property_annotations(declared))
    for navigation in entity_type.navigation:
        _navigation(element, declaration, navigation)
    _annotate(element, type_annotations(entity_type))


def _facets(declared: Property) -> dict[str, str]:
    facets = {"Name": declared.name, "Type": declared.type.name}
    if not declared.nullable:
        facets["Nullable"] = "false"
    for name, value in (
        ("MaxLength", declared.max_length),
        ("Precision", declared.precision),
        ("Scale", declared.scale),
    ):
        if value is not None:
            facets[name] = str(value)
    return facets


def _navigation(parent: Element, declaration: Declaration, navigation: Navigation) -> None:
    name = declaration.qualified(declaration.target(navigation).type)
    attributes = {"Name": navigation.name, "Type": f"Collection({name})" if navigation.collection else name}
    if not navigation.collection and not navigation.nullable:
        attributes["Nullable"] = "false"
    if navigation.partner:
        attributes["Partner"] = navigation.partner
    element = ElementTree.SubElement(parent, "NavigationProperty", attributes)
    for own, other in navigation.foreign_key:
        ElementTree.SubElement(element, "ReferentialConstraint", {"Property": own, "ReferencedProperty": other})


def _container(schema: Element, declaration: Declaration) -> None:
    container = ElementTree.SubElement(schema, "EntityContainer", {"Name": declaration.container})
    for each in declaration.sets:
        attributes = {"Name": each.name, "EntityType": declaration.qualified(each.type)}
        element = ElementTree.SubElement(container, "EntitySet", attributes)
        for navigation in each.type.navigation:
            binding = {"Path": navigation.name, "Target": navigation.target}
            ElementTree.SubElement(element, "NavigationPropertyBinding", binding)
        _annotate(element, set_annotations(declaration, each))
    _annotate(container, container_annotations(declaration))


# ---- annotations ----


def _annotate(parent: Element, annotations: Annotations) -> None:
    for term, value in annotations.items():
        element = ElementTree.SubElement(parent, "Annotation", {"Term": term})
        _value(element, value)


def _value(element: Element, value: Any) -> None:
    """Constants become attributes, records and collections child elements."""
    match value:
        case bool():
            element.set("Bool", "true" if value else "false")
        case int():
            element.set("Int", str(value))
        case str():
            element.set("String", value)
        case Path():
            element.set(value.kind, value.path)
        case Enum():
            element.set("EnumMember", " ".join(f"{value.type}/{member}" for member in value.members))
        case list():
            collection = ElementTree.SubElement(element, "Collection")
            for item in value:
                _item(collection, item)
        case dict():
            _record(element, value)


def _item(collection: Element, item: Any) -> None:
    match item:
        case dict():
            _record(collection, item)
        case Path():
            ElementTree.SubElement(collection, item.kind).text = item.path
        case _:
            ElementTree.SubElement(collection, "String").text = str(item)


def _record(parent: Element, record: dict[str, Any]) -> None:
    element = ElementTree.SubElement(parent, "Record")
    for name, value in record.items():
        _value(ElementTree.SubElement(element, "PropertyValue", {"Property": name}), value)
