"""The values that a pasted body or query carries, each under the name that a mapping gives it."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _

from distribution.choices import JsonType, Placement
from distribution.rules.json_paths import MAX_DEPTH, PathUnreadable, read_path
from distribution.rules.pasting.guessing import guess, routing_candidates
from distribution.rules.pasting.words import PasteUnreadable
from distribution.rules.sketches import SketchedMapping
from distribution.rules.values import CONSTANT

MAX_FIELDS = 150
_LONGEST_NAME, _LONGEST_VALUE = 200, 2000
_PLAIN_STEP = re.compile(r"[^.\[\]]+")
_XML_LEAF = re.compile(r"<((?:[\w-]{1,60}:)?([\w-]{1,80}))((?:\s[^<>]{0,500})?)>([^<>]{0,2000})</\1\s*>")


def pairs_of(text: str, placement: str, *, encoding: str = "utf-8") -> list[SketchedMapping]:
    """Give the fields of `name=value&...`; raises `PasteUnreadable` for more than a rule can hold."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, encoding=encoding, errors="replace")
    except (ValueError, LookupError):
        raise too_many() from None
    return [SketchedMapping(source=CONSTANT, name=name, constant=value, placement=placement) for name, value in pairs]


def too_many() -> PasteUnreadable:
    """Give the refusal of a request with more fields than a rule can hold."""
    return PasteUnreadable(
        _("This request has more fields than a rule can hold. Write its body as a template instead.")
    )


def read_json(text: str) -> Any:
    """Give a JSON object or array; None when the text is neither."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, (dict, list)) and document else None


def json_fields(document: Any) -> list[SketchedMapping]:
    """Give the leaves of a document with their paths; raises `PasteUnreadable` for more than a rule can hold."""
    fields: list[SketchedMapping] = []
    for path, value in _leaves(document, "", 0):
        if len(fields) >= MAX_FIELDS:
            raise too_many()
        text, json_type = _written(value)
        fields.append(SketchedMapping(source=CONSTANT, name=path, constant=text, json_type=json_type))
    return fields


def _leaves(node: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth < MAX_DEPTH and isinstance(node, dict) and node:
        for name, value in node.items():
            yield from _leaves(value, _under(path, name), depth + 1)
    elif depth < MAX_DEPTH and isinstance(node, list) and node:
        for place, value in enumerate(node):
            yield from _leaves(value, f"{path}[{place}]", depth + 1)
    else:
        yield path, node


def _under(path: str, name: str) -> str:
    if _PLAIN_STEP.fullmatch(name):
        return f"{path}.{name}" if path else name
    return f'{path}["{name}"]'


def _written(value: Any) -> tuple[str, str]:
    if isinstance(value, bool):
        return ("true" if value else "false"), JsonType.BOOLEAN
    if isinstance(value, str):
        return value, JsonType.AS_IS
    text = json.dumps(value, ensure_ascii=False)
    return text, JsonType.NUMBER if isinstance(value, (int, float)) else JsonType.RAW


def xml_template(text: str) -> tuple[str, list[SketchedMapping]]:
    """Give a document as a template: elements that hold a value of a lead become slots, the rest stays written."""
    fields: list[SketchedMapping] = []
    taken: set[str] = set()

    def replaced(match: re.Match[str]) -> str:
        element, local, attributes, content = match.groups()
        slot = re.sub(r"\W", "_", local, flags=re.ASCII)
        if not re.match(r"[A-Za-z]", slot) or slot in taken or len(fields) >= MAX_FIELDS:
            return match[0]
        found = guess(SketchedMapping(source=CONSTANT, name=slot, constant=unescape(content.strip())))
        if found.source == CONSTANT and not routing_candidates([found]):
            return match[0]
        taken.add(slot)
        sample = unescape(content.strip())
        fields.append(SketchedMapping(source=CONSTANT, name=slot, constant=sample, placement=Placement.SLOT))
        return f"<{element}{attributes}>{{{{{slot}}}}}</{element}>"

    return _XML_LEAF.sub(replaced, text), fields


def sendable(fields: list[SketchedMapping], *, is_json: bool) -> tuple[list[SketchedMapping], list[str]]:
    """Part the fields that a mapping can hold from those it cannot; gives also the names left out."""
    kept, left = [], []
    for mapping in fields:
        is_path = not is_json or mapping.placement != Placement.FIELD or _is_path(mapping.name)
        fits = len(mapping.name.strip()) > 0 and len(mapping.name) <= _LONGEST_NAME
        if fits and _is_clean(mapping) and is_path and len(mapping.constant) <= _LONGEST_VALUE:
            kept.append(mapping)
        else:
            left.append(mapping.name[:60].encode(errors="replace").decode() or "(…)")
    return kept, left


def _is_clean(mapping: SketchedMapping) -> bool:
    """Whether name and value are text that can be stored: half a surrogate pair, as JSON may write it, is none."""
    try:
        (mapping.name + mapping.constant).encode()
    except UnicodeEncodeError:
        return False
    return not any(sign < " " or sign == "\x7f" for sign in mapping.name) and "\x00" not in mapping.constant


def _is_path(name: str) -> bool:
    try:
        read_path(name)
    except PathUnreadable:
        return False
    return True
