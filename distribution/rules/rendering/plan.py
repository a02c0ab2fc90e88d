"""From what a rule version says to the request that goes out: compiled once per version, rendered once per delivery.

Credentials are no part of it: they are filled in per attempt (`engine.authentication`) and never stored.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from distribution.choices import BodyFormat, Placement
from distribution.rules.rendering.addresses import write_address
from distribution.rules.rendering.bodies import (
    TEMPLATES,
    BodyWriter,
    checked,
    write_form,
    write_json,
    write_multipart,
    write_template,
)
from distribution.rules.rendering.charsets import Charset
from distribution.rules.rendering.mails import MAIL, SCHEME, write_mail
from distribution.rules.rendering.readers import Field, field_of
from distribution.rules.rendering.request import (
    IDEMPOTENCY_KEY,
    MappingLike,
    RenderedRequest,
    RenderFailure,
    VersionLike,
    check_header_value,
)
from distribution.rules.rendering.secrets import SecretUse, SecretUses
from distribution.rules.values import Subject

_WRITERS = {BodyFormat.JSON: write_json, BodyFormat.FORM: write_form, BodyFormat.MULTIPART: write_multipart}


@dataclass(frozen=True)
class RequestPlan:
    """A version's request, worked out as far as it can be without a lead. Holds no lead and no secret in the clear."""

    method: str
    address: Callable[[Subject], str]
    body: BodyWriter | None
    headers: tuple[Field, ...]
    fixed_headers: tuple[tuple[str, str], ...]
    names_content_type: bool
    secrets: tuple[SecretUse, ...]


def compile_plan(version: VersionLike, mappings: Iterable[MappingLike], *, url: str = "") -> RequestPlan:
    """Work out a version's request, to its own address or another `url` in its place (the sandbox's).

    Raises `RenderFailure` when its mappings contradict each other or a slot is not mapped.
    """
    mappings = list(mappings)
    charset = Charset(version.charset, is_lossy=version.is_lossy)
    secrets = SecretUses(mappings, version.charset)
    by_placement: dict[str, list[Field]] = {placement: [] for placement in Placement.values}
    for mapping in mappings:
        by_placement[mapping.placement].append(field_of(mapping))
    fields, query = by_placement[Placement.FIELD], by_placement[Placement.QUERY]
    if version.body_format == BodyFormat.QUERY:
        fields, query = [], [*fields, *query]
    if version.body_format == BodyFormat.MAIL:
        to = (url or version.url).removeprefix(SCHEME)
        return mail_plan(to, write_mail(version, fields, by_placement[Placement.SUBJECT], to=to))
    slots = {field.name: field for field in by_placement[Placement.SLOT]}
    headers = tuple(secrets.placed(field, _header_text(field.name)) for field in by_placement[Placement.HEADER])
    return RequestPlan(
        method=version.method,
        address=write_address(url or version.url, slots, query, charset, secrets),
        body=_body_writer(version, fields, slots, charset, secrets),
        headers=headers,
        fixed_headers=(("SOAPAction", f'"{version.soap_action}"'),) if version.body_format == BodyFormat.SOAP else (),
        names_content_type=not any(field.name.lower() == "content-type" for field in headers),
        secrets=tuple(secrets.all),
    )


def mail_plan(to: str, writer: BodyWriter) -> RequestPlan:
    """Give the plan of a mail, which is all body: its headers are part of what is frozen."""
    address = f"{SCHEME}{to}"
    return RequestPlan(MAIL, lambda subject: address, writer, (), (), True, ())


def _body_writer(
    version: VersionLike, fields: Sequence[Field], slots: dict[str, Field], charset: Charset, secrets: SecretUses
) -> BodyWriter | None:
    body_format = BodyFormat(version.body_format)
    if body_format in TEMPLATES:
        return write_template(body_format, version.template, slots, charset, secrets)
    writer = _WRITERS.get(body_format)
    return writer(fields, charset, secrets) if writer else None


def _header_text(name: str) -> Callable[[str], str]:
    return lambda text: check_header_value(name, text)


def render(plan: RequestPlan, subject: Subject, *, idempotency_key: str) -> RenderedRequest:
    """Give the request for one lead. A value that is empty and has no default is left out.

    Raises `RenderFailure`.
    """
    try:
        headers = [(IDEMPOTENCY_KEY, idempotency_key)]
        body = None
        if plan.body is not None:
            content_type, body = plan.body(subject, idempotency_key)
            if plan.names_content_type:
                headers.append(("Content-Type", content_type))
        headers += plan.fixed_headers
        for field in plan.headers:
            if (text := field.text(subject)) is not None:
                headers.append((field.name, check_header_value(field.name, text.strip())))
        return RenderedRequest(
            plan.method, plan.address(subject), tuple(headers), None if body is None else checked(body)
        )
    except (UnicodeError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, RenderFailure):
            raise
        raise RenderFailure("render_failed", type(error).__name__) from error
