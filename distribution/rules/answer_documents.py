"""Values inside an answer that is JSON or XML, found by a path that staff can read, and the way back: every value of
an answer with its path.

JSON: `data.leadId`, `errors[0].message`, `["a name with a dot"].x`; a leading `$.` is taken as well. XML:
`Envelope/Body/Result/Code`, `Item[2]/@id`: local names, whatever their prefix; a path that does not begin at the root
is looked for anywhere. Nothing here fails for anything a client's system can answer; a value that is not there is None.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

MAX_STEPS = 40
MOST_LEAVES = 400
JsonPath = tuple[str | int, ...]
XmlPath = tuple[tuple[str, int], ...]

_JSON_STEP = re.compile(r'(?:^|\.)(?P<name>[^.\[\]"]+)|\[(?P<index>[0-9]{1,5})\]|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]')
_PLAIN_NAME = re.compile(r'[^.\[\]"$][^.\[\]"]*')
_XML_STEP = re.compile(r"(?P<name>@?[^/\[\]@\s]+)(?:\[(?P<number>[1-9][0-9]{0,3})\])?")


class PathUnreadable(ValueError):
    """The text is no path."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One line of a document as a screen shows it: `value` is None for a branch, which has no `path` either."""

    depth: int
    label: str
    path: str = ""
    value: str | None = None


@lru_cache(maxsize=4096)
def read_json_path(text: str) -> JsonPath:
    """Read a path into JSON; raises `PathUnreadable`."""
    rest = text.strip()
    if rest.startswith("$"):
        rest = rest[1:].removeprefix(".")
    steps: list[str | int] = []
    position = 0
    while position < len(rest):
        match = _JSON_STEP.match(rest, position)
        if match is None:
            raise PathUnreadable(text)
        position = match.end()
        if match["index"] is not None:
            steps.append(int(match["index"]))
        else:
            steps.append(match["name"] if match["quoted"] is None else _unquoted(match["quoted"]))
    if not steps or len(steps) > MAX_STEPS:
        raise PathUnreadable(text)
    return tuple(steps)


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        raise PathUnreadable(text) from None


@lru_cache(maxsize=4096)
def read_xml_path(text: str) -> XmlPath:
    """Read a path into XML as ((local name or @attribute, which of its namesakes), ...); raises `PathUnreadable`."""
    steps = []
    parts = text.strip().lstrip("/").split("/")
    for place, part in enumerate(parts):
        match = _XML_STEP.fullmatch(part.strip())
        is_attribute = part.strip().startswith("@")
        if match is None or (is_attribute and (match["number"] or place != len(parts) - 1)):
            raise PathUnreadable(text)
        name = match["name"].rpartition(":")[2].lstrip("@")
        steps.append((f"@{name}" if is_attribute else name, int(match["number"] or 1)))
    if len(steps) > MAX_STEPS:
        raise PathUnreadable(text)
    return tuple(steps)


def read_json(text: str) -> Any:
    """Give the document, numbers as they are written; None when the text is no JSON."""
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def read_xml(text: str) -> Element | None:
    """Give the root; None when the text is no XML, or one that declares entities or a DTD."""
    try:
        return fromstring(text.strip(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError, UnicodeError):
        return None


def json_value(document: Any, path: JsonPath) -> str | None:
    """Give the value at a path as text; objects and arrays as JSON; None for null too."""
    node = document
    for step in path:
        if isinstance(step, int):
            if not isinstance(node, list) or step >= len(node):
                return None
            node = node[step]
        elif isinstance(node, dict) and step in node:
            node = node[step]
        else:
            return None
    return _json_text(node)


def _json_text(node: Any) -> str | None:
    if node is None or isinstance(node, str):
        return node
    if isinstance(node, bool):
        return "true" if node else "false"
    try:
        return json.dumps(node, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return None


def xml_value(root: Element | None, path: XmlPath) -> str | None:
    """Give the text of the element, or the attribute, at a path."""
    if root is None:
        return None
    (first, number), rest = path[0], path[1:]
    if first.startswith("@"):
        return next((value for element in root.iter() if (value := _attribute(element, first)) is not None), None)
    starts = [root] if _local(root.tag) == first and number == 1 else []
    starts += [element for element in root.iter() if element is not root and _local(element.tag) == first]
    if not rest or number > 1:
        starts = starts[number - 1 : number]
    if not rest:
        return _text(starts[0]) if starts else None
    return next((value for start in starts if (value := _below(start, rest)) is not None), None)


def _below(element: Element, path: XmlPath) -> str | None:
    for name, number in path:
        if name.startswith("@"):
            return _attribute(element, name)
        namesakes = [child for child in element if _local(child.tag) == name]
        if len(namesakes) < number:
            return None
        element = namesakes[number - 1]
    return _text(element)


def _attribute(element: Element, name: str) -> str | None:
    return next((value for key, value in element.attrib.items() if _local(key) == name[1:]), None)


def _local(tag: Any) -> str:
    # Comments and processing instructions have functions for tags.
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _text(element: Element) -> str:
    return "".join(element.itertext()).strip()


def json_leaves(document: Any) -> list[Leaf]:
    """Give a document line by line, at most `MOST_LEAVES` of them; every value with the path that finds it."""
    return _first_leaves(_json_leaves("", "", document))


def _json_leaves(label: str, path: str, root: Any) -> Iterator[Leaf]:
    stack = [(0, label, path, root)]
    while stack:
        depth, label, path, node = stack.pop()
        if not isinstance(node, (dict, list)):
            yield Leaf(depth, label, path, _json_text(node) if node is not None else "null")
            continue
        if path or label:
            yield Leaf(depth, label)
            depth += 1
        children = (
            [(depth, str(key), _joined(path, key), value) for key, value in node.items()]
            if isinstance(node, dict)
            else [(depth, f"[{place}]", f"{path}[{place}]", value) for place, value in enumerate(node)]
        )
        stack.extend(reversed(children))


def _joined(path: str, name: str) -> str:
    if _PLAIN_NAME.fullmatch(name):
        return f"{path}.{name}" if path else name
    return f"{path}[{json.dumps(name, ensure_ascii=False)}]"


def xml_leaves(root: Element) -> list[Leaf]:
    """Give a document line by line, attributes first; every text with the path that finds it."""
    return _first_leaves(_xml_leaves(root))


def _xml_leaves(root: Element) -> Iterator[Leaf]:
    stack = [(0, _local(root.tag), root)]
    while stack:
        depth, path, element = stack.pop()
        label = path.rpartition("/")[2]
        children = [child for child in element if _local(child.tag)]
        yield Leaf(depth, label) if children else Leaf(depth, label, path, _text(element))
        for key, value in element.attrib.items():
            yield Leaf(depth + 1, f"@{_local(key)}", f"{path}/@{_local(key)}", value)
        seen: dict[str, int] = {}
        steps = []
        for child in children:
            name = _local(child.tag)
            seen[name] = number = seen.get(name, 0) + 1
            steps.append((depth + 1, f"{path}/{name}" + (f"[{number}]" if number > 1 else ""), child))
        stack.extend(reversed(steps))


def _first_leaves(leaves: Iterator[Leaf]) -> list[Leaf]:
    found = []
    for leaf in leaves:
        found.append(leaf)
        if len(found) == MOST_LEAVES:
            break
    return found
