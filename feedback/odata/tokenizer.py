"""Cutting an expression, already percent-decoded, into tokens (OData ABNF 4.01, sections 4 and 7).

One regular expression without nested repetition, so the time is linear in the length of the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from feedback.odata.errors import BadSyntax, TooComplex

MAX_LENGTH = 32_000

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t]+)
  | (?P<duration>duration'[^']*')
  | (?P<binary>binary'[^']*')
  | (?P<geo>(?:geography|geometry)'[^']*')
  | (?P<string>'(?:[^']|'')*')
  | (?P<jsonstring>"(?:[^"\\]|\\.)*")
  | (?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?!\w))
  | (?P<datetime>-?\d{4,}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)(?!\w))
  | (?P<date>-?\d{4,}-\d\d-\d\d(?!\w))
  | (?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?!\w))
  | (?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w))
  | (?P<infinity>-INF\b)
  | (?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)
  | (?P<dollar>\$[a-z]+)
  | (?P<alias>@[^\W\d]\w*(?:\.[^\W\d]\w*)*(?:\#\w+)?)
  | (?P<mark>[(),/:;=*\[\]{}-])
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; `position` is where it begins. The last token has the kind `end`."""

    kind: str
    text: str
    position: int


def tokenize(text: str) -> Sequence[Token]:
    """Cut the text into tokens, spaces included. Raises BadSyntax where no token begins, TooComplex when it is too
    long.
    """
    if len(text) > MAX_LENGTH:
        raise TooComplex(_("The expression is longer than %(limit)s characters.") % {"limit": MAX_LENGTH})
    tokens = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise bad_syntax(text, position)
        tokens.append(Token(found.lastgroup, found.group(), position))
        position = found.end()
    tokens.append(Token("end", "", position))
    return tokens


def bad_syntax(text: str, position: int) -> BadSyntax:
    """The error for text that cannot be read from `position` on."""
    rest = text[position : position + 20]
    if not rest:
        return BadSyntax(_("The expression ends too early."), position=position)
    return BadSyntax(
        _("Cannot read “%(rest)s” at position %(position)s.") % {"rest": rest, "position": position}, position=position
    )
