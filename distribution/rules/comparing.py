"""How values are compared as people mean them: `Café`, `קפה` and `קָפֶה`, `נדל"ן` and `נדל״ן`, `4,900 ₪` and `4900`."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

# Vowel points and cantillation; quotes that stand in Hebrew words and abbreviations; every sign used as a hyphen.
_HEBREW_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]")
_QUOTES = str.maketrans("", "", "\"'`׳״‘’‚“”„")
_HYPHENS = re.compile("[\u05be\u2010-\u2015\u2212_-]+")
_MONEY = re.compile(r"^(?:₪|\$|€|nis|ils|שח)?\s*(.*?)\s*(?:₪|\$|€|%|nis|ils|שח)?$", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)", re.ASCII)
_LONGEST_NUMBER = 40
_DEEPEST_VALUE = 4
_MOST_VALUES = 200


def folded(text: str) -> str:
    """Give what matters of a text: no case, points, quotes, marks of direction; hyphens and spaces are one space."""
    shown = unicodedata.normalize("NFKC", text)
    shown = "".join(mark for mark in shown if unicodedata.category(mark) not in {"Cf", "Cc"} or mark in "\t\n\r")
    shown = _HEBREW_POINTS.sub("", shown).translate(_QUOTES)
    return " ".join(_HYPHENS.sub(" ", shown).casefold().split())


def number_of(text: str) -> Decimal | None:
    """Give the number that a whole text says (`4,900 ₪`, `3.5`, `3,5`, `50%`), None for anything else."""
    if len(text) > _LONGEST_NUMBER:
        return None
    bare = _MONEY.sub(r"\1", unicodedata.normalize("NFKC", text).translate(_QUOTES).strip())
    bare = bare.replace("\u2212", "-")
    if not _NUMBER.fullmatch(bare):
        return None
    is_grouped = re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", bare)
    try:
        return Decimal(bare.replace(",", "" if is_grouped else "."))
    except InvalidOperation:
        return None


def texts_of(value: Any, *, depth: int = 0) -> Iterator[str]:
    """Give the texts of a value as it came: one for a text or number, each of a list's, those inside an object."""
    if value is None or depth > _DEEPEST_VALUE:
        return
    if isinstance(value, str):
        if value.strip():
            yield value
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, int | float | Decimal):
        yield str(value)
    elif isinstance(value, Mapping):
        for part in list(value.values())[:_MOST_VALUES]:
            yield from texts_of(part, depth=depth + 1)
    elif isinstance(value, list | tuple):
        for part in value[:_MOST_VALUES]:
            yield from texts_of(part, depth=depth + 1)
