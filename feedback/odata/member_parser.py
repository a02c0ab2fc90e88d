"""Paths in expressions: properties, navigation, lambdas, counts, variables and parameter aliases (OData ABNF 4.01,
section 4).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from feedback.odata.errors import BadSyntax, NotImplementedByService, UnknownName, WrongType
from feedback.odata.model import EntitySet, Navigation
from feedback.odata.nodes import Collection, Count, Entity, Literal, Logic, Member, Node, Quantified
from feedback.odata.scope import Scope, Variable
from feedback.odata.tokenizer import Token, bad_syntax, tokenize
from feedback.odata.typing_rules import boolean


class TokenReader:
    """Walks over the tokens of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = tokenize(text)
        self._at = 0
        self._depth = 0

    @property
    def current(self) -> Token:
        """The token to be read next."""
        return self._tokens[self._at]

    @property
    def kind(self) -> str:
        """Its kind."""
        return self._tokens[self._at].kind

    def ahead(self, count: int) -> Token:
        """The token `count` after the current one."""
        return self._tokens[min(self._at + count, len(self._tokens) - 1)]

    def take(self, kind: str) -> Token:
        """Read a token of this kind, or refuse."""
        token = self.current
        if token.kind != kind:
            raise self.unexpected()
        self._at += 1
        return token

    def mark(self, text: str) -> None:
        """Read this punctuation mark, or refuse."""
        if self.current.text != text or self.kind != "mark":
            raise self.unexpected()
        self._at += 1

    def skip_space(self) -> None:
        """Read white space, if any."""
        if self.kind == "space":
            self._at += 1

    def end(self) -> None:
        """Refuse when something is left over; spaces at the end do no harm."""
        self.skip_space()
        if self.kind != "end":
            raise self.unexpected()

    def unexpected(self) -> BadSyntax:
        """The error for the current token."""
        return bad_syntax(self.text, self.current.position)

    @contextmanager
    def deeper(self, scope: Scope) -> Iterator[None]:
        """One level of nesting."""
        self._depth += 1
        scope.budget.check_depth(self._depth)
        try:
            yield
        finally:
            self._depth -= 1


