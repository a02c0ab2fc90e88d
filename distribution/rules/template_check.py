"""Do a version's template and its slots fit together, and is what comes out of it what it says it is?"""

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from xml.parsers import expat

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from distribution.choices import BodyFormat, Placement
from distribution.rules import rendering
from distribution.rules.problems import Problem
from distribution.rules.rendering import templates
from distribution.rules.rendering.bodies import TEMPLATES
from distribution.rules.rendering.charsets import Charset
from distribution.rules.values import ROUTING_SOURCES

SLOT_MESSAGES: dict[str, str | Promise] = {
    "slot_unclosed": _("“%(text)s” opens a slot that is not closed. Write slots as {{name}}."),
    "slot_unreadable": _(
        "“%(text)s” is no slot. Write slots as {{name}} or {{name|upper}}, with English letters, digits and _ only."
    ),
    "slot_step_unknown": _("“%(text)s” is nothing that can be done to a slot's value."),
    "slot_misplaced": _(
        "The slot “%(text)s” stands where no value can be put: in a comment, in the name of an element or outside the "
        "quotation marks of an attribute."
    ),
    "slot_in_host": _(
        "The slot “%(text)s” stands in the host of the address. Only the path and the parameters can come from a field."
    ),
    "slot_unmapped": _("Nothing fills the slot “%(text)s”. Add a mapping to it, placed in a slot."),
}
_ENCODING = re.compile(r"""^\s*<\?xml[^>]*\sencoding\s*=\s*["']([^"']+)["']""")


def template_problems(version: rendering.VersionLike, mappings: Sequence[rendering.MappingLike]) -> Iterator[Problem]:
    """Give what is wrong with the template, with its slots and with those of the address."""
    slots: dict[str, str] = {}
    for field, text in _texts(version):
        try:
            slots |= {name: field for name in templates.slots_of(text) if name not in slots}
        except templates.TemplateUnreadable as error:
            if field != "url":  # the address is asked in a check of its own
                yield Problem(field, error.code, SLOT_MESSAGES[error.code] % {"text": error.text})
            return
    mapped = {mapping.name for mapping in mappings if mapping.placement == Placement.SLOT}
    for name, field in slots.items():
        if name not in mapped:
            yield Problem(field, "slot_unmapped", SLOT_MESSAGES["slot_unmapped"] % {"text": name})
    for place, mapping in enumerate(mappings):
        if mapping.placement != Placement.SLOT:
            continue
        if mapping.name not in slots:
            message = _("No slot of this name stands in the template or the address. Write {{name}} where it belongs.")
            yield Problem("name", "slot_unused", message, place)
    yield from _routing_steps(version, mappings)
    if version.body_format in TEMPLATES:
        yield from _text_problems(version)


def _texts(version: rendering.VersionLike) -> Iterator[tuple[str, str]]:
    yield "url", version.url
    if version.body_format in TEMPLATES:
        yield "template", version.template


def _routing_steps(version: rendering.VersionLike, mappings: Sequence[rendering.MappingLike]) -> Iterator[Problem]:
    """The routing ID is sent as it is: no slot of it may ask for anything."""
    routing = {m.name for m in mappings if m.placement == Placement.SLOT and m.source in ROUTING_SOURCES}
    for field, text in _texts(version):
        for part in templates.parse(text):
            if isinstance(part, templates.Slot) and part.steps and part.name in routing:
                message = _("The routing ID is sent as it is: remove what its slot asks for after |.")
                yield Problem(field, "routing_id_changed", message)


def _text_problems(version: rendering.VersionLike) -> Iterator[Problem]:
    if not version.template.strip():
        yield Problem("template", "template_missing", _("Write the body that the client's system expects."))
        return
    if "\x00" in version.template:
        yield Problem("template", "value_not_sendable", _("Take the control characters out of the value."))
        return
    try:
        Charset(version.charset, is_lossy=False).encode(
            templates.filled(templates.parse(version.template), lambda slot: ""), "template"
        )
    except rendering.RenderFailure as failure:
        if failure.code == "not_encodable":
            message = _("This value has letters that the character set lacks.")
            yield Problem("template", failure.code, message)
        return
    if version.body_format == BodyFormat.JSON_TEMPLATE:
        yield from _json_text_problems(version.template)
    elif version.body_format in {BodyFormat.XML, BodyFormat.SOAP}:
        yield from _xml_problems(version)


def _json_text_problems(template: str) -> Iterator[Problem]:
    parts = templates.parse(template)
    places = iter(templates.json_places(parts))
    text = templates.filled(parts, lambda slot: "0" if next(places) == "value" else "x")
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f": {error.msg}, {error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        yield Problem("template", "not_json", _("The template is no JSON%(place)s.") % {"place": place})


def _xml_problems(version: rendering.VersionLike) -> Iterator[Problem]:
    parts = templates.parse(version.template)
    try:
        templates.xml_places(parts)
    except templates.SlotMisplaced as error:
        yield Problem("template", "slot_misplaced", SLOT_MESSAGES["slot_misplaced"] % {"text": str(error)})
        return
    declared = _ENCODING.search(version.template)
    if declared and not _is_same_charset(declared[1], version.charset):
        message = _("The template says encoding=“%(declared)s”, but the rule's character set is %(charset)s.")
        yield Problem("template", "encoding_differs", message % {"declared": declared[1], "charset": version.charset})
        return
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    text = _ENCODING.sub("<?xml version='1.0'", templates.filled(parts, lambda slot: "x"), count=1)
    try:
        parser.Parse(text.encode(), True)
    except (expat.ExpatError, _DoctypeFound) as error:
        place = f": {error}" if isinstance(error, expat.ExpatError) else ""
        yield Problem("template", "not_xml", _("The template is no well-formed XML%(place)s.") % {"place": place})


class _DoctypeFound(Exception):
    """A document type has no place in a request, and could name entities that grow without end."""


def _refuse_doctype(*_about: object) -> None:
    raise _DoctypeFound


def _is_same_charset(one: str, other: str) -> bool:
    try:
        return codecs.lookup(one).name == codecs.lookup(other).name
    except (LookupError, ValueError):
        return False
