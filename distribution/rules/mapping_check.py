"""What can be wrong with one mapping by itself."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from distribution.choices import AuthKind, BodyFormat, Placement, Transform
from distribution.rules import json_paths, rendering, transforms
from distribution.rules.problems import Problem
from distribution.rules.rendering.bodies import TEMPLATES
from distribution.rules.rendering.charsets import Charset
from distribution.rules.rendering.readers import json_value
from distribution.rules.rendering.templates import SLOT_NAME
from distribution.rules.values import CONSTANT, SECRET, sendable_value


def mapping_problems(
    mapping: rendering.MappingLike, place: int, version: rendering.VersionLike, auth_kind: str
) -> Iterator[Problem]:
    """Give what is wrong with a mapping, which stands at `place` of the list."""
    yield from _source_problems(mapping, place)
    yield from _name_problems(mapping, place, version, auth_kind)
    yield from _fixed_text_problems(mapping, place, version)
    if mapping.transform == Transform.DATE:
        yield from _date_problems(mapping, place)


def _source_problems(mapping: rendering.MappingLike, place: int) -> Iterator[Problem]:
    ends = [("source", "source_key", mapping.source, mapping.source_key)]
    if mapping.joined_source:
        ends.append(("joined_source", "joined_key", mapping.joined_source, mapping.joined_key))
    for source_field, key_field, source, key in ends:
        value = sendable_value(source)
        if value is None or (source_field == "joined_source" and source in {CONSTANT, SECRET}):
            yield Problem(source_field, "unknown_source", _("Choose one of our fields."), place)
        elif value.takes_key and not key:
            yield Problem(key_field, "source_key_missing", _("Give the name of the further field."), place)
    if mapping.source == SECRET:
        if not mapping.secret:
            yield Problem("secret", "secret_missing", _("Enter the secret value that the client gave."), place)
        if mapping.max_length or mapping.joined_source or mapping.json_type:
            message = _("A secret value is sent as it is: remove length, second field and type.")
            yield Problem("source", "secret_changed", message, place)


def _name_problems(
    mapping: rendering.MappingLike, place: int, version: rendering.VersionLike, auth_kind: str
) -> Iterator[Problem]:
    if any(character < " " or character == "\x7f" for character in mapping.name) or not mapping.name.strip():
        yield Problem("name", "name_unreadable", _("Give the name of the field in the client's system."), place)
    elif mapping.placement == Placement.SUBJECT:
        yield Problem(
            "placement", "subject_outside_mails", _("Only a mail has a subject. Choose another place."), place
        )
    elif mapping.placement == Placement.HEADER:
        yield from _header_problems(mapping, place, version, auth_kind)
    elif mapping.placement == Placement.SLOT:
        if not SLOT_NAME.fullmatch(mapping.name):
            message = _("The name of a slot has English letters, digits and _ only.")
            yield Problem("name", "slot_name_unreadable", message, place)
    elif mapping.placement == Placement.FIELD and version.body_format in TEMPLATES:
        message = _("The body is a template: put this value into it as a slot, such as {{name}}.")
        yield Problem("placement", "field_beside_template", message, place)
    elif mapping.placement == Placement.FIELD and version.body_format == BodyFormat.JSON:
        try:
            json_paths.read_path(mapping.name)
        except json_paths.PathUnreadable:
            yield Problem(
                "name",
                "path_unreadable",
                _("Write nested names with dots and places with brackets, such as contact.phones[0]."),
                place,
            )


def _header_problems(
    mapping: rendering.MappingLike, place: int, version: rendering.VersionLike, auth_kind: str
) -> Iterator[Problem]:
    name = mapping.name.lower()
    is_ours = (
        name in rendering.PROTECTED_HEADERS
        or (name == "authorization" and auth_kind != AuthKind.NONE)
        or (name == "content-type" and version.body_format == BodyFormat.MULTIPART)
        or (name == "soapaction" and version.body_format == BodyFormat.SOAP)
    )
    if not rendering.is_header_name(mapping.name):
        yield Problem(
            "name",
            "header_name_unreadable",
            _("The name of a header has English letters, digits and dashes only."),
            place,
        )
    elif is_ours:
        yield Problem(
            "name", "header_protected", _("This header is set by the system itself and cannot be mapped."), place
        )
    for field, text in _fixed_texts(mapping):
        try:
            rendering.check_header_value(mapping.name, text if field == "constant" else text.strip(" "))
        except rendering.RenderFailure:
            yield Problem(
                field,
                "value_not_sendable",
                _("A header carries English letters, digits and signs only, in one line."),
                place,
            )


def _fixed_texts(mapping: rendering.MappingLike) -> Iterator[tuple[str, str]]:
    """Give what staff wrote as values, with the field it stands in."""
    if mapping.source == CONSTANT:
        yield "constant", mapping.constant
    yield "default", mapping.default
    for theirs in dict(mapping.value_table).values():
        yield "value_table", str(theirs)


def _fixed_text_problems(
    mapping: rendering.MappingLike, place: int, version: rendering.VersionLike
) -> Iterator[Problem]:
    is_json = version.body_format in {BodyFormat.JSON, BodyFormat.JSON_TEMPLATE}
    for field, text in _fixed_texts(mapping):
        if "\x00" in text:
            message = _("Take the control characters out of the value.")
            yield Problem(field, "value_not_sendable", message, place)
            continue
        try:
            if is_json and text and mapping.placement in {Placement.FIELD, Placement.SLOT}:
                json_value(text, mapping.json_type, mapping.name)
            elif mapping.placement != Placement.HEADER and version.body_format not in {BodyFormat.XML, BodyFormat.SOAP}:
                Charset(version.charset, is_lossy=version.is_lossy).encode(text, mapping.name)
        except rendering.RenderFailure as failure:
            if failure.code == "type_mismatch":
                yield Problem(field, failure.code, _("This value is not of the type chosen for JSON."), place)
            elif failure.code == "not_encodable":
                message = _("This value has letters that the character set lacks.")
                yield Problem(field, failure.code, message, place)


def _date_problems(mapping: rendering.MappingLike, place: int) -> Iterator[Problem]:
    try:
        transforms.check_date_format(mapping.date_format)
    except transforms.DateFormatUnknown:
        yield Problem(
            "date_format",
            "date_format_unknown",
            _("Write the date as the client does, such as DD/MM/YYYY HH:MM, or leave it empty for ISO 8601."),
            place,
        )