class MemberParser(TokenReader):
    """The part of the expression parser that follows paths."""

    def expression(self, scope: Scope) -> Node:
        """An expression of any type; the whole parser implements it."""
        raise NotImplementedError

    def is_member(self, scope: Scope, name: str) -> bool:
        """Whether a name at the beginning of an operand is a declared one, so that `null` or `now` could be
        properties.
        """
        this = scope.this.set.type
        return (
            name in scope.variables or name in scope.computed or name in this.by_name or name in this.navigation_by_name
        )

    def member(self, scope: Scope) -> Node:
        """A path from the current token on."""
        token = self.current
        if token.kind == "alias":
            return self._alias(scope)
        if token.kind == "dollar":
            return self._implicit_variable(scope)
        if token.kind != "name":
            raise self.unexpected()
        if token.text in scope.computed:
            self.take("name")
            return scope.computed[token.text]
        if token.text in scope.variables:
            self.take("name")
            return self._from_entity(scope, scope.variables[token.text])
        return self._path(scope, scope.this)

    def _implicit_variable(self, scope: Scope) -> Node:
        word = self.take("dollar").text
        if word == "$root":
            raise NotImplementedByService(_("$root is not supported in expressions."))
        if word not in ("$it", "$this"):
            raise self.unexpected()
        variable = scope.this if word == "$this" else scope.root
        if variable is None:
            raise NotImplementedByService(_("$it is not supported inside $expand."))
        return self._from_entity(scope, variable)

    def _from_entity(self, scope: Scope, variable: Variable) -> Node:
        if self.current.text != "/":
            return Entity(variable.level, (), variable.set)
        self.mark("/")
        return self._path(scope, variable)

    def _alias(self, scope: Scope) -> Node:
        name = self.take("alias").text
        if name in scope.open_aliases:
            raise BadSyntax(_("The parameter alias %(name)s refers to itself.") % {"name": name})
        if name not in scope.aliases:
            if "." in name or "#" in name:
                raise NotImplementedByService(_("Annotations are not supported in expressions."))
            return Literal(None, None)  # OData Protocol 4.01, section 11.2.6.1.3
        inner = type(self)(scope.aliases[name])
        inner._depth = self._depth
        with inner.deeper(scope):
            node = inner.expression(scope.inside_alias(name))
        inner.end()
        return node

    def _path(self, scope: Scope, start: Variable) -> Node:
        steps: tuple[Navigation, ...] = ()
        entity_set = start.set
        while True:
            token = self.current
            if token.kind == "alias":
                raise NotImplementedByService(_("Annotations are not supported in expressions."))
            name = self.take("name").text
            if "." in name:
                self._same_type(scope, name, entity_set)
                continue
            if name in entity_set.type.by_name:
                return Member(start.level, steps, entity_set.type.by_name[name])
            navigation = entity_set.type.navigation_by_name.get(name)
            if navigation is None:
                names = {"name": name, "type": entity_set.type.name}
                raise UnknownName(_("There is no property %(name)s in %(type)s.") % names, target=name)
            scope.budget.spend()
            target = scope.declaration.target(navigation)
            if navigation.collection:
                return self._collection(scope, Collection(start.level, steps, navigation, target, scope.top + 1))
            steps, entity_set = (*steps, navigation), target
            scope.budget.check_depth(len(steps))
            if self.current.text != "/":
                return Entity(start.level, steps, entity_set)
            self.mark("/")

    def _same_type(self, scope: Scope, name: str, entity_set: EntitySet) -> None:
        """Pass over a cast to the type that is there anyway; there are no others."""
        if name != scope.declaration.qualified(entity_set.type):
            raise NotImplementedByService(_("Operations and derived types are not part of this service."))
        self.mark("/")

    # ---- collections ----

    def _collection(self, scope: Scope, collection: Collection) -> Node:
        while self.current.text == "/":
            self.mark("/")
            if self.kind == "dollar":
                word = self.take("dollar").text
                if word == "$count":
                    return Count(self._count_options(scope, collection))
                if word != "$filter":
                    raise self.unexpected()
                collection = self._narrowed(scope, collection)
                continue
            word = self.current.text.lower()
            if self.kind == "name" and word in ("any", "all") and self.ahead(1).text == "(":
                self.take("name")
                with self.deeper(scope):
                    return self._lambda(scope, collection, is_all=word == "all")
            if self.kind == "name":
                raise WrongType(
                    _("%(name)s is a collection: use any, all or $count.") % {"name": collection.navigation.name}
                )
            raise self.unexpected()
        return collection

    def _inner(self, scope: Scope, collection: Collection) -> Scope:
        return scope.with_element(Variable(collection.inner_level, collection.set))

    def _narrowed(self, scope: Scope, collection: Collection) -> Collection:
        """`/$filter(condition)`, which may be repeated."""
        self.mark("(")
        self.skip_space()
        with self.deeper(scope):
            condition = boolean(self.expression(self._inner(scope, collection)))
        self.skip_space()
        self.mark(")")
        return _and(collection, condition)

    def _count_options(self, scope: Scope, collection: Collection) -> Collection:
        """`/$count($filter=condition)`; without parentheses all are counted."""
        if self.current.text != "(":
            return collection
        self.mark("(")
        self.skip_space()
        option = self.current.text.lower().removeprefix("$")
        if option == "search":
            raise NotImplementedByService(_("$search is not supported inside an expression."))
        if option != "filter":
            raise self.unexpected()
        self.take(self.kind)
        self.mark("=")
        with self.deeper(scope):
            condition = boolean(self.expression(self._inner(scope, collection)))
        self.skip_space()
        self.mark(")")
        return _and(collection, condition)

    def _lambda(self, scope: Scope, collection: Collection, *, is_all: bool) -> Node:
        self.mark("(")
        self.skip_space()
        if self.current.text == ")" and not is_all:
            self.mark(")")
            return Quantified(False, collection, None, collection.inner_level)
        name = self.take("name").text
        self.skip_space()
        self.mark(":")
        self.skip_space()
        element = Variable(collection.inner_level, collection.set)
        predicate = boolean(self.expression(scope.with_variable(name, element)))
        self.skip_space()
        self.mark(")")
        return Quantified(is_all, collection, predicate, element.level)


def _and(collection: Collection, condition: Node) -> Collection:
    both = condition if collection.condition is None else Logic("and", (collection.condition, condition))
    return Collection(
        collection.level, collection.steps, collection.navigation, collection.set, collection.inner_level, both
    )
