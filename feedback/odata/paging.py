"""Server-driven paging by key: the token says where the last page ended, not how many rows it skipped.

The token is opaque to clients: the sort values and the key of the last row, what is left of `$top`, and a hash of the
query, so that a token cannot be used with another one. Nulls come first ascending and last descending (OData Protocol
4.01, section 11.2.6.2). Rows whose sort values change between two pages may come twice or not at all.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.db.models import F, OrderBy
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from feedback.odata.context import Context
from feedback.odata.edm import PrimitiveType
from feedback.odata.errors import BadRequest, NotImplementedByService
from feedback.odata.literals import checked_text
from feedback.odata.model import EntitySet
from feedback.odata.nodes import Call, Member, Node
from feedback.odata.options import Order
from feedback.odata.sql import FALSE, Sql, constant
from feedback.odata.translate import Translator


@dataclass(frozen=True)
class Criterion:
    """One column of the order."""

    expression: Combinable
    type: PrimitiveType
    descending: bool
    nullable: bool

    def order_by(self) -> OrderBy:
        """For the query; columns without nulls stay plain so that an index serves them."""
        if not self.nullable:
            return OrderBy(self.expression, descending=self.descending)  # type: ignore[arg-type]
        nulls: dict[str, bool] = {"nulls_last": True} if self.descending else {"nulls_first": True}
        return OrderBy(self.expression, descending=self.descending, **nulls)  # type: ignore[arg-type]

    def is_same(self, value: Any) -> Combinable:
        """The condition that a row has this value."""
        if value is None:
            return Sql("({} IS NULL)", self.expression)
        return Sql("({} = {})", self.expression, constant(value, self.type))

    def is_after(self, value: Any) -> Combinable:
        """The condition that a row comes after this value."""
        if value is None:
            return FALSE if self.descending else Sql("({} IS NOT NULL)", self.expression)
        after = Sql("({} < {})" if self.descending else "({} > {})", self.expression, constant(value, self.type))
        if self.descending and self.nullable:
            return Sql("({} OR {} IS NULL)", after, self.expression)
        return after


def criteria(
    order: Sequence[Order], entity_set: EntitySet, translator: Translator, context: Context
) -> list[Criterion]:
    """The order that was asked for, made total by the key."""
    found = []
    ordered: set[str] = set()
    for each in order:
        if each.node.type is None:
            continue  # null for every row: no order
        _check_stable(each.node)
        plain = isinstance(each.node, Member) and not each.node.steps
        nullable = not plain or each.node.declared.nullable  # type: ignore[union-attr]
        found.append(Criterion(translator.value(each.node), each.node.type, each.descending, nullable))
        if plain:
            ordered.add(each.node.declared.name)  # type: ignore[union-attr]
    for declared in entity_set.type.key_properties:
        if declared.name not in ordered:
            path = declared.path if isinstance(declared.path, str) else declared.path(context)
            found.append(Criterion(F(path), declared.type, descending=False, nullable=False))
    return found


def _check_stable(node: Node) -> None:
    """Refuse what would have another value on the next page."""
    if isinstance(node, Call) and node.name == "now":
        raise NotImplementedByService(_("now() is not supported in $orderby."), target="$orderby")
    for each in fields(node):
        for part in _nodes(getattr(node, each.name)):
            _check_stable(part)


def _nodes(value: Any) -> Iterator[Node]:
    """The nodes among what a node holds."""
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _nodes(each)


def after(order: Sequence[Criterion], values: Sequence[Any]) -> Combinable:
    """The condition that a row comes after the row with these sort values."""
    alternatives = []
    for position, (criterion, value) in enumerate(zip(order, values, strict=True)):
        conditions = [each.is_same(own) for each, own in zip(order[:position], values, strict=False)]
        conditions.append(criterion.is_after(value))
        alternatives.append(Sql("(" + " AND ".join(["{}"] * len(conditions)) + ")", *conditions))
    return Sql("(" + " OR ".join(["{}"] * len(alternatives)) + ")", *alternatives)


def query_hash(path: str, system: Mapping[str, str], aliases: Mapping[str, str]) -> str:
    """What a token belongs to: the address and every option that decides which rows come in which order."""
    deciding = sorted(
        (name, text) for name, text in system.items() if name in ("filter", "search", "orderby", "compute")
    )
    text = repr((path, deciding, sorted(aliases.items())))
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def write_token(order: Sequence[Criterion], values: Sequence[Any], left: int | None, digest: str) -> str:
    """Make the token for the page after the row with these sort values."""
    texts = [None if value is None else each.type.text(value) for each, value in zip(order, values, strict=True)]
    return (
        base64.urlsafe_b64encode(json.dumps([digest, left, *texts], separators=(",", ":")).encode())
        .decode()
        .rstrip("=")
    )


@dataclass(frozen=True)
class Token:
    """What a token says: what is left of `$top`, and the sort values of the last row as texts."""

    left: int | None
    texts: tuple[str | None, ...]

    @property
    def blanks(self) -> tuple[bool, ...]:
        """Which values are null: those decide what the condition looks like."""
        return tuple([text is None for text in self.texts])

    def values(self, order: Sequence[Criterion]) -> list[Any]:
        """Give the sort values. Raises BadRequest for a token that is not of this order."""
        try:
            return [
                None if text is None else each.type.parse(checked_text(text))
                for each, text in zip(order, self.texts, strict=True)
            ]
        except (ValueError, TypeError, ArithmeticError, RecursionError, AttributeError):
            raise _foreign() from None


def read_token(token: str, digest: str) -> Token:
    """Read a token. Raises BadRequest for one that is not of this query."""
    try:
        given = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, TypeError, RecursionError):
        raise _foreign() from None
    if not isinstance(given, list) or len(given) < 2 or given[0] != digest:
        raise _foreign()
    left, texts = given[1], given[2:]
    if left is not None and (type(left) is not int or not 0 <= left < 2**31):
        raise _foreign()
    return Token(left, tuple(texts))


def _foreign() -> BadRequest:
    return BadRequest(_("The $skiptoken does not belong to this query: start again."), target="$skiptoken")
