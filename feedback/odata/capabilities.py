"""Annotations that the declaration implies, as plain data for both forms of the metadata.

Terms of the OASIS vocabularies Org.OData.Core.V1, Org.OData.Capabilities.V1 and Org.OData.Validation.V1. A record is
a dict, a collection a list, an enumeration member an `Enum`, a path a `Path`.
"""

from dataclasses import dataclass
from typing import Any

from feedback.odata.functions import FUNCTIONS
from feedback.odata.model import Access, Declaration, EntitySet, EntityType, Property

CORE = "Org.OData.Core.V1"
CAPABILITIES = "Org.OData.Capabilities.V1"

Annotations = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Enum:
    """A member of an enumeration type."""

    type: str
    member: str


@dataclass(frozen=True, slots=True)
class Path:
    """The path of a property or navigation property; `kind` as in CSDL XML."""

    kind: str
    path: str


def container_annotations(declaration: Declaration) -> Annotations:
    """What holds for the whole service."""
    annotations: Annotations = {
        f"{CORE}.ODataVersions": "4.01",
        f"{CAPABILITIES}.ConformanceLevel": Enum(f"{CAPABILITIES}.ConformanceLevelType", "Advanced"),
        f"{CAPABILITIES}.SupportedFormats": [
            "application/json;odata.metadata=minimal;IEEE754Compatible=false",
            "application/json;odata.metadata=full;IEEE754Compatible=true",
            "application/json;odata.metadata=none",
        ],
        f"{CAPABILITIES}.AsynchronousRequestsSupported": False,
        f"{CAPABILITIES}.BatchContinueOnErrorSupported": True,
        f"{CAPABILITIES}.BatchSupported": True,
        f"{CAPABILITIES}.CrossJoinSupported": False,
        f"{CAPABILITIES}.KeyAsSegmentSupported": True,
        f"{CAPABILITIES}.QuerySegmentSupported": True,
        f"{CAPABILITIES}.FilterFunctions": sorted(FUNCTIONS),
    }
    if declaration.custom_options:
        annotations[f"{CAPABILITIES}.CustomQueryOptions"] = [
            {"Name": name, "Required": False} for name in declaration.custom_options
        ]
    if declaration.description:
        annotations[f"{CORE}.Description"] = declaration.description
    return annotations


def set_annotations(entity_set: EntitySet) -> Annotations:
    """What is allowed on one set, and what is not."""
    annotations: Annotations = {
        f"{CAPABILITIES}.InsertRestrictions": {"Insertable": entity_set.insert is not None},
        f"{CAPABILITIES}.UpdateRestrictions": {
            "Updatable": entity_set.update is not None,
            "Upsertable": entity_set.upsert,
        },
        f"{CAPABILITIES}.DeleteRestrictions": {"Deletable": entity_set.delete is not None},
        f"{CAPABILITIES}.SearchRestrictions": {"Searchable": entity_set.search is not None},
        f"{CAPABILITIES}.TopSupported": True,
        f"{CAPABILITIES}.SkipSupported": True,
        f"{CAPABILITIES}.ComputeSupported": True,
        f"{CAPABILITIES}.IndexableByKey": True,
        f"{CAPABILITIES}.CountRestrictions": {"Countable": True},
        f"{CAPABILITIES}.ChangeTracking": {"Supported": False},
    }
    if entity_set.insert is not None:
        required = [each.name for each in entity_set.type.properties if each.is_required]
        fixed = [each.name for each in entity_set.type.properties if not each.is_insertable]
        annotations[f"{CAPABILITIES}.InsertRestrictions"] |= {
            "NonInsertableProperties": [Path("PropertyPath", name) for name in fixed],
            "RequiredProperties": [Path("PropertyPath", name) for name in required],
        }
        annotations[f"{CAPABILITIES}.DeepInsertSupport"] = {"Supported": False}
    if entity_set.update is not None:
        fixed = [each.name for each in entity_set.type.properties if not each.is_updatable]
        annotations[f"{CAPABILITIES}.UpdateRestrictions"]["NonUpdatableProperties"] = [
            Path("PropertyPath", name) for name in fixed
        ]
        annotations[f"{CAPABILITIES}.DeepUpdateSupport"] = {"Supported": False}
    if entity_set.etag is not None:
        annotations[f"{CORE}.OptimisticConcurrency"] = []  # which properties count is not told
    if entity_set.description:
        annotations[f"{CORE}.Description"] = entity_set.description
    return annotations


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
        annotations[f"{CORE}.Permissions"] = Enum(f"{CORE}.Permission", "Read")
    if declared.description:
        annotations[f"{CORE}.Description"] = declared.description
    return annotations
