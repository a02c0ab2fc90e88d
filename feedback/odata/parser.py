"""Expressions: operators, parentheses, functions, lists (OData ABNF 4.01, section 4; precedence: URL Conventions
4.01, 5.1.1.17).

Names are resolved and types checked while parsing. Chains of `and`, `or` and arithmetic are read in a loop; every
recursion passes `deeper`, so no input can exhaust the stack.
"""

from collections.abc import Callable

from django.utils.translation import gettext as _

from feedback.odata import edm
from feedback.odata.errors import BadSyntax, InvalidValue, NotImplementedByService, UnknownName, WrongType
from feedback.odata.functions import FUNCTIONS, UNSUPPORTED, ZONED
from feedback.odata.literals import coerce, literal_of
from feedback.odata.member_parser import MemberParser
from feedback.odata.model import present
from feedback.odata.nodes import Call, Case, Cast, ListOf, Literal, Logic, Node, Not
from feedback.odata.scope import Scope
from feedback.odata.typing_rules import (
    arithmetic,
    boolean,
    common_type,
    compare,
    fitting,
    has,
    membership,
    negate,
    primitive,
)

_PRECEDENCE = {
    "or": 1, "and": 2, "eq": 3, "ne": 3, "lt": 4, "le": 4, "gt": 4, "ge": 4,
    "add": 5, "sub": 5, "mul": 6, "div": 6, "divby": 6, "mod": 6, "has": 8, "in": 8,
}  # fmt: skip
_UNARY = 7
_MAX_LIST = 1_000


