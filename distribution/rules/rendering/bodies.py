"""The bodies a request can have: each a function of the lead, made once per version."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from distribution.choices import BodyFormat
from distribution.rules import json_paths
from distribution.rules.rendering import templates
from distribution.rules.rendering.charsets import Charset
from distribution.rules.rendering.readers import Field, json_value
from distribution.rules.rendering.request import MAX_BODY, RenderFailure
from distribution.rules.rendering.secrets import SecretUses
from distribution.rules.values import Subject

# What a body is called and its bytes, for a lead and the request's key.
BodyWriter = Callable[[Subject, str], tuple[str, bytes]]

# Formats whose fields stand in a list, and those whose text is a template with slots.
LISTED = frozenset({BodyFormat.JSON, BodyFormat.FORM, BodyFormat.QUERY, BodyFormat.MULTIPART})
TEMPLATES = frozenset({BodyFormat.JSON_TEMPLATE, BodyFormat.XML, BodyFormat.SOAP, BodyFormat.TEXT})


def json_string(text: str) -> str:
    """Give a text as it stands between the quotes of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def write_json(fields: Sequence[Field], charset: Charset, secrets: SecretUses) -> BodyWriter:
    """Nested objects and arrays by the names' paths. Letters that the character set lacks are written `\\uXXXX`."""
    try:
        json_paths.check_paths(field.name for field in fields)
    except (json_paths.PathUnreadable, json_paths.PathsConflict) as error:
        raise RenderFailure("mapping_conflict", str(error)) from error
    placed = [(json_paths.read_path(field.name), secrets.placed(field, json_string)) for field in fields]
    content_type = f"application/json{charset.suffix}"

    def write(subject: Subject, key: str) -> tuple[str, bytes]:
        pairs = []
        for path, field in placed:
            value = field.as_json(subject)
            if value is not None:
                pairs.append((path, value))
            elif field.is_always_sent:
                pairs.append((path, field.empty_json))
        return content_type, _json_bytes(json_paths.build(pairs), charset)

    return write


def _json_bytes(document: Any, charset: Charset) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if charset.is_utf8:
        return text.encode()
    try:
        return text.encode(charset.name)
    except UnicodeEncodeError:
        return json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii")


def write_form(fields: Sequence[Field], charset: Charset, secrets: SecretUses) -> BodyWriter:
    """`name=value&...`, percent-encoded in the character set; a list repeats its name."""
    pairs = percent_pairs(fields, charset, secrets)
    content_type = f"application/x-www-form-urlencoded{charset.suffix}"
    return lambda subject, key: (content_type, pairs(subject).encode("ascii"))


def percent_pairs(fields: Sequence[Field], charset: Charset, secrets: SecretUses) -> Callable[[Subject], str]:
    """Give the function that writes fields as a form or the query of an address carries them."""
    placed = []
    for field in fields:
        escape = _percent(charset, field.name)
        placed.append((field.name, charset.percent(field.name, field.name), secrets.placed(field, escape)))

    def pairs(subject: Subject) -> str:
        return "&".join(
            f"{written}={charset.percent(text, name)}"
            for name, written, field in placed
            for text in field.texts(subject)
        )

    return pairs


def _percent(charset: Charset, name: str) -> Callable[[str], str]:
    return lambda text: charset.percent(text, name)


def write_multipart(fields: Sequence[Field], charset: Charset, secrets: SecretUses) -> BodyWriter:
    """`multipart/form-data` (RFC 7578); names are escaped as browsers do (HTML, 4.10.22.8)."""
    placed = []
    for field in fields:
        name = field.name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = f'Content-Disposition: form-data; name="{name}"\r\n'
        kind = "" if charset.is_utf8 else f"Content-Type: text/plain; charset={charset.name}\r\n"
        placed.append((field.name, charset.encode(f"{head}{kind}\r\n", field.name), secrets.placed(field, str)))

    def write(subject: Subject, key: str) -> tuple[str, bytes]:
        boundary = f"lead-{key}"
        line = f"--{boundary}\r\n".encode()
        parts = [
            b"".join((line, head, charset.encode(text, name), b"\r\n"))
            for name, head, field in placed
            for text in field.texts(subject)
        ]
        return f"multipart/form-data; boundary={boundary}", b"".join([*parts, f"--{boundary}--\r\n".encode()])

    return write


