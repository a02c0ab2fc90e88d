"""From a mapping to a function of the lead: source, joined field, form, table, default, length, JSON type."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from distribution.choices import JsonType
from distribution.rules import transforms
from distribution.rules.rendering.request import MappingLike, RenderFailure
from distribution.rules.values import CONSTANT, SECRET, SendableValue, Subject, sendable_value

_NUMBER = re.compile(r"[+-]?(?:\d{1,30}|\d{1,3}(?:,\d{3}){1,9})(?:\.\d{1,30})?", re.ASCII)
_NO_WORDS = frozenset({"0", "false", "no", "n", "off", "לא"})

Reader = Callable[[Subject], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One mapping, ready: its name there and how its value is read. `as_json` gives the value as JSON has it."""

    name: str
    read: Reader
    json_type: str
    is_always_sent: bool
    secret_slot: str = ""

    def text(self, subject: Subject) -> str | None:
        """Give the value as addresses, forms and headers carry it; None when nothing is sent."""
        value = text_of(self.read(subject))
        return "" if value is None and self.is_always_sent else value

    def texts(self, subject: Subject) -> list[str]:
        """Give the value as often as a form repeats its name: a list once per item."""
        value = self.read(subject)
        if isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in value):
            return [text for item in value if (text := text_of(item)) is not None]
        text = text_of(value)
        return [text] if text is not None else [""] if self.is_always_sent else []

    def as_json(self, subject: Subject) -> Any:
        """Give the value for JSON; None when nothing is sent. Raises `RenderFailure` when it does not fit its type."""
        value = self.read(subject)
        if transforms.is_empty(value):
            return None
        return json_value(value, self.json_type, self.name)

    @property
    def empty_json(self) -> Any:
        """What stands in JSON for an empty value that is sent all the same."""
        return "" if self.json_type in {JsonType.AS_IS, JsonType.TEXT} else [] if self.json_type == "list" else None


def field_of(mapping: MappingLike) -> Field:
    """Prepare one mapping; raises `RenderFailure` for a source that does not exist."""
    slot = mapping.secret_slot if mapping.source == SECRET else ""
    return Field(mapping.name, _trimmed(mapping, _reader(mapping)), mapping.json_type, mapping.is_always_sent, slot)


def _trimmed(mapping: MappingLike, read: Reader) -> Reader:
    length = mapping.max_length
    if not length:
        return read

    def trimmed(subject: Subject) -> Any:
        value = read(subject)
        return value[:length].strip() if isinstance(value, str) else value

    return trimmed


def _reader(mapping: MappingLike) -> Reader:
    if mapping.source == CONSTANT:
        constant = mapping.constant
        return lambda subject: constant
    if mapping.source == SECRET:
        # The secret itself is put in per attempt, where its slot stands (see `secrets`).
        slot = mapping.secret_slot
        return lambda subject: slot
    value = _value(mapping.source)
    transformed = _joined(mapping, value) if mapping.joined_source else _transformed(mapping, value)
    table, default = mapping.value_table, mapping.default
    if not table and not default:
        return transformed
    return lambda subject: transforms.look_up(transformed(subject), table, default)


def _value(source: str) -> SendableValue:
    value = sendable_value(source)
    if value is None:
        raise RenderFailure("render_failed", source)
    return value


def _transformed(mapping: MappingLike, value: SendableValue) -> Reader:
    read, key, transform, date_format = value.read, mapping.source_key, mapping.transform, mapping.date_format
    if transform in transforms.PHONE_TRANSFORMS and value.read_phone is not None:
        read_phone = value.read_phone

        def phone(subject: Subject) -> Any:
            raw = read(subject, key)
            if not (normalized := read_phone(subject)):
                return transforms.apply(raw, transform=transform, date_format="", time_zone=subject.time_zone)
            return transforms.phone_form(transform, normalized, raw)

        return phone

    def transformed(subject: Subject) -> Any:
        raw = read(subject, key)
        if not transform and not isinstance(raw, datetime):
            return raw
        return transforms.apply(raw, transform=transform, date_format=date_format, time_zone=subject.time_zone)

    return transformed


def _joined(mapping: MappingLike, value: SendableValue) -> Reader:
    """Read two fields as one text, then give it its form; an empty one brings no separator."""
    parts = ((value, mapping.source_key), (_value(mapping.joined_source), mapping.joined_key))
    separator, transform, date_format = mapping.separator, mapping.transform, mapping.date_format

    def joined(subject: Subject) -> Any:
        raws = (part.read(subject, key) for part, key in parts)
        texts = [
            text_of(transforms.apply(raw, transform="", date_format="", time_zone=subject.time_zone)) for raw in raws
        ]
        text = separator.join(text for text in texts if text is not None)
        return transforms.apply(text, transform=transform, date_format=date_format, time_zone=subject.time_zone)

    return joined


def text_of(value: Any) -> str | None:
    """Give a value as text, None when it is empty."""
    if transforms.is_empty(value):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def json_value(value: Any, json_type: str, name: str) -> Any:
    """Give a value in the JSON type that a mapping asks for; raises `RenderFailure` when it does not fit."""
    if not json_type:
        return value if isinstance(value, (str, int, float, bool, dict, list, type(None))) else str(value)
    try:
        return _JSON_TYPES[json_type](value)
    except (ValueError, RecursionError):
        raise RenderFailure("type_mismatch", f"{name}: “{str(value)[:60]}” ({JsonType(json_type).label})") from None


def _number(value: Any) -> int | float:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    plain = text.replace(",", "")
    return float(plain) if "." in plain else int(plain)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if transforms.is_yes(value):
        return True
    if str(value).strip().lower() in _NO_WORDS:
        return False
    raise ValueError(value)


def _list(value: Any) -> list[Any]:
    """A list as it is; a text by its commas; anything else as the one item."""
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return [value]


def _raw(value: Any) -> Any:
    """JSON written as text, such as `null`, `[1,2]` or `{"a": true}`."""
    found = json.loads(value) if isinstance(value, str) else value
    json.dumps(found, allow_nan=False)  # NaN, and numbers beyond every limit, are Python's JSON only
    return found


_JSON_TYPES: dict[str, Callable[[Any], Any]] = {
    JsonType.TEXT: text_of,
    JsonType.NUMBER: _number,
    JsonType.BOOLEAN: _boolean,
    JsonType.LIST: _list,
    JsonType.RAW: _raw,
}
