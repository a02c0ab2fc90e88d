"""Annotations that the declaration implies, as plain data for both forms of the metadata.

Terms of the OASIS vocabularies Org.OData.Core.V1, Org.OData.Capabilities.V1 and Org.OData.Validation.V1. A record is
a dict, a collection a list, an enumeration member an `Enum`, a path a `Path`.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any

from feedback.odata.functions import FUNCTIONS
from feedback.odata.model import Access, Declaration, EntitySet, EntityType, Navigation, Property

CORE = "Org.OData.Core.V1"
CAPABILITIES = "Org.OData.Capabilities.V1"

Annotations = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Enum:
    """Members of an enumeration type, several where it has flags."""

    type: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """The path of a property or navigation property; `kind` as in CSDL XML."""

    kind: str
    path: str


def container_annotations(declaration: Declaration) -> Annotations:
    """What holds for the whole service."""
    annotations: Annotations = {
        f"{CORE}.ODataVersions": "4.01",
        f"{CORE}.LongDescription": _NOT_SERVED,
        f"{CAPABILITIES}.ConformanceLevel": Enum(f"{CAPABILITIES}.ConformanceLevelType", ("Advanced",)),
        f"{CAPABILITIES}.SupportedFormats": [
            "application/json;odata.metadata=minimal;IEEE754Compatible=false",
            "application/json;odata.metadata=full;IEEE754Compatible=true",
            "application/json;odata.metadata=none",
        ],
        f"{CAPABILITIES}.SupportedMetadataFormats": ["application/xml", "application/json"],
        f"{CAPABILITIES}.AsynchronousRequestsSupported": False,
        f"{CAPABILITIES}.BatchContinueOnErrorSupported": True,
        f"{CAPABILITIES}.BatchSupported": True,
        f"{CAPABILITIES}.BatchSupport": {
            "Supported": True,
            "ContinueOnErrorSupported": True,
            "ReferencesInRequestBodiesSupported": True,
            "ReferencesAcrossChangeSetsSupported": True,
            "EtagReferencesSupported": True,
            "RequestDependencyConditionsSupported": False,
            "SupportedFormats": ["multipart/mixed", "application/json"],
        },
        f"{CAPABILITIES}.CrossJoinSupported": False,
        f"{CAPABILITIES}.KeyAsSegmentSupported": True,
        f"{CAPABILITIES}.QuerySegmentSupported": True,
        f"{CAPABILITIES}.AnnotationValuesInQuerySupported": False,
        f"{CAPABILITIES}.FilterFunctions": sorted(FUNCTIONS),
    }
    if declaration.custom_options:
        annotations[f"{CAPABILITIES}.CustomQueryOptions"] = [
            {"Name": name, "Required": False} for name in declaration.custom_options
        ]
    if declaration.description:
        annotations[f"{CORE}.Description"] = declaration.description
    return annotations


# What the vocabularies have no term for, or one whose absence alone says no (IsolationSupported, CallbackSupported,
# Aggregation.ApplySupported).
_NOT_SERVED = (
    "Answered 501: $apply, $index, $deltatoken, $all, $each, $root, $levels=max, casts to other types, "
    "annotations in $select and in expressions, hassubset, hassubsequence, matchesPattern, geo functions. "
    "Answered 412: Isolation. Not applied: the preferences respond-async, callback, track-changes, "
    "allow-entityreferences and include-annotations."
)
_SHAPE = {
    "ExpandSupported": True,
    "SelectSupported": True,
    "ComputeSupported": True,
    "FilterSupported": False,
    "SearchSupported": False,
    "SortSupported": False,
}


def set_annotations(declaration: Declaration, entity_set: EntitySet) -> Annotations:
    """What is allowed on one set, and what is not."""
    annotations: Annotations = {
        f"{CAPABILITIES}.InsertRestrictions": _insert_restrictions(entity_set),
        f"{CAPABILITIES}.UpdateRestrictions": _update_restrictions(entity_set),
        f"{CAPABILITIES}.DeleteRestrictions": {
            "Deletable": entity_set.delete is not None,
            "FilterSegmentSupported": False,
        },
        f"{CAPABILITIES}.DeepInsertSupport": {"Supported": False},
        f"{CAPABILITIES}.DeepUpdateSupport": {"Supported": False},
        f"{CAPABILITIES}.FilterRestrictions": {"Filterable": True},
        f"{CAPABILITIES}.SortRestrictions": {"Sortable": True},
        f"{CAPABILITIES}.SearchRestrictions": {"Searchable": entity_set.search is not None},
        f"{CAPABILITIES}.ExpandRestrictions": {
            "Expandable": bool(entity_set.type.navigation),
            "StreamsExpandable": False,
        },
        f"{CAPABILITIES}.SelectSupport": {"Supported": True, "InstanceAnnotationsSupported": False},
        f"{CAPABILITIES}.ComputeSupported": True,
        f"{CAPABILITIES}.TopSupported": True,
        f"{CAPABILITIES}.SkipSupported": True,
        f"{CAPABILITIES}.CountRestrictions": {"Countable": True},
        f"{CAPABILITIES}.IndexableByKey": True,
        f"{CAPABILITIES}.ChangeTracking": {"Supported": False},
    }
    if entity_set.type.navigation:
        annotations[f"{CAPABILITIES}.NavigationRestrictions"] = {
            "RestrictedProperties": [_navigation_restriction(declaration, each) for each in entity_set.type.navigation]
        }
    if entity_set.etag is not None:
        annotations[f"{CORE}.OptimisticConcurrency"] = []  # which properties count is not told
    if entity_set.description:
        annotations[f"{CORE}.Description"] = entity_set.description
    return annotations


def _insert_restrictions(entity_set: EntitySet) -> dict[str, Any]:
    if entity_set.insert is None:
        return {"Insertable": False}
    properties, navigation = entity_set.type.properties, entity_set.type.navigation
    free = {each.name for each in properties if each.is_insertable}
    return {
        "Insertable": True,
        "NonInsertableProperties": _paths(each.name for each in properties if not each.is_insertable),
        "NonInsertableNavigationProperties": [
            Path("NavigationPropertyPath", each.name) for each in navigation if not _is_bound_by(each, free)
        ],
        "RequiredProperties": _paths(each.name for each in properties if each.is_required),
        "QueryOptions": dict(_SHAPE),
    }


def _update_restrictions(entity_set: EntitySet) -> dict[str, Any]:
    restrictions: dict[str, Any] = {
        "Updatable": entity_set.update is not None,
        "Upsertable": entity_set.upsert,
        "DeltaUpdateSupported": False,
        "FilterSegmentSupported": False,
    }
    if entity_set.update is None:
        return restrictions
    properties, navigation = entity_set.type.properties, entity_set.type.navigation
    free = {each.name for each in properties if each.is_updatable}
    methods = ("PATCH", "PUT") if entity_set.replace else ("PATCH",)
    return restrictions | {
        "UpdateMethod": Enum(f"{CAPABILITIES}.HttpMethod", methods),
        "NonUpdatableProperties": _paths(each.name for each in properties if not each.is_updatable),
        "NonUpdatableNavigationProperties": [
            Path("NavigationPropertyPath", each.name) for each in navigation if not _is_bound_by(each, free)
        ],
        "QueryOptions": dict(_SHAPE),
    }


def _is_bound_by(navigation: Navigation, free: Container[str]) -> bool:
    """Whether `Nav@odata.bind` in a body is understood: it sets the foreign key."""
    return bool(navigation.foreign_key) and all(own in free for own, _other in navigation.foreign_key)


def _navigation_restriction(declaration: Declaration, navigation: Navigation) -> dict[str, Any]:
    """What may be done at the address of a relation: inserting there needs a foreign key that leads back."""
    target = declaration.target(navigation)
    partner = target.type.navigation_by_name.get(navigation.partner)
    restriction = {"NavigationProperty": Path("NavigationPropertyPath", navigation.name)}
    if not navigation.collection:
        return restriction | {"UpdateRestrictions": {"Updatable": target.update is not None}}
    is_insertable = target.insert is not None and partner is not None and bool(partner.foreign_key)
    return restriction | {"InsertRestrictions": {"Insertable": is_insertable}}


def _paths(names: Iterable[str]) -> list[Path]:
    return [Path("PropertyPath", name) for name in names]


def type_annotations(entity_type: EntityType) -> Annotations:
    """Alternate keys and the description."""
    annotations: Annotations = {}
    if entity_type.alternate_keys:
        annotations[f"{CORE}.AlternateKeys"] = [
            {"Key": [{"Name": Path("PropertyPath", name), "Alias": name} for name in key]}
            for key in entity_type.alternate_keys
        ]
    if entity_type.description:
        annotations[f"{CORE}.Description"] = entity_type.description
    return annotations


def property_annotations(declared: Property) -> Annotations:
    """Who may write it, and the description."""
    annotations: Annotations = {}
    if declared.access is Access.COMPUTED:
        annotations[f"{CORE}.Computed"] = True
    if declared.access is Access.INSERTABLE:
        annotations[f"{CORE}.Immutable"] = True
    if declared.access is Access.READ_ONLY:
        annotations[f"{CORE}.Permissions"] = Enum(f"{CORE}.Permission", ("Read",))
    if declared.description:
        annotations[f"{CORE}.Description"] = declared.description
    return annotations
