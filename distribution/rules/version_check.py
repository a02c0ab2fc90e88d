"""Is what a rule version says sendable? Asked when a rule is saved, tested and activated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from distribution.choices import AuthKind, BodyFormat, Method, Placement, Transform
from distribution.rules import address_policy, json_paths, rendering, transforms
from distribution.rules.target import TargetRefused, read_target
from distribution.rules.values import CONSTANT, Subject, sendable_value

_TOKEN_CHARACTERS = frozenset("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_SAMPLE_ID = UUID("01890000-0000-7000-8000-00000000f00d")
_SAMPLE_NUMBER = 918_273_645


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps a version from being sent. `field` is the version's or mapping's field it belongs to;
    `mapping` is the mapping's place in the list, None for the version itself."""

    field: str
    code: str
    message: str | Promise
    mapping: int | None = None


def find_problems(
    version: rendering.VersionLike,
    mappings: Sequence[rendering.MappingLike],
    *,
    allow_http: bool,
    auth_kind: str = AuthKind.NONE,
    allowed_networks: Sequence[str] = (),
) -> list[Problem]:
    """Give everything that keeps a version from being sent; an empty list means it can be.

    Only what can be told without the network: names are resolved by `services.transmission.check_target`.
    """
    problems = [
        *_url_problems(version.url, allow_http, allowed_networks),
        *_method_problems(version),
        *(
            problem
            for place, mapping in enumerate(mappings)
            for problem in _mapping_problems(mapping, place, version.body_format, auth_kind)
        ),
        *_json_problems(version, mappings),
        *_repeated_names(version, mappings),
    ]
    if not problems:
        problems = _sample_problems(version, mappings)
    return problems


def _url_problems(url: str, allow_http: bool, allowed_networks: Sequence[str]) -> Iterable[Problem]:
    try:
        target = read_target(url, allow_http=allow_http)
    except TargetRefused as error:
        yield Problem("url", error.code, error.message)
        return
    if target.is_literal and not address_policy.is_allowed(target.host, target.port, allowed_networks=allowed_networks):
        refused = TargetRefused("url_address_refused")
        yield Problem("url", refused.code, refused.message)


def _method_problems(version: rendering.VersionLike) -> Iterable[Problem]:
    if version.method == Method.GET and version.body_format != BodyFormat.QUERY:
        yield Problem(
            "body_format",
            "get_has_no_body",
            _("A GET request has no body: send the fields as parameters in the address."),
        )


def _mapping_problems(
    mapping: rendering.MappingLike, place: int, body_format: str, auth_kind: str
) -> Iterable[Problem]:
    value = sendable_value(mapping.source)
    if value is None:
        yield Problem("source", "unknown_source", _("Choose one of our fields."), place)
    elif value.takes_key and not mapping.source_key:
        yield Problem("source_key", "source_key_missing", _("Give the name of the further field."), place)
    if any(character < " " or character == "\x7f" for character in mapping.name) or not mapping.name.strip():
        yield Problem("name", "name_unreadable", _("Give the name of the field in the client's system."), place)
    elif mapping.placement == Placement.HEADER:
        yield from _header_problems(mapping, place, auth_kind)
    elif mapping.placement == Placement.FIELD and body_format == BodyFormat.JSON:
        try:
            json_paths.read_path(mapping.name)
        except json_paths.PathUnreadable:
            yield Problem(
                "name",
                "path_unreadable",
                _("Write nested names with dots and places with brackets, such as contact.phones[0]."),
                place,
            )
    if mapping.source == CONSTANT and "\x00" in mapping.constant:
        yield Problem("constant", "value_not_sendable", _("Take the control characters out of the value."), place)
    if mapping.transform == Transform.DATE:
        yield from _date_problems(mapping, place)


def _header_problems(mapping: rendering.MappingLike, place: int, auth_kind: str) -> Iterable[Problem]:
    name = mapping.name.lower()
    if not set(mapping.name) <= _TOKEN_CHARACTERS:
        yield Problem(
            "name",
            "header_name_unreadable",
            _("The name of a header has English letters, digits and dashes only."),
            place,
        )
    elif name in rendering.PROTECTED_HEADERS or (name == "authorization" and auth_kind != AuthKind.NONE):
        yield Problem(
            "name", "header_protected", _("This header is set by the system itself and cannot be mapped."), place
        )
    for field, text in (("constant", mapping.constant), ("default", mapping.default)):
        try:
            rendering.check_header_value(mapping.name, text.strip(" ") if field == "default" else text)
        except rendering.RenderFailure:
            yield Problem(
                field,
                "value_not_sendable",
                _("A header carries English letters, digits and signs only, in one line."),
                place,
            )


def _date_problems(mapping: rendering.MappingLike, place: int) -> Iterable[Problem]:
    try:
        transforms.check_date_format(mapping.date_format)
    except transforms.DateFormatUnknown:
        yield Problem(
            "date_format",
            "date_format_unknown",
            _("Write the date as the client does, such as DD/MM/YYYY HH:MM, or leave it empty for ISO 8601."),
            place,
        )


def _json_problems(version: rendering.VersionLike, mappings: Sequence[rendering.MappingLike]) -> Iterable[Problem]:
    if version.body_format != BodyFormat.JSON:
        return
    places = {m.name: place for place, m in enumerate(mappings) if m.placement == Placement.FIELD}
    try:
        json_paths.check_paths([m.name for m in mappings if m.placement == Placement.FIELD])
    except json_paths.PathsConflict as error:
        yield Problem(
            "name",
            "paths_conflict",
            _("“%(name)s” and “%(other)s” cannot both be sent: they are the same place, or one lies inside the other.")
            % {"name": error.name, "other": error.other},
            places[error.name],
        )
    except json_paths.PathUnreadable:
        return  # said at its own mapping


def _repeated_names(version: rendering.VersionLike, mappings: Sequence[rendering.MappingLike]) -> Iterable[Problem]:
    """Refuse what the constraint `mapping_name_once` would; header names are the same in any case (RFC 9110, 5.1)."""
    seen: set[tuple[str, str]] = set()
    for place, mapping in enumerate(mappings):
        is_header = mapping.placement == Placement.HEADER
        key = (mapping.placement, mapping.name.lower() if is_header else mapping.name)
        # In JSON the same name is the same place, which has a message of its own.
        is_told = mapping.placement == Placement.FIELD and version.body_format == BodyFormat.JSON
        if key in seen and not is_told:
            message = (
                _("Two mappings send the same header. Keep one of them.")
                if is_header
                else _("Two mappings send a field of the same name. Keep one of them.")
            )
            yield Problem("name", "name_repeated", message, place)
        seen.add(key)


def _sample_problems(version: rendering.VersionLike, mappings: Sequence[rendering.MappingLike]) -> list[Problem]:
    """Render a sample and look for the routing ID in it: what counts is what really goes out."""
    subject = Subject(routing_id=_SAMPLE_ID, routing_number=_SAMPLE_NUMBER, name="a b", phone="050", email="a@b.co")
    try:
        sample = rendering.render(rendering.compile_plan(version, mappings), subject, idempotency_key="sample")
    except rendering.RenderFailure:
        return [Problem("url", "render_failed", _("The request cannot be put together. Check the mappings."))]
    sent = [sample.url, *(value for _name, value in sample.headers), (sample.body or b"").decode()]
    if any(str(_SAMPLE_ID) in text or str(_SAMPLE_NUMBER) in text for text in sent):
        return []
    return [
        Problem(
            "mappings",
            "routing_id_missing",
            _("This rule does not send the routing ID, so the client could not answer. Map the routing ID to a field."),
        )
    ]
