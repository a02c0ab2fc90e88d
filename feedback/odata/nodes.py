"""What an expression is after parsing: names resolved, types known, aliases and `$compute` names replaced by what
they stand for.

`level` says which entity a path starts from: 0 is the one that the query option is about, every lambda or inner
filter adds one.
"""

from dataclasses import dataclass
from typing import Any

from feedback.odata.edm import BOOLEAN, INT64, PrimitiveType
from feedback.odata.model import EntitySet, Navigation, Property


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; the type of `null` is None."""

    value: Any
    type: PrimitiveType | None


@dataclass(frozen=True, slots=True)
class Member:
    """A structural property of an entity in scope, over single-valued navigation properties."""

    level: int
    steps: tuple[Navigation, ...]
    declared: Property

    @property
    def type(self) -> PrimitiveType:
        """The declared type."""
        return self.declared.type


@dataclass(frozen=True, slots=True)
class Entity:
    """A single entity in scope, or one that it leads to; can only be compared with null."""

    level: int
    steps: tuple[Navigation, ...]
    set: EntitySet
    type: None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """Related entities; `condition` is evaluated at `inner_level`."""

    level: int
    steps: tuple[Navigation, ...]
    navigation: Navigation
    set: EntitySet
    inner_level: int
    condition: "Node | None" = None
    type: None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many entities the collection has."""

    collection: Collection
    type: PrimitiveType = INT64


@dataclass(frozen=True, slots=True)
class Quantified:
    """`any` (predicate may be absent: not empty) or `all`; the predicate sees the element at `level`."""

    is_all: bool
    collection: Collection
    predicate: "Node | None"
    level: int
    type: PrimitiveType = BOOLEAN


@dataclass(frozen=True, slots=True)
class Call:
    """A canonical function; `name` in lower case."""

    name: str
    arguments: "tuple[Node, ...]"
    type: PrimitiveType


@dataclass(frozen=True, slots=True)
class Compare:
    """`eq ne lt le gt ge`: never null, see OData URL Conventions 4.01, section 5.1.1.1."""

    operator: str
    left: "Node"
    right: "Node"
    type: PrimitiveType = BOOLEAN


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` or `or` over two or more operands, with three values."""

    operator: str
    operands: "tuple[Node, ...]"
    type: PrimitiveType = BOOLEAN


@dataclass(frozen=True, slots=True)
class Not:
    """Negation; null stays null."""

    operand: "Node"
    type: PrimitiveType = BOOLEAN


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`add sub mul div divby mod`; null when an operand is."""

    operator: str
    left: "Node"
    right: "Node"
    type: PrimitiveType


@dataclass(frozen=True, slots=True)
class Negate:
    """Unary minus."""

    operand: "Node"
    type: PrimitiveType


@dataclass(frozen=True, slots=True)
class Membership:
    """`in` a list; never null."""

    operand: "Node"
    items: "tuple[Node, ...]"
    type: PrimitiveType = BOOLEAN


@dataclass(frozen=True, slots=True)
class Case:
    """`case(condition:value, ...)`; null when no condition holds."""

    branches: "tuple[tuple[Node, Node], ...]"
    type: PrimitiveType | None


@dataclass(frozen=True, slots=True)
class Cast:
    """A value as another type."""

    operand: "Node"
    type: PrimitiveType


@dataclass(frozen=True, slots=True)
class ListOf:
    """A literal collection; only `in` takes it."""

    items: "tuple[Node, ...]"
    type: None = None


Node = (
    Literal | Member | Entity | Collection | Count | Quantified | Call | Compare | Logic | Not | Arithmetic | Negate
    | Membership | Case | Cast | ListOf
)  # fmt: skip
