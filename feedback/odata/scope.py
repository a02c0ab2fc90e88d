"""What names mean at one place of an expression, and how much an expression may cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from feedback.odata.errors import TooComplex
from feedback.odata.model import Declaration, EntitySet
from feedback.odata.nodes import Node


@dataclass(slots=True)
class Budget:
    """How many nodes the expressions of one request may still have, and how deep they may nest."""

    nodes: int = 100
    depth: int = 20

    def spend(self) -> None:
        """Take one node; TooComplex when none is left."""
        self.nodes -= 1
        if self.nodes < 0:
            raise TooComplex(_("The request has more terms than allowed: split it into several."))

    def check_depth(self, depth: int) -> None:
        """TooComplex when nested deeper than allowed."""
        if depth > self.depth:
            raise TooComplex(_("The request is nested deeper than %(limit)s levels.") % {"limit": self.depth})


@dataclass(frozen=True, slots=True)
class Variable:
    """An entity in scope: `$it`, `$this` or a lambda variable."""

    level: int
    set: EntitySet


@dataclass(frozen=True)
class Scope:
    """Names in scope. `this` is what plain member names belong to; `root` is `$it`, None where it is out of reach."""

    declaration: Declaration
    budget: Budget
    this: Variable
    root: Variable | None
    top: int = 0  # highest level in use
    variables: Mapping[str, Variable] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    open_aliases: frozenset[str] = frozenset()
    computed: Mapping[str, Node] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        declaration: Declaration,
        entity_set: EntitySet,
        *,
        budget: Budget,
        aliases: Mapping[str, str] | None = None,
    ) -> "Scope":
        """The scope of a query option on a set."""
        it = Variable(0, entity_set)
        return cls(declaration, budget, this=it, root=it, aliases=aliases or {})

    def of_expansion(self, entity_set: EntitySet) -> "Scope":
        """The scope of an option nested in `$expand`; `$it` would be the expanding entity, which is out of reach
        there.
        """
        return Scope(self.declaration, self.budget, this=Variable(0, entity_set), root=None, aliases=self.aliases)

    def with_element(self, element: Variable) -> "Scope":
        """The scope of a filter on a collection inside an expression."""
        return replace(self, this=element, top=element.level, computed={})

    def with_variable(self, name: str, element: Variable) -> "Scope":
        """The scope of a lambda's predicate."""
        return replace(self, top=element.level, variables={**self.variables, name: element})

    def inside_alias(self, name: str) -> "Scope":
        """The scope of the value of a parameter alias."""
        return replace(self, open_aliases=self.open_aliases | {name})

    def with_computed(self, name: str, node: Node) -> "Scope":
        """The scope after one item of `$compute`."""
        return replace(self, computed={**self.computed, name: node})
