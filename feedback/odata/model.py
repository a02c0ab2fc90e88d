"""Declaring what is served: types, sets, what is allowed, and the functions that read and write.

Everything is a frozen dataclass and checked when it is constructed: a wrong declaration fails at import, never in a
request. The docstring of the package shows a whole declaration. Source: OData CSDL 4.01, sections 6 to 8 and 13.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable

from feedback.odata import edm
from feedback.odata.context import Context, Write, Written
from feedback.odata.errors import ODataError

Name = str
T = TypeVar("T")
_NAME_LENGTH = 128


class DeclarationError(Exception):
    """The declaration contradicts itself; raised while it is constructed."""


class Access(StrEnum):
    """Who may give a property its value. What may not be written is ignored in bodies, whatever its value."""

    WRITABLE = "writable"  # when inserting and when updating
    INSERTABLE = "insertable"  # when inserting only (Core.Immutable)
    READ_ONLY = "read only"  # never by clients (Core.Permissions/Read)
    COMPUTED = "computed"  # by the service, from other values (Core.Computed)


def present(value: T | None) -> T:
    """Give back what has been checked to be there; anything else is a fault of this package."""
    if value is None:
        raise DeclarationError("something that was checked before is missing")
    return value


def check_name(name: Name) -> None:
    """Refuse what is not a simple identifier (CSDL 4.01, section 17.2)."""
    if not name.isidentifier() or len(name) > _NAME_LENGTH:
        raise DeclarationError(f"{name!r} is not an OData identifier")


@dataclass(frozen=True, kw_only=True)
class Property:
    """A structural property.

    The value is read from `path`, the ORM path from the set's model (`"lead__name"`); a function gives the path per
    request (`lambda context: f"name_{context.language}"`). Where a path is not enough, `expression(context, prefix)`
    gives a Django expression in which every path begins with `prefix` (the property may be reached over a navigation
    property).

    `required` says whether an insert must give it; by default that is what is neither nullable nor set by the service.
    """

    name: Name
    type: edm.PrimitiveType
    path: str | Callable[[Context], str] = ""
    expression: Callable[[Context, str], Combinable] | None = None
    nullable: bool = True
    max_length: int | None = None
    precision: int | None = None
    scale: int | None = None
    access: Access = Access.READ_ONLY
    required: bool | None = None
    description: str = ""

    def __post_init__(self) -> None:
        check_name(self.name)
        if bool(self.path) == (self.expression is not None):
            raise DeclarationError(f"{self.name}: give either a path or an expression")
        if self.type is edm.STRING and self.max_length is None:
            raise DeclarationError(f"{self.name}: a string needs max_length")
        if self.type is edm.DECIMAL and (self.precision is None or self.scale is None):
            raise DeclarationError(f"{self.name}: a decimal needs precision and scale")

    @property
    def is_insertable(self) -> bool:
        """Whether an insert reads it from the body."""
        return self.access in (Access.WRITABLE, Access.INSERTABLE)

    @property
    def is_updatable(self) -> bool:
        """Whether an update reads it from the body."""
        return self.access is Access.WRITABLE

    @property
    def is_required(self) -> bool:
        """Whether an insert without it is refused."""
        return self.is_insertable and (not self.nullable if self.required is None else self.required)


@dataclass(frozen=True, kw_only=True)
class Navigation:
    """A relation to entities of the set `target`.

    Single-valued: `path` is the ORM path from here to the related row. Collection-valued: `back` is the ORM path from
    the related row back to here. `foreign_key` names the properties that hold the other's key: here (single-valued)
    as `(("ReasonId", "Id"),)`: writing `Reason@odata.bind` and writing `ReasonId` are then the same. `partner` is the
    navigation property of the other type that leads back.
    """

    name: Name
    target: Name
    collection: bool = False
    path: str = ""
    back: str = ""
    nullable: bool = True
    foreign_key: tuple[tuple[Name, Name], ...] = ()
    partner: Name = ""

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.collection != bool(self.back) or self.collection == bool(self.path):
            raise DeclarationError(f"{self.name}: a collection needs back, a single one needs path")
        if self.collection and self.foreign_key:
            raise DeclarationError(f"{self.name}: the foreign key stands on the single-valued side")


@dataclass(frozen=True, kw_only=True)
class EntityType:
    """Properties, keys and navigation of one kind of entity. The first key is the one in canonical addresses."""

    name: Name
    key: tuple[Name, ...]
    properties: tuple[Property, ...]
    alternate_keys: tuple[tuple[Name, ...], ...] = ()
    navigation: tuple[Navigation, ...] = ()
    description: str = ""

    def __post_init__(self) -> None:
        check_name(self.name)
        names = [*(each.name for each in self.properties), *(each.name for each in self.navigation)]
        if len({name.lower() for name in names}) < len(names):
            raise DeclarationError(f"{self.name}: two names differ in case only, or not at all")
        for key in (self.key, *self.alternate_keys):
            if not key or not set(key) <= set(self.by_name):
                raise DeclarationError(f"{self.name}: the key {key} names no properties")
        if any(self.by_name[name].nullable for name in self.key):
            raise DeclarationError(f"{self.name}: a key property is nullable")
        for navigation in self.navigation:
            if not {own for own, _ in navigation.foreign_key} <= set(self.by_name):
                raise DeclarationError(f"{self.name}: the foreign key of {navigation.name} names no properties")

    @cached_property
    def by_name(self) -> dict[Name, Property]:
        """The structural properties, in order."""
        return {each.name: each for each in self.properties}

    @cached_property
    def navigation_by_name(self) -> dict[Name, Navigation]:
        """The navigation properties, in order."""
        return {each.name: each for each in self.navigation}

    @cached_property
    def key_properties(self) -> tuple[Property, ...]:
        """The properties of the first key."""
        return tuple(self.by_name[name] for name in self.key)


@dataclass(frozen=True, kw_only=True)
class ETag:
    """What the weak ETag of an entity is a digest of: ORM paths, and text that depends on the request."""

    paths: tuple[str, ...]
    salt: Callable[[Context], str] = lambda context: ""


@dataclass(frozen=True, kw_only=True)
class EntitySet:
    """A served collection. What has no function is not allowed: 405 with `Allow`, and said in the metadata.

    * `queryset(context)`: the rows that this request may see; tenancy lives here, and nowhere else.
    * `insert(write)`: one new entity; `insert_many(writes)`: several of one atomic group, in order, an answer or an
      error each (where absent, `insert` is called for each, in one transaction).
    * `update(write)`: PATCH; with `replace` also PUT, with the values that the body left out as null.
    * `delete(write)`.
    * `upsert`: a PATCH or PUT that `update` answers with NotFound becomes an insert under that key.
    * `search(context, word)`: the condition for one word or phrase of `$search`.
    * `is_repeatable`: `insert` and `update` keep the promise of `Write.idempotency`, and `update` calls `Write.check`
      in its transaction, unless it answers a request again. `insert_many` is never given such a promise.

    Write functions run outside any transaction unless they are part of an atomic group, or `If-Match` was sent and
    the set is not `is_repeatable`.
    """

    name: Name
    type: EntityType
    queryset: Callable[[Context], QuerySet[Any]]
    insert: Callable[[Write], Written] | None = None
    insert_many: Callable[[Sequence[Write]], Sequence[Written | ODataError]] | None = None
    update: Callable[[Write], Written] | None = None
    delete: Callable[[Write], None] | None = None
    replace: bool = False
    upsert: bool = False
    is_repeatable: bool = False
    etag: ETag | None = None
    search: Callable[[Context, str], Q] | None = None
    description: str = ""

    def __post_init__(self) -> None:
        check_name(self.name)
        if (self.insert_many or self.upsert) and not self.insert:
            raise DeclarationError(f"{self.name}: insert_many and upsert need insert")
        if (self.replace or self.upsert) and not self.update:
            raise DeclarationError(f"{self.name}: replace and upsert need update")


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """Everything that one service root serves. `custom_options` are query options of its own, which it looks up in the
    request itself; others are ignored, and refused where they have no value.

    `plan_key(context)` is a promise that lets statements be kept: requests with an equal key, language and service root
    get the same from `queryset`, from paths and expressions of properties, and from the ETag's salt. So it names
    everything else that those look at, above all who asks. None, as without it: nothing is kept for this request.
    """

    namespace: str
    sets: tuple[EntitySet, ...]
    container: Name = "Container"
    description: str = ""
    custom_options: tuple[str, ...] = ()
    plan_key: Callable[[Context], Hashable | None] = lambda context: None

    def __post_init__(self) -> None:
        for part in self.namespace.split("."):
            check_name(part)
        check_name(self.container)
        if len({each.name.lower() for each in self.sets}) < len(self.sets):
            raise DeclarationError("two sets have the same name")
        for entity_type in self.types:
            for navigation in entity_type.navigation:
                self._check_navigation(entity_type, navigation)
        for each in self.enumerations.values():
            if each.name.rpartition(".")[0] != self.namespace or not each.members:
                raise DeclarationError(f"{each.name}: an enumeration of {self.namespace} has its namespace and members")
            for name in (each.simple_name, *each.members):
                check_name(name)

    def _check_navigation(self, entity_type: EntityType, navigation: Navigation) -> None:
        where = f"{entity_type.name}/{navigation.name}"
        if navigation.target not in self.by_name:
            raise DeclarationError(f"{where}: there is no set {navigation.target}")
        target = self.by_name[navigation.target].type
        if navigation.partner and navigation.partner not in target.navigation_by_name:
            raise DeclarationError(f"{where}: {target.name} has no navigation property {navigation.partner}")
        if not {other for _, other in navigation.foreign_key} <= set(target.by_name):
            raise DeclarationError(f"{where}: the foreign key names no properties of {target.name}")

    @cached_property
    def by_name(self) -> dict[Name, EntitySet]:
        """The sets, in order."""
        return {each.name: each for each in self.sets}

    @cached_property
    def types(self) -> tuple[EntityType, ...]:
        """The types of the sets, each once, in order."""
        return tuple({each.type.name: each.type for each in self.sets}.values())

    @cached_property
    def enumerations(self) -> dict[str, edm.EnumType]:
        """The enumerations that properties have, by qualified name, in order."""
        kinds = [each.type for entity_type in self.types for each in entity_type.properties]
        return {kind.name: kind for kind in kinds if isinstance(kind, edm.EnumType)}

    def target(self, navigation: Navigation) -> EntitySet:
        """The set that a navigation property leads to."""
        return self.by_name[navigation.target]

    def qualified(self, entity_type: EntityType) -> str:
        """The type's name with the namespace."""
        return f"{self.namespace}.{entity_type.name}"
