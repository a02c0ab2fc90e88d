"""What a lead source posts, read into names and values: plain JSON or form fields, Google lead forms, Elementor, Meta.

Pure: bytes in, `Posting`s out. Which of our fields a name means is `fields`' business.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from distribution.rules.lead_draft import Entry, yes_or_no

FORM_FIELD_LIMIT = 1_000
NESTING_LIMIT = 50

_SURROGATE = re.compile("[\ud800-\udfff\x00]")
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
# Members of the lists in which Google and Meta send a form's fields.
_LISTS_OF_FIELDS = ("user_column_data", "field_data")


class Unreadable(Exception):
    """The body is not what its content type says; the message says where it breaks off."""


@dataclass(frozen=True)
class Posting:
    """One lead as it was posted: its values, whether the sender calls it a test, the secret it carried inside."""

    entries: list[Entry]
    is_test: bool = False
    token: str = ""
    # Google takes nothing but 200 for an answer.
    is_google: bool = field(default=False, kw_only=True)


def read_json(body: bytes) -> Any:
    """Give the JSON value of a body.

    Raises `Unreadable` for anything that is no JSON, or is nested deeper than a lead can be.
    """
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_float=_finite, parse_constant=str)
    except UnicodeDecodeError:
        raise Unreadable("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"The body is not JSON: {error}.") from None
    except (ValueError, RecursionError):
        raise Unreadable("The body holds a number too long or is nested too deeply.") from None
    # Only an escape can bring what PostgreSQL cannot store; bodies without one are not walked.
    return _storable(value) if b"\\u" in body or body.count(b"[") + body.count(b"{") > NESTING_LIMIT else value


def read_form(body: bytes, charset: str = "utf-8") -> list[tuple[str, str]]:
    """Give the names and values of a form-encoded body.

    Raises `Unreadable` for too many fields and for a character set that nobody knows.
    """
    try:
        text = body.decode("ascii", "replace").strip()  # a line's end after the last value is no part of it
        pairs = parse_qsl(
            text, keep_blank_values=True, encoding=charset, errors="replace", max_num_fields=FORM_FIELD_LIMIT
        )
    except (ValueError, LookupError) as error:
        raise Unreadable(f"The form fields cannot be read: {error}.") from None
    return [(clean(name), clean(value)) for name, value in pairs]


def clean(text: str) -> str:
    """Put U+FFFD in the place of what no database stores: NUL, and half of a surrogate pair."""
    return _SURROGATE.sub("\ufffd", text)


def posting_of_json(item: Mapping[str, Any]) -> Posting:
    """Read one JSON object: ours (any names; `data` may hold further fields), Google's or Meta's."""
    entries: list[Entry] = []
    is_test = False
    token = ""
    for name, value in item.items():
        if name == "google_key":
            token = value if isinstance(value, str) else ""
        elif name == "is_test":
            is_test = yes_or_no(str(value).strip()) is True
        elif name in _LISTS_OF_FIELDS and isinstance(value, list):
            entries += _listed_fields(value)
        elif name == "data" and isinstance(value, dict):
            entries += [Entry(inner, inner_value) for inner, inner_value in value.items()]
        else:
            entries.append(Entry(name, value))
    return Posting(entries, is_test, token, is_google="user_column_data" in item)


def posting_of_form(pairs: Iterable[tuple[str, str]]) -> Posting:
    """Read form fields: plain names, or Elementor's `fields[phone][value]`."""
    entries: list[Entry] = []
    groups: dict[tuple[str, str], dict[str, str]] = {}
    is_test = False
    token = ""
    for name, value in pairs:
        root, *inner = [name.partition("[")[0], *_BRACKETS.findall(name)]
        if name == "google_key":
            token = value
        elif name == "is_test":
            is_test = yes_or_no(value.strip()) is True
        elif root in ("fields", "meta") and len(inner) == 2:
            group = groups.setdefault((root, inner[0]), {})
            group[inner[1]] = value
        elif root == "form" and len(inner) == 1:
            entries.append(Entry(f"form_{inner[0]}", value))
        else:
            entries.append(Entry(name, value))
    for (_root, key), parts in groups.items():
        entries.append(Entry(parts.get("id") or key, parts.get("value", ""), parts.get("title", "")))
    return Posting(entries, is_test, token)


def _listed_fields(columns: list[Any]) -> list[Entry]:
    """Google: column_id, column_name, string_value. Meta: name, values. A column without an id has its question."""
    entries = []
    for column in columns:
        if not isinstance(column, dict):
            entries.append(Entry("user_column_data", column))
            continue
        name = column.get("column_id") or column.get("column_name") or column.get("name") or ""
        value = column.get("string_value", column.get("value"))
        if value is None and isinstance(column.get("values"), list):
            values = column["values"]
            value = values[0] if len(values) == 1 else values
        entries.append(Entry(str(name), value))
    return entries


def _finite(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _storable(value: Any, depth: int = 0) -> Any:
    if depth > NESTING_LIMIT:
        raise Unreadable("The body is nested too deeply.")
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {clean(name): _storable(item, depth + 1) for name, item in value.items()}
    return value