class Parser(MemberParser):
    """Reads one expression; see `parse_expression` and `parse_condition`."""

    def expression(self, scope: Scope) -> Node:
        """An expression of any type, from the current token on."""
        return self._operators(scope, 1)

    def _operators(self, scope: Scope, weakest: int) -> Node:
        """Operators at least as strong as `weakest`, left to right."""
        left = self._operand(scope)
        while True:
            operator = self._operator_ahead()
            strength = _PRECEDENCE.get(operator, 0)
            if strength < max(weakest, 1):
                return left
            self.take("space")
            self.take("name")
            scope.budget.spend()
            if operator == "in":
                self.take("space")
                left = membership(left, self._list(scope))
                continue
            self.take("space")
            with self.deeper(scope):
                right = self._operators(scope, strength + 1)
            left = _combine(operator, left, right)

    def _operator_ahead(self) -> str:
        if self.kind == "space" and self.ahead(1).kind == "name" and self.ahead(2).kind == "space":
            return self.ahead(1).text.lower()
        return ""

    def _operand(self, scope: Scope) -> Node:
        scope.budget.spend()
        token = self.current
        word = token.text.lower() if token.kind == "name" else token.text
        if word == "not" and self.ahead(1).kind in ("space", "mark") and self.ahead(1).text != "/":
            self.take("name")
            self.skip_space()
            with self.deeper(scope):
                return Not(boolean(self._operators(scope, _UNARY)))
        if token.text == "-":
            self.take("mark")
            self.skip_space()
            with self.deeper(scope):
                return negate(self._operators(scope, _UNARY))
        if token.text == "(":
            with self.deeper(scope):
                return self._parenthesised(scope)
        if token.text == "[":
            return ListOf(self._list(scope))
        if token.text == "{":
            raise NotImplementedByService(_("Object literals are not supported in expressions."))
        if token.kind == "name" and self.ahead(1).kind == "string":
            return self._enumeration(scope)
        if token.kind == "name" and self.ahead(1).text == "(" and not self.is_member(scope, token.text):
            with self.deeper(scope):
                return self._call(scope, word)
        if not self.is_member(scope, token.text) and (literal := literal_of(token)) is not None:
            self.take(token.kind)
            return literal
        return self.member(scope)

    def _enumeration(self, scope: Scope) -> Node:
        """`Namespace.Type'Member'`."""
        name = self.take("name").text
        if name not in scope.declaration.enumerations:
            raise UnknownName(_("There is no type %(name)s.") % {"name": name}, target=name)
        text = present(literal_of(self.take("string")))
        return coerce(text, scope.declaration.enumerations[name])

    def _parenthesised(self, scope: Scope) -> Node:
        self.mark("(")
        self.skip_space()
        node = self.expression(scope)
        self.skip_space()
        self.mark(")")
        return node

    def _list(self, scope: Scope) -> tuple[Node, ...]:
        """The right side of `in`: (…) or […] of literals, or a parenthesised single expression."""
        closing = {"(": ")", "[": "]"}.get(self.current.text)
        if closing is None:
            raise NotImplementedByService(_("“in” is supported with a list of values only."))
        opening = self.current.text
        self.mark(opening)
        self.skip_space()
        items: list[Node] = []
        while self.current.text != closing:
            if items:
                self.mark(",")
                self.skip_space()
            with self.deeper(scope):
                items.append(self._list_item(scope))
            self.skip_space()
            if len(items) > _MAX_LIST:
                raise BadSyntax(_("A list may have %(limit)s values at most.") % {"limit": _MAX_LIST})
            if opening == "(" and len(items) > 1 and not all(isinstance(item, Literal) for item in items):
                raise self.unexpected()
        self.mark(closing)
        return tuple(items)

    def _list_item(self, scope: Scope) -> Node:
        """Literals of a list are free; anything else costs like any other operand."""
        token = self.current
        if token.kind == "name" and self.ahead(1).kind == "string":
            return self._enumeration(scope)
        if not self.is_member(scope, token.text) and (literal := literal_of(token)) is not None:
            self.take(token.kind)
            return literal
        return self.expression(scope)

    # ---- functions ----

    def _call(self, scope: Scope, name: str) -> Node:
        special: dict[str, Callable[[Scope], Node]] = {"case": self._case, "cast": self._cast, "isof": self._isof}
        if name not in FUNCTIONS and name not in special:
            if name in UNSUPPORTED:
                raise NotImplementedByService(_("The function %(name)s is not supported.") % {"name": name})
            raise UnknownName(_("There is no function %(name)s.") % {"name": self.current.text})
        self.take("name")
        self.mark("(")
        self.skip_space()
        node = special[name](scope) if name in special else self._canonical(scope, name)
        self.skip_space()
        self.mark(")")
        return node

    def _canonical(self, scope: Scope, name: str) -> Node:
        signature = FUNCTIONS[name]
        most = len(signature.arguments)
        arguments: list[Node] = []
        while self.current.text != ")":
            if arguments:
                self.mark(",")
                self.skip_space()
            if name in ZONED and self.kind == "datetime" and not self.current.text.upper().endswith(("Z", "+00:00")):
                raise InvalidValue(_("%(name)s takes instants in UTC only.") % {"name": name})
            arguments.append(self.expression(scope))
            self.skip_space()
            if len(arguments) > most:
                break
        if not most - signature.optional <= len(arguments) <= most:
            raise WrongType(_("The function %(name)s takes %(count)s arguments.") % {"name": name, "count": most})
        if any(isinstance(argument, ListOf) for argument in arguments):
            raise NotImplementedByService(_("Collections of values are supported with “in” only."))
        fitted = tuple(map(fitting, arguments, signature.arguments))
        result = signature.result or (fitted[0].type if fitted else None)
        return Literal(None, None) if result is None else Call(name, fitted, result)

    def _case(self, scope: Scope) -> Node:
        branches: list[tuple[Node, Node]] = []
        while not branches or self.current.text == ",":
            if branches:
                self.mark(",")
                self.skip_space()
            condition = boolean(self.expression(scope))
            self.skip_space()
            self.mark(":")
            self.skip_space()
            branches.append((condition, primitive(self.expression(scope))))
            self.skip_space()
        return Case(tuple(branches), common_type([value for _condition, value in branches]))

    def _cast(self, scope: Scope) -> Node:
        if self.current.text in edm.PRIMITIVE_TYPES:
            raise WrongType(_("An entity cannot be cast to %(type)s.") % {"type": self.current.text})
        operand = primitive(self.expression(scope))
        wanted = self._type_argument()
        if isinstance(operand, Literal):
            try:
                return coerce(operand, wanted) if wanted is not edm.STRING else _literal_text(operand)
            except WrongType:
                return Literal(None, None)  # what cannot be cast is null: URL Conventions 4.01, 5.1.1.10.1
        is_number = operand.type is not None and operand.type.is_numeric and wanted.is_numeric
        is_text = wanted is edm.STRING and not isinstance(operand.type, edm.EnumType)
        if operand.type is wanted or operand.type is None or is_number or is_text:
            return Cast(operand, wanted)
        raise NotImplementedByService(_("This cast is not supported."))

    def _isof(self, scope: Scope) -> Node:
        operand = primitive(self.expression(scope))
        wanted = self._type_argument()
        if operand.type is not wanted:
            return Literal(False, edm.BOOLEAN)
        return compare("ne", operand, Literal(None, None))

    def _type_argument(self) -> edm.PrimitiveType:
        self.skip_space()
        self.mark(",")
        self.skip_space()
        name = self.take("name").text
        if name in edm.PRIMITIVE_TYPES:
            return edm.PRIMITIVE_TYPES[name]
        raise UnknownName(_("There is no type %(name)s.") % {"name": name})


def _literal_text(literal: Literal) -> Literal:
    if literal.type is None:
        return literal
    return Literal(literal.type.text(literal.value), edm.STRING)


def _combine(operator: str, left: Node, right: Node) -> Node:
    if operator in ("and", "or"):
        boolean(left), boolean(right)
        operands = left.operands if isinstance(left, Logic) and left.operator == operator else (left,)
        return Logic(operator, (*operands, right))
    if operator == "has":
        return has(left, right)
    if _PRECEDENCE[operator] in (3, 4):
        return compare(operator, left, right)
    return arithmetic(operator, left, right)


def parse_expression(text: str, scope: Scope) -> Node:
    """Read a whole text as one expression. Raises BadRequest errors and NotImplementedByService."""
    parser = Parser(text)
    node = parser.expression(scope)
    parser.end()
    return node


def parse_condition(text: str, scope: Scope) -> Node:
    """Read a whole text as a Boolean expression."""
    return boolean(parse_expression(text, scope))
