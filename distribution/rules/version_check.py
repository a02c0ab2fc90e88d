"""Is what a rule version says sendable? Asked when a rule is saved, tested and activated."""

from collections.abc import Iterable, Iterator, Sequence
from types import SimpleNamespace
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from distribution.choices import AuthKind, BodyFormat, Method, Placement
from distribution.rules import address_policy, json_paths, rendering
from distribution.rules.mail_check import mail_problems
from distribution.rules.mapping_check import mapping_problems
from distribution.rules.problems import Problem
from distribution.rules.rendering.addresses import with_sample_slots
from distribution.rules.rendering.charsets import CharsetUnknown, check_charset
from distribution.rules.rendering.templates import SlotMisplaced, TemplateUnreadable
from distribution.rules.target import TargetRefused, read_target
from distribution.rules.template_check import SLOT_MESSAGES, template_problems
from distribution.rules.values import CONSTANT, ROUTING_SOURCES, SECRET, Subject

_SAMPLE_ID = UUID("01890000-0000-7000-8000-00000000f00d")
_SAMPLE_NUMBER = 918_273_645


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
    if version.body_format == BodyFormat.MAIL:
        return mail_problems(version, mappings)
    problems = [
        *url_problems("url", version.url, allow_http, allowed_networks),
        *_request_problems(version),
        *template_problems(version, mappings),
        *(
            problem
            for place, mapping in enumerate(mappings)
            for problem in mapping_problems(mapping, place, version, auth_kind)
        ),
        *_json_problems(version, mappings),
        *_repeated_names(version, mappings),
    ]
    if not problems:
        problems = _sample_problems(version, mappings)
    return problems


def url_problems(field: str, url: str, allow_http: bool, allowed_networks: Sequence[str]) -> Iterator[Problem]:
    """Give what is wrong with an address, slots included."""
    try:
        target = read_target(with_sample_slots(url), allow_http=allow_http)
    except TargetRefused as error:
        yield Problem(field, error.code, error.message)
        return
    except TemplateUnreadable as error:
        yield Problem(field, error.code, SLOT_MESSAGES[error.code] % {"text": error.text})
        return
    except SlotMisplaced as error:
        yield Problem(field, "slot_in_host", SLOT_MESSAGES["slot_in_host"] % {"text": str(error)})
        return
    if target.is_literal and not address_policy.is_allowed(target.host, target.port, allowed_networks=allowed_networks):
        refused = TargetRefused("url_address_refused")
        yield Problem(field, refused.code, refused.message)


def _request_problems(version: rendering.VersionLike) -> Iterable[Problem]:
    if version.method == Method.GET and version.body_format != BodyFormat.QUERY:
        yield Problem(
            "body_format",
            "get_has_no_body",
            _("A GET request has no body: send the fields as parameters in the address."),
        )
    try:
        check_charset(version.charset)
    except CharsetUnknown:
        yield Problem(
            "charset",
            "charset_unknown",
            _("This character set is not known. Write its usual name, such as utf-8 or windows-1255."),
        )
    try:
        rendering.check_header_value("SOAPAction", version.soap_action)
    except rendering.RenderFailure:
        is_readable = False
    else:
        is_readable = '"' not in version.soap_action
    if not is_readable:
        yield Problem(
            "soap_action",
            "value_not_sendable",
            _("Write the SOAPAction without quotation marks, in English letters, digits and signs."),
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
    """Refuse a second header or slot of a name, whatever its case (RFC 9110, 5.1). Forms may repeat a field's name."""
    seen: set[tuple[str, str]] = set()
    for place, mapping in enumerate(mappings):
        if mapping.placement == Placement.HEADER:
            key = (mapping.placement, mapping.name.lower())
            message = _("Two mappings send the same header. Keep one of them.")
        elif mapping.placement == Placement.SLOT:
            key = (mapping.placement, mapping.name)
            message = _("Two mappings fill the same slot. Keep one of them.")
        else:
            continue
        if key in seen:
            yield Problem("name", "name_repeated", message, place)
        seen.add(key)


def _sample_problems(version: rendering.VersionLike, mappings: Sequence[rendering.MappingLike]) -> list[Problem]:
    """Render a sample and look for the routing ID in it: what counts is what really goes out.

    What else is sent stands there as a fixed letter: no sample lead fits every type and table.
    """
    subject = Subject(routing_id=_SAMPLE_ID, routing_number=_SAMPLE_NUMBER)
    try:
        plan = rendering.compile_plan(version, [_stand_in(mapping) for mapping in mappings])
        sample = rendering.render(plan, subject, idempotency_key="sample")
    except rendering.RenderFailure:
        return [Problem("url", "render_failed", _("The request cannot be put together. Check the mappings."))]
    sent = [sample.url, *(value for _name, value in sample.headers), (sample.body or b"").decode("latin-1")]
    if any(str(_SAMPLE_ID) in text or str(_SAMPLE_NUMBER) in text for text in sent):
        return []
    return [
        Problem(
            "mappings",
            "routing_id_missing",
            _("This rule does not send the routing ID, so the client could not answer. Map the routing ID to a field."),
        )
    ]


def _stand_in(mapping: rendering.MappingLike) -> rendering.MappingLike:
    if mapping.source in ROUTING_SOURCES or mapping.source == SECRET:
        return mapping
    fields = {name: getattr(mapping, name) for name in rendering.MappingLike.__annotations__}
    fields |= {"source": CONSTANT, "constant": mapping.constant or "x", "json_type": "", "max_length": None}
    return SimpleNamespace(**fields)
