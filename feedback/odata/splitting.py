"""Cutting text at separators that stand outside quotes, parentheses, brackets and braces."""

from collections.abc import Iterator

_OPENING = "([{"
_CLOSING = ")]}"


def split(text: str, separator: str) -> list[str]:
    """Cut at each top-level separator. Linear; unbalanced text is cut somewhere and refused by whoever reads the
    pieces.
    """
    pieces = []
    start = 0
    for position, depth in _outside_quotes(text):
        if depth == 0 and text[position] == separator:
            pieces.append(text[start:position])
            start = position + 1
    pieces.append(text[start:])
    return pieces


def is_balanced(text: str) -> bool:
    """Whether every bracket outside quotes is closed."""
    depth = 0
    for _position, depth in _outside_quotes(text):
        if depth < 0:
            return False
    return depth == 0


def _outside_quotes(text: str) -> Iterator[tuple[int, int]]:
    """Positions outside quotes, each with the depth of nesting after it."""
    depth = 0
    quote = ""
    for position, character in enumerate(text):
        if quote:
            if character == quote:
                quote = ""
            continue
        if character in "'\"":
            quote = character
            continue
        depth += (character in _OPENING) - (character in _CLOSING)
        yield position, depth
