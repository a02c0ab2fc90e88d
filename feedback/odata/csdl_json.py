"""The metadata document as JSON (OData CSDL JSON 4.01): the same model and annotations as the XML form."""

import json
from typing import Any

from feedback.odata import edm
from feedback.odata.capabilities import (
    Annotations,
    Enum,
    Path,
    container_annotations,
    property_annotations,
    set_annotations,
    type_annotations,
)
from feedback.odata.csdl_xml import VOCABULARIES
from feedback.odata.model import Declaration, EntityType, Navigation, Property


def csdl_json(declaration: Declaration, version: str) -> str:
    """Give the whole document."""
    schema: dict[str, Any] = {each.simple_name: _enumeration(each) for each in declaration.enumerations.values()}
    schema |= {each.name: _entity_type(declaration, each) for each in declaration.types}
    schema[declaration.container] = _container(declaration)
    document = {
        "$Version": version,
        "$EntityContainer": f"{declaration.namespace}.{declaration.container}",
        "$Reference": {
            address.replace(".xml", ".json"): {"$Include": [{"$Namespace": namespace}]}
            for namespace, address in VOCABULARIES.items()
        },
        declaration.namespace: schema,
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _enumeration(enumeration: edm.EnumType) -> dict[str, Any]:
    flags = {"$IsFlags": True} if enumeration.is_flags else {}
    return {"$Kind": "EnumType"} | flags | dict(enumeration.members)


def _entity_type(declaration: Declaration, entity_type: EntityType) -> dict[str, Any]:
    members: dict[str, Any] = {"$Kind": "EntityType", "$Key": list(entity_type.key)}
    for declared in entity_type.properties:
        members[declared.name] = _property(declared)
    for navigation in entity_type.navigation:
        members[navigation.name] = _navigation(declaration, navigation)
    return members | _annotations(type_annotations(entity_type))


def _property(declared: Property) -> dict[str, Any]:
    members: dict[str, Any] = {}
    if declared.type is not edm.STRING:  # Edm.String is the default
        members["$Type"] = declared.type.name
    if declared.nullable:
        members["$Nullable"] = True
    for name, value in (
        ("MaxLength", declared.max_length),
        ("Precision", declared.precision),
        ("Scale", declared.scale),
    ):
        if value is not None:
            members[f"${name}"] = value
    return members | _annotations(property_annotations(declared))


def _navigation(declaration: Declaration, navigation: Navigation) -> dict[str, Any]:
    members: dict[str, Any] = {
        "$Kind": "NavigationProperty",
        "$Type": declaration.qualified(declaration.target(navigation).type),
    }
    if navigation.collection:
        members["$Collection"] = True
    elif navigation.nullable:
        members["$Nullable"] = True
    if navigation.partner:
        members["$Partner"] = navigation.partner
    if navigation.foreign_key:
        members["$ReferentialConstraint"] = dict(navigation.foreign_key)
    return members


def _container(declaration: Declaration) -> dict[str, Any]:
    members: dict[str, Any] = {"$Kind": "EntityContainer"}
    for each in declaration.sets:
        own: dict[str, Any] = {"$Collection": True, "$Type": declaration.qualified(each.type)}
        if each.type.navigation:
            own["$NavigationPropertyBinding"] = {one.name: one.target for one in each.type.navigation}
        members[each.name] = own | _annotations(set_annotations(declaration, each))
    return members | _annotations(container_annotations(declaration))


def _annotations(annotations: Annotations) -> dict[str, Any]:
    return {f"@{term}": _value(value) for term, value in annotations.items()}


def _value(value: Any) -> Any:
    match value:
        case Path():
            return value.path
        case Enum():
            return ",".join(value.members)
        case list():
            return [_value(item) for item in value]
        case dict():
            return {name: _value(item) for name, item in value.items()}
    return value
