"""Under which name, and where in the request, a client's system finds what a mapping sends."""

import re
from enum import StrEnum

from distribution.choices import BodyFormat, Placement
from distribution.rules.rendering import templates


class Place(StrEnum):
    """Where in the request a parameter stands."""

    JSON_FIELD = "json_field"
    FORM_FIELD = "form_field"
    QUERY = "query"
    PATH = "path"
    HEADER = "header"
    XML_ELEMENT = "xml_element"
    XML_ATTRIBUTE = "xml_attribute"
    TEXT = "text"


_FIELD_PLACES = {
    BodyFormat.JSON: Place.JSON_FIELD,
    BodyFormat.QUERY: Place.QUERY,
    BodyFormat.FORM: Place.FORM_FIELD,
    BodyFormat.MULTIPART: Place.FORM_FIELD,
}
# What stands before a slot tells under which name its value arrives.
_BEFORE_IN_ADDRESS = ((re.compile(r"[?&;]([^=?&;#]+)=$"), Place.QUERY),)
_BEFORE_IN_TEMPLATE = {
    BodyFormat.JSON_TEMPLATE: ((re.compile(r'"((?:[^"\\]|\\.)+)"\s*:\s*"?$'), Place.JSON_FIELD),),
    BodyFormat.TEXT: ((re.compile(r"""([\w.-]+)\s*[=:]\s*["']?$"""), Place.TEXT),),
}
_BEFORE_IN_XML = (
    (re.compile(r"<([\w:.-]+)(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?\s*$"), Place.XML_ELEMENT),
    (re.compile(r"""([\w:.-]+)\s*=\s*["']$"""), Place.XML_ATTRIBUTE),
)


def place_of(*, placement: str, name: str, url: str, body_format: str, template: str) -> tuple[str, Place]:
    """Give the name that the client's system sees, and where.

    For a slot that is what stands around it in the address or template: `<ExternalId>{{rid}}</ExternalId>` arrives as
    ExternalId. Where nothing names it, the slot's own name is given.
    """
    if placement == Placement.HEADER:
        return name, Place.HEADER
    if placement == Placement.QUERY:
        return name, Place.QUERY
    if placement == Placement.FIELD:
        return name, _FIELD_PLACES.get(BodyFormat(body_format), Place.TEXT)
    if (before := _before_slot(url, name)) is not None:
        return _named(before, _BEFORE_IN_ADDRESS) or (name, Place.PATH)
    before = _before_slot(template, name) or ""
    patterns = _BEFORE_IN_TEMPLATE.get(BodyFormat(body_format), _BEFORE_IN_XML)
    return _named(before, patterns) or (name, Place.TEXT)


def _named(before: str, patterns: tuple[tuple[re.Pattern[str], Place], ...]) -> tuple[str, Place] | None:
    for pattern, place in patterns:
        if found := pattern.search(before):
            return found[1], place
    return None


def _before_slot(text: str, name: str) -> str | None:
    before = ""
    try:
        parts = templates.parse(text)
    except templates.TemplateUnreadable:
        return None
    for part in parts:
        if not isinstance(part, str):
            if part.name == name:
                return before
            part = "x"
        before += part
    return None
