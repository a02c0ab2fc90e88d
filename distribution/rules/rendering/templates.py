"""Texts with slots: `{{name}}` or `{{name|upper}}`, and nothing else. What stands in a slot is never read again.

Every slot is a field mapping of placement `slot`. Its value is escaped for the place it stands in.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from distribution.choices import Transform
from distribution.rules import transforms
from distribution.rules.rendering.readers import text_of

SLOT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_SLOT = re.compile(r"\{\{\s*(?P<name>[A-Za-z][A-Za-z0-9_]*)\s*(?P<steps>(?:\|\s*[a-z0-9_]+\s*)*)\}\}", re.ASCII)


class TemplateUnreadable(ValueError):
    """A slot is not closed or not readable, or says a transform that does not exist; `text` is the place."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot of a text: its name, and what is done to its value there, in order."""

    name: str
    steps: tuple[str, ...] = ()


Part = str | Slot
Steps = Callable[[str, str], str]

# What a slot can ask for beside the forms of a mapping: its value written for a place inside another text.
_ESCAPES: dict[str, Callable[[str], str]] = {
    "url": lambda text: quote(text, safe=""),
    "xml": lambda text: escape_xml(text),
    "json": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
}
STEPS = frozenset(_ESCAPES) | frozenset(Transform.values) - {Transform.NONE, Transform.DATE}


def parse(text: str) -> list[Part]:
    """Take a text apart into what stands as it is and its slots; raises `TemplateUnreadable`."""
    parts: list[Part] = []
    position = 0
    while (start := text.find("{{", position)) >= 0:
        match = _SLOT.match(text, start)
        if match is None:
            code = "slot_unreadable" if "}}" in text[start : start + 200] else "slot_unclosed"
            raise TemplateUnreadable(code, text[start : start + 40])
        steps = tuple(step.strip() for step in match["steps"].split("|")[1:])
        for step in steps:
            if step not in STEPS:
                raise TemplateUnreadable("slot_step_unknown", step)
        if start > position:
            parts.append(text[position:start])
        parts.append(Slot(match["name"], steps))
        position = match.end()
    if position < len(text):
        parts.append(text[position:])
    return parts


def slots_of(*texts: str) -> dict[str, Slot]:
    """Give the slots of texts by name; raises `TemplateUnreadable`."""
    return {part.name: part for text in texts for part in parse(text) if isinstance(part, Slot)}


def filled(parts: Iterable[Part], value: Callable[[Slot], str]) -> str:
    """Give the text with something in every slot."""
    return "".join(part if isinstance(part, str) else value(part) for part in parts)


def steps_of(slot: Slot) -> Steps:
    """Give the function that does to a text, in a time zone, what the slot asks for."""
    if not slot.steps:
        return lambda text, time_zone: text

    def done(text: str, time_zone: str) -> str:
        for name in slot.steps:
            text = _step(name, text, time_zone)
        return text

    return done


def _step(name: str, text: str, time_zone: str) -> str:
    if name in _ESCAPES:
        return _ESCAPES[name](text)
    return text_of(transforms.apply(text, transform=name, date_format="", time_zone=time_zone)) or ""


# What XML 1.0 cannot hold in any form (its section 2.2).
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\r": "&#13;"})
_XML_ATTRIBUTE = str.maketrans({"\n": "&#10;", "\t": "&#9;"})


def escape_xml(text: str) -> str:
    """Give a value as element content; control characters, which no XML can hold, become spaces."""
    return _NOT_XML.sub(" ", text).translate(_XML)


def escape_attribute(text: str) -> str:
    """Give a value as it stands between quotes, line breaks kept."""
    return escape_xml(text).translate(_XML_ATTRIBUTE)


def escape_cdata(text: str) -> str:
    """Give a value as it stands in a CDATA section."""
    return _NOT_XML.sub(" ", text).replace("]]>", "]]]]><![CDATA[>")


class SlotMisplaced(ValueError):
    """A slot stands where no value can be written safely."""


def xml_places(parts: Iterable[Part]) -> list[str]:
    """Tell where each slot of an XML text stands: `text`, `attribute` or `cdata`; raises `SlotMisplaced`."""
    places: list[str] = []
    before = ""
    for part in parts:
        if isinstance(part, str):
            before += part
            continue
        if before.rfind("<![CDATA[") > before.rfind("]]>"):
            places.append("cdata")
            continue
        if before.rfind("<!--") > before.rfind("-->") or before.rfind("<?") > before.rfind("?>"):
            raise SlotMisplaced(part.name)
        is_in_tag = before.rfind("<") > before.rfind(">")
        if is_in_tag and before[before.rfind("<") :].count('"') % 2 == before[before.rfind("<") :].count("'") % 2 == 0:
            raise SlotMisplaced(part.name)
        places.append("attribute" if is_in_tag else "text")
    return places


def json_places(parts: Iterable[Part]) -> list[str]:
    """Tell where each slot of a JSON text stands: inside quotes (`string`) or as a value of its own (`value`)."""
    places: list[str] = []
    is_string = is_escaped = False
    for part in parts:
        if not isinstance(part, str):
            places.append("string" if is_string else "value")
            continue
        for character in part:
            if is_escaped:
                is_escaped = False
            elif character == "\\":
                is_escaped = is_string
            elif character == '"':
                is_string = not is_string
    return places
