"""`$search`: words and phrases combined with AND, OR and NOT (OData URL Conventions 4.01, section 5.1.7).

AND, OR and NOT are operators only where an operator can stand; words that follow each other are joined by AND.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from feedback.odata.errors import BadSyntax
from feedback.odata.scope import Budget
from feedback.odata.tokenizer import bad_syntax

_TOKEN = re.compile(
    r"""
    \s*(?:
        "(?P<phrase>[^"]+)"(?=[\s()]|\Z)
      | '(?P<quoted>(?:[^']|'')*)'(?=[\s()]|\Z)
      | (?P<mark>[()])
      | (?P<word>[^\s()"'][^\s()"]*)
    )
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a phrase to look for."""

    text: str


@dataclass(frozen=True, slots=True)
class Every:
    """All parts must hold."""

    parts: "tuple[SearchNode, ...]"


@dataclass(frozen=True, slots=True)
class Some:
    """One part at least must hold."""

    parts: "tuple[SearchNode, ...]"


@dataclass(frozen=True, slots=True)
class Without:
    """The part must not hold."""

    part: "SearchNode"


SearchNode = Word | Every | Some | Without


def parse_search(text: str, budget: Budget) -> SearchNode:
    """Read the option's value. Raises BadSyntax, and TooComplex over the bounds."""
    reader = _SearchReader(text, budget)
    node = reader.alternatives(1)
    if reader.kind:
        raise bad_syntax(text, reader.position)
    return node


class _SearchReader:
    def __init__(self, text: str, budget: Budget) -> None:
        self._text = text
        self._budget = budget
        self._tokens: list[tuple[str, str, int]] = []
        self._at = 0
        position, end = 0, len(text.rstrip())
        while position < end:
            found = _TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise bad_syntax(text, position)
            self._tokens.append((found.lastgroup, found.group(found.lastgroup), position))
            position = found.end()
        if not self._tokens:
            raise BadSyntax(_("$search needs a word."), position=0)

    @property
    def kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    @property
    def position(self) -> int:
        return self._tokens[self._at][2] if self._at < len(self._tokens) else len(self._text)

    def _word_at(self, at: int, *words: str) -> bool:
        return at < len(self._tokens) and self._tokens[at][0] == "word" and self._tokens[at][1] in words

    def _operand_at(self, at: int) -> bool:
        return at < len(self._tokens) and self._tokens[at][1] != ")"

    def alternatives(self, depth: int) -> SearchNode:
        """Parts joined by OR."""
        self._budget.check_depth(depth)
        parts = [self._sequence(depth)]
        while self._word_at(self._at, "OR") and self._operand_at(self._at + 1):
            self._at += 1
            parts.append(self._sequence(depth))
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _sequence(self, depth: int) -> SearchNode:
        """Parts joined by AND or by standing side by side."""
        parts = [self._part(depth)]
        while self._operand_at(self._at) and not (self._word_at(self._at, "OR") and self._operand_at(self._at + 1)):
            if self._word_at(self._at, "AND") and self._operand_at(self._at + 1):
                self._at += 1
            parts.append(self._part(depth))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _part(self, depth: int) -> SearchNode:
        self._budget.spend()
        if not self._operand_at(self._at):
            raise bad_syntax(self._text, self.position)
        if (
            self._word_at(self._at, "NOT")
            and self._operand_at(self._at + 1)
            and not self._word_at(self._at + 1, "AND", "OR")
        ):
            self._at += 1
            self._budget.check_depth(depth + 1)
            return Without(self._part(depth + 1))
        kind, text, _position = self._tokens[self._at]
        self._at += 1
        if kind != "mark":
            return Word(text.replace("''", "'") if kind == "quoted" else text)
        inner = self.alternatives(depth + 1)
        if self.kind != "mark":
            raise bad_syntax(self._text, self.position)
        self._at += 1
        return inner


def search_condition(node: SearchNode, search: Callable[[str], Q]) -> Q:
    """Combine the conditions of the single words."""
    match node:
        case Word(text=text):
            return search(text)
        case Every(parts=parts):
            condition = Q()
            for part in parts:
                condition &= search_condition(part, search)
            return condition
        case Some(parts=parts):
            condition = Q()
            for part in parts:
                condition |= search_condition(part, search)
            return condition
        case Without(part=part):
            return ~search_condition(part, search)
