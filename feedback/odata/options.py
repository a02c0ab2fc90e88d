"""The query options that describe what to read: condition, order, paging, shape (OData URL Conventions 4.01, section
5.1).

A known option that this service lacks is 501.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from feedback.odata.errors import BadSyntax, InvalidValue, NotImplementedByService, UnknownName
from feedback.odata.expansion import Expansion, parse_expand
from feedback.odata.model import Property, present
from feedback.odata.nodes import Node
from feedback.odata.parser import parse_condition, parse_expression
from feedback.odata.raw_options import SYSTEM_OPTIONS, RawOptions
from feedback.odata.scope import Scope
from feedback.odata.search import SearchNode, parse_search
from feedback.odata.splitting import split
from feedback.odata.typing_rules import primitive

_LARGEST = 2**31 - 1
_ORDER = re.compile(r"(.*?)(?:[ \t]+(asc|desc))?\Z", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Order:
    """One criterion of `$orderby`."""

    node: Node
    descending: bool


@dataclass(frozen=True)
class ReadOptions:
    """What to read, in which order and shape. `select` None: everything declared; names of `$compute` are allowed in
    it.
    """

    condition: Node | None = None
    search: SearchNode | None = None
    orderby: tuple[Order, ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    select: tuple[str, ...] | None = None
    computed: Mapping[str, Node] = field(default_factory=dict)
    expand: tuple[Expansion, ...] = ()
    skiptoken: str = ""


def read_options(raw: RawOptions, scope: Scope, depth: int = 0) -> ReadOptions:
    """Parse the options, those of an expansion at `depth` > 0. Raises BadRequest errors and NotImplementedByService."""
    raw.check(SYSTEM_OPTIONS)
    if not raw.system:
        return ReadOptions()
    for name, text in raw.system.items():
        if text[:1].isspace():
            raise BadSyntax(_("The value of $%(name)s begins with a space.") % {"name": name}, position=0)
    computed = _compute(raw.get("compute"), scope)
    for name, node in computed.items():
        scope = scope.with_computed(name, node)
    condition = raw.get("filter")
    search = raw.get("search")
    return ReadOptions(
        condition=None if condition is None else parse_condition(condition, scope),
        search=None if search is None else parse_search(search, scope.budget),
        orderby=_orderby(raw.get("orderby"), scope),
        top=_natural(raw, "top"),
        skip=_natural(raw, "skip") or 0,
        count=_flag(raw, "count"),
        select=_select(raw.get("select"), scope),
        computed=computed,
        expand=parse_expand(raw.get("expand"), scope, read_options, depth + 1),
        skiptoken=raw.get("skiptoken") or "",
    )


def _natural(raw: RawOptions, name: str) -> int | None:
    text = raw.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 20:
        raise InvalidValue(_("$%(name)s needs a whole number from 0 on.") % {"name": name}, target=f"${name}")
    if int(text) > _LARGEST:
        raise InvalidValue(
            _("$%(name)s may be %(limit)s at most.") % {"name": name, "limit": _LARGEST}, target=f"${name}"
        )
    return int(text)


def _flag(raw: RawOptions, name: str) -> bool:
    text = (raw.get(name) or "false").lower()
    if text not in ("true", "false"):
        raise InvalidValue(_("$%(name)s needs true or false.") % {"name": name}, target=f"${name}")
    return text == "true"


def _orderby(text: str | None, scope: Scope) -> tuple[Order, ...]:
    if text is None:
        return ()
    order = []
    for item in split(text, ","):
        expression, direction = present(_ORDER.match(item.strip(" \t"))).groups()  # it matches every text
        node = primitive(parse_expression(expression, scope))
        order.append(Order(node, (direction or "").lower() == "desc"))
    return tuple(order)


def _compute(text: str | None, scope: Scope) -> dict[str, Node]:
    computed: dict[str, Node] = {}
    if text is None:
        return computed
    for item in split(text, ","):
        expression, keyword, name = item.strip(" \t").rpartition(" as ")
        name = name.strip()
        if not keyword or not name.isidentifier():
            raise BadSyntax(_("$compute needs “expression as Name”."), target="$compute")
        taken = scope.this.set.type
        if name in taken.by_name or name in taken.navigation_by_name or name in computed:
            raise InvalidValue(_("The name %(name)s is taken.") % {"name": name}, target="$compute")
        node = primitive(parse_expression(expression.strip(" \t"), scope))
        computed[name] = node
        scope = scope.with_computed(name, node)
    return computed


def _select(text: str | None, scope: Scope) -> tuple[str, ...] | None:
    if text is None:
        return None
    entity_type = scope.this.set.type
    names: dict[str, None] = {}
    for item in split(text, ","):
        name = item.strip(" \t")
        if name == "*" or name == f"{scope.declaration.namespace}.*":
            names |= dict.fromkeys((*entity_type.by_name, *scope.computed) if name == "*" else ())
        elif name in entity_type.by_name or name in entity_type.navigation_by_name or name in scope.computed:
            names[name] = None
        elif name.startswith("@"):
            raise NotImplementedByService(_("Annotations are not supported in $select."), target="$select")
        else:
            names_of = {"name": name[:60], "type": entity_type.name}
            raise UnknownName(_("There is no property %(name)s in %(type)s.") % names_of, target="$select")
    return tuple(names)


def selected_properties(options: ReadOptions, properties: Mapping[str, Property]) -> tuple[Property, ...]:
    """The structural properties to show, in the order of the declaration."""
    if options.select is None:
        return tuple(properties.values())
    return tuple(each for name, each in properties.items() if name in options.select)
