"""From what a rule version says to the request that goes out: compiled once per version, rendered once per delivery.

Credentials are no part of it: they are filled in per attempt (`engine.credentials`) and never stored.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from distribution.choices import BodyFormat, Placement
from distribution.rules import json_paths, transforms
from distribution.rules.values import CONSTANT, Subject, sendable_value

IDEMPOTENCY_KEY = "Idempotency-Key"
# What describes the request itself or the connection; a mapping must not change it (RFC 9110, 7.6.1).
PROTECTED_HEADERS = frozenset(
    {
        "accept-encoding", "connection", "content-encoding", "content-length", "expect", "host", "idempotency-key",
        "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "webhook-id", "webhook-signature", "webhook-timestamp",
    }
)  # fmt: skip
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")
MAX_BODY = 1_000_000


class MappingLike(Protocol):
    """A field mapping, saved or being edited."""

    placement: str
    source: str
    source_key: str
    name: str
    constant: str
    transform: str
    date_format: str
    value_table: Any
    default: str


class VersionLike(Protocol):
    """A rule version, saved or being edited."""

    method: str
    url: str
    body_format: str


class RenderFailure(ValueError):
    """The request cannot be put together; `code` is a key of `outcome.EXPLANATIONS`, `detail` names the place."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class RenderedRequest:
    """What a delivery sends, without credentials: what is frozen at its first attempt."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


Reader = Callable[[Subject], Any]


@dataclass(frozen=True)
class RequestPlan:
    """A version's request, worked out as far as it can be without a lead. Holds no lead and no secret."""

    method: str
    url: str
    body_format: str
    fields: tuple[tuple[str, Reader], ...] = ()
    paths: tuple[tuple[json_paths.Path, Reader], ...] = ()
    query: tuple[tuple[str, Reader], ...] = ()
    headers: tuple[tuple[str, Reader], ...] = ()
    fixed_headers: tuple[tuple[str, str], ...] = field(default=())


def compile_plan(version: VersionLike, mappings: Iterable[MappingLike]) -> RequestPlan:
    """Work out a version's request; raises `RenderFailure` when its mappings contradict each other."""
    by_placement: dict[str, list[tuple[str, Reader]]] = {placement: [] for placement in Placement.values}
    for mapping in mappings:
        by_placement[mapping.placement].append((mapping.name, _reader(mapping)))
    fields, query = by_placement[Placement.FIELD], by_placement[Placement.QUERY]
    if version.body_format == BodyFormat.QUERY:
        fields, query = [], [*fields, *query]
    content_type = {
        BodyFormat.JSON: (("Content-Type", "application/json"),),
        BodyFormat.FORM: (("Content-Type", "application/x-www-form-urlencoded"),),
    }.get(BodyFormat(version.body_format), ())
    mapped_headers = {name.lower() for name, _reader_ in by_placement[Placement.HEADER]}
    return RequestPlan(
        method=version.method,
        url=version.url,
        body_format=version.body_format,
        fields=tuple(fields) if version.body_format == BodyFormat.FORM else (),
        paths=_read_paths(fields) if version.body_format == BodyFormat.JSON else (),
        query=tuple(query),
        headers=tuple(by_placement[Placement.HEADER]),
        fixed_headers=tuple(item for item in content_type if item[0].lower() not in mapped_headers),
    )


def _read_paths(fields: Sequence[tuple[str, Reader]]) -> tuple[tuple[json_paths.Path, Reader], ...]:
    try:
        json_paths.check_paths(name for name, _reader_ in fields)
    except (json_paths.PathUnreadable, json_paths.PathsConflict) as error:
        raise RenderFailure("mapping_conflict", str(error)) from error
    return tuple((json_paths.read_path(name), reader) for name, reader in fields)


def _reader(mapping: MappingLike) -> Reader:
    """Bind one mapping's source, form, table and default into a function of the subject."""
    if mapping.source == CONSTANT:
        constant = mapping.constant
        return lambda subject: constant
    value = sendable_value(mapping.source)
    if value is None:
        raise RenderFailure("render_failed", mapping.source)
    read, key, transform, date_format = value.read, mapping.source_key, mapping.transform, mapping.date_format
    if transform in transforms.PHONE_TRANSFORMS and value.read_phone is not None:
        read_phone = value.read_phone

        def transformed(subject: Subject) -> Any:
            raw = read(subject, key)
            if not (normalized := read_phone(subject)):
                return transforms.apply(raw, transform=transform, date_format="", time_zone=subject.time_zone)
            return transforms.phone_form(transform, normalized, raw)
    else:

        def transformed(subject: Subject) -> Any:
            raw = read(subject, key)
            if not transform and not isinstance(raw, datetime):
                return raw
            return transforms.apply(raw, transform=transform, date_format=date_format, time_zone=subject.time_zone)

    table, default = mapping.value_table, mapping.default
    if not table and not default:
        return transformed
    return lambda subject: transforms.look_up(transformed(subject), table, default)


def render(plan: RequestPlan, subject: Subject, *, idempotency_key: str) -> RenderedRequest:
    """Give the request for one lead. A value that is empty and has no default is left out.

    Raises `RenderFailure`.
    """
    headers = [(IDEMPOTENCY_KEY, idempotency_key), *plan.fixed_headers]
    for name, reader in plan.headers:
        if (text := _text(reader(subject))) is not None:
            headers.append((name, check_header_value(name, text.strip())))
    try:
        return RenderedRequest(plan.method, _url(plan, subject), tuple(headers), _body(plan, subject))
    except (UnicodeEncodeError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, RenderFailure):
            raise
        raise RenderFailure("render_failed", type(error).__name__) from error


def _url(plan: RequestPlan, subject: Subject) -> str:
    pairs = _pairs(plan.query, subject)
    if not pairs:
        return plan.url
    separator = "" if plan.url.endswith(("?", "&")) else ("&" if "?" in plan.url else "?")
    return f"{plan.url}{separator}{urlencode(pairs, quote_via=quote, safe='')}"


def _body(plan: RequestPlan, subject: Subject) -> bytes | None:
    if plan.body_format == BodyFormat.JSON:
        values = ((path, _json_value(reader(subject))) for path, reader in plan.paths)
        document = json_paths.build((path, value) for path, value in values if not transforms.is_empty(value))
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    elif plan.body_format == BodyFormat.FORM:
        body = urlencode(_pairs(plan.fields, subject)).encode()
    else:
        return None
    if len(body) > MAX_BODY:
        raise RenderFailure("render_failed", f"> {MAX_BODY} bytes")
    return body


def _pairs(readers: Sequence[tuple[str, Reader]], subject: Subject) -> list[tuple[str, str]]:
    texts = ((name, _text(reader(subject))) for name, reader in readers)
    return [(name, text) for name, text in texts if text is not None]


def _text(value: Any) -> str | None:
    """Give a value as forms, addresses and headers carry it."""
    if transforms.is_empty(value):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def _json_value(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, dict, list, type(None))) else str(value)


def check_header_value(name: str, value: str) -> str:
    """Accept what a header can carry without being read as something else (RFC 9110, 5.5).

    Raises `RenderFailure` for line breaks, control characters and letters outside ASCII.
    """
    if value and not _HEADER_VALUE.fullmatch(value):
        raise RenderFailure("value_not_sendable", name)
    return value
