"""Which operands fit together, and the type that comes out (OData URL Conventions 4.01, 5.1.1.1 to 5.1.1.3)."""

from django.utils.translation import gettext as _

from feedback.odata import edm
from feedback.odata.edm import PrimitiveType
from feedback.odata.errors import NotImplementedByService, WrongType
from feedback.odata.literals import coerce
from feedback.odata.nodes import (
    Arithmetic,
    Call,
    Collection,
    Compare,
    Entity,
    ListOf,
    Literal,
    Membership,
    Negate,
    Node,
)

_TEMPORAL: dict[tuple[str, PrimitiveType, PrimitiveType], PrimitiveType] = {
    ("add", edm.DATE_TIME_OFFSET, edm.DURATION): edm.DATE_TIME_OFFSET,
    ("sub", edm.DATE_TIME_OFFSET, edm.DURATION): edm.DATE_TIME_OFFSET,
    ("sub", edm.DATE_TIME_OFFSET, edm.DATE_TIME_OFFSET): edm.DURATION,
    ("add", edm.DATE, edm.DURATION): edm.DATE,
    ("sub", edm.DATE, edm.DURATION): edm.DATE,
    ("sub", edm.DATE, edm.DATE): edm.DURATION,
    ("add", edm.DURATION, edm.DURATION): edm.DURATION,
    ("sub", edm.DURATION, edm.DURATION): edm.DURATION,
}


def primitive(node: Node) -> Node:
    """Give the node back when it is a single primitive value or null; refuse entities and collections."""
    if isinstance(node, Entity | Collection):
        raise WrongType(_("An entity or a collection stands where a single value is needed."))
    if isinstance(node, ListOf):
        raise NotImplementedByService(_("Collections of values are supported with “in” only."))
    return node


def boolean(node: Node) -> Node:
    """Give the node back when it is Boolean or null."""
    if primitive(node).type not in (edm.BOOLEAN, None):
        raise WrongType(_("%(type)s stands where a Boolean is needed.") % {"type": node.type})
    return node


def fitting(node: Node, accepted: tuple[PrimitiveType, ...]) -> Node:
    """Give the node as one of the accepted types; literals are cast where that is meant."""
    if primitive(node).type is None or node.type in accepted:
        return node
    if isinstance(node, Literal):
        return coerce(node, accepted[0])
    raise WrongType(_("%(type)s stands where %(wanted)s is needed.") % {"type": node.type, "wanted": accepted[0].name})


def alike(left: Node, right: Node) -> tuple[Node, Node]:
    """Give two operands that can be compared, a literal cast to the other's type where that is meant."""
    primitive(left), primitive(right)
    one, other = left.type, right.type
    if one is None or other is None or one is other or (one.is_numeric and other.is_numeric):
        return left, right
    if isinstance(right, Literal):
        return left, coerce(right, one)
    if isinstance(left, Literal):
        return coerce(left, other), right
    raise WrongType(_("%(left)s and %(right)s cannot be compared.") % {"left": one, "right": other})


def compare(operator: str, left: Node, right: Node) -> Compare:
    """A comparison; a single entity can be compared with null only."""
    for side, other in ((left, right), (right, left)):
        if isinstance(side, Entity):
            if operator not in ("eq", "ne") or not (isinstance(other, Literal) and other.value is None):
                raise NotImplementedByService(_("Entities can be compared with null only."))
            return Compare(operator, side, other)
    return Compare(operator, *alike(left, right))


def has(operand: Node, flags: Node) -> Node:
    """Whether a value of an enumeration has all of some flags; null when there is no value."""
    if not isinstance(primitive(operand).type, edm.EnumType):
        raise WrongType(_("“has” needs an enumeration on its left."))
    operand, flags = alike(operand, flags)
    return Literal(None, None) if flags.type is None else Call("has", (operand, flags), edm.BOOLEAN)


def membership(operand: Node, items: tuple[Node, ...]) -> Membership:
    """`in`; every item must be comparable with the operand."""
    return Membership(primitive(operand), tuple(alike(operand, item)[1] for item in items))


def wider(one: PrimitiveType, other: PrimitiveType) -> PrimitiveType:
    """The numeric type that both are promoted to."""
    return one if one.rank >= other.rank else other


def arithmetic(operator: str, left: Node, right: Node) -> Node:
    """An arithmetic operation; an operand that is the literal null makes the result null."""
    one, other = primitive(left).type, primitive(right).type
    if one is None or other is None:
        return Literal(None, None)
    if one.is_numeric and other.is_numeric:
        result = wider(one, other)
        if operator == "divby" and result.is_integer:
            result = edm.DECIMAL
        return Arithmetic(operator, left, right, result)
    if operator in ("mul", "div", "divby") and one is edm.DURATION and other.is_numeric:
        return Arithmetic(operator, left, right, edm.DURATION)
    if operator == "mul" and one.is_numeric and other is edm.DURATION:
        return Arithmetic(operator, right, left, edm.DURATION)
    temporal = _TEMPORAL.get((operator, one, other))
    if temporal is None:
        raise WrongType(
            _("“%(operator)s” does not apply to %(left)s and %(right)s.")
            % {"operator": operator, "left": one, "right": other}
        )
    return Arithmetic(operator, left, right, temporal)


def negate(operand: Node) -> Node:
    """Unary minus on numbers and durations."""
    kind = primitive(operand).type
    if kind is None:
        return operand
    if not kind.is_numeric and kind is not edm.DURATION:
        raise WrongType(_("The minus sign does not apply to %(type)s.") % {"type": kind})
    return Negate(operand, kind)


def common_type(nodes: list[Node]) -> PrimitiveType | None:
    """The type of a choice between values: equal types, or the widest number; None when all are null."""
    found: PrimitiveType | None = None
    for node in nodes:
        kind = primitive(node).type
        if kind is None or kind is found:
            continue
        if found is None:
            found = kind
        elif found.is_numeric and kind.is_numeric:
            found = wider(found, kind)
        else:
            raise WrongType(_("%(left)s and %(right)s cannot be compared.") % {"left": found, "right": kind})
    return found