def write_template(
    body_format: str, text: str, fields: Mapping[str, Field], charset: Charset, secrets: SecretUses
) -> BodyWriter:
    """A text with slots, each escaped for its place. Raises `RenderFailure` when a slot cannot be filled."""
    try:
        parts = templates.parse(text)
        places = _PLACES[body_format](parts)
    except templates.TemplateUnreadable as error:
        raise RenderFailure("template_unreadable", error.text) from error
    except templates.SlotMisplaced as error:
        raise RenderFailure("template_unreadable", str(error)) from error
    pieces: list[bytes | Callable[[Subject], bytes]] = []
    places_left = iter(places)
    for part in parts:
        if isinstance(part, str):
            pieces.append(charset.encode(part, "template"))
        else:
            pieces.append(_slot_writer(part, next(places_left), fields, charset, secrets))
    content_type = f"{_CONTENT_TYPES[BodyFormat(body_format)]}; charset={charset.name}"

    def write(subject: Subject, key: str) -> tuple[str, bytes]:
        return content_type, b"".join(piece if isinstance(piece, bytes) else piece(subject) for piece in pieces)

    return write


def _slot_writer(
    slot: templates.Slot, place: str, fields: Mapping[str, Field], charset: Charset, secrets: SecretUses
) -> Callable[[Subject], bytes]:
    field = fields.get(slot.name)
    if field is None:
        raise RenderFailure("slot_unmapped", slot.name)
    escape, steps = _ESCAPES[place], templates.steps_of(slot)
    if field.secret_slot:
        placed = secrets.placed(field, lambda text: escape(steps(text, "")))
        return lambda subject: placed.read(subject).encode()
    if place == "value":
        return lambda subject: _json_bytes(_slot_value(field, slot, steps, subject), charset)
    if place == "string":
        return lambda subject: _json_bytes(steps(field.text(subject) or "", subject.time_zone), charset)[1:-1]
    # In XML a letter that the character set lacks is written as a character reference, which loses nothing.
    if place in {"text", "attribute"} and not charset.is_utf8:
        return lambda subject: escape(steps(field.text(subject) or "", subject.time_zone)).encode(
            charset.name, "xmlcharrefreplace"
        )
    return lambda subject: charset.encode(escape(steps(field.text(subject) or "", subject.time_zone)), slot.name)


def _slot_value(field: Field, slot: templates.Slot, steps: templates.Steps, subject: Subject) -> Any:
    """Give what stands in a JSON template outside quotes: a value of the mapping's type, `null` for none."""
    if not slot.steps:
        value = field.as_json(subject)
    else:
        text = steps(field.text(subject) or "", subject.time_zone)
        value = json_value(text, field.json_type, field.name) if text else None
    return field.empty_json if value is None and field.is_always_sent else value


_ESCAPES: dict[str, Callable[[str], str]] = {
    "text": templates.escape_xml,
    "attribute": templates.escape_attribute,
    "cdata": templates.escape_cdata,
    "string": json_string,
    "value": json_string,
    "plain": str,
}
_PLACES: dict[str, Callable[[Sequence[templates.Part]], list[str]]] = {
    BodyFormat.JSON_TEMPLATE: templates.json_places,
    BodyFormat.XML: templates.xml_places,
    BodyFormat.SOAP: templates.xml_places,
    BodyFormat.TEXT: lambda parts: ["plain" for part in parts if not isinstance(part, str)],
}
_CONTENT_TYPES = {
    BodyFormat.JSON_TEMPLATE: "application/json",
    BodyFormat.XML: "application/xml",
    BodyFormat.SOAP: "text/xml",
    BodyFormat.TEXT: "text/plain",
}


def checked(body: bytes) -> bytes:
    """Accept a body that is not too long; raises `RenderFailure`."""
    if len(body) > MAX_BODY:
        raise RenderFailure("render_failed", f"> {MAX_BODY} bytes")
    return body
