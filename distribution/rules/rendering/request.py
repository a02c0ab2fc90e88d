"""What a rendered request is, what it is rendered from, and how rendering fails."""

import re
from dataclasses import dataclass
from typing import Any, Protocol

IDEMPOTENCY_KEY = "Idempotency-Key"
# What describes the request itself or the connection; a mapping must not change it (RFC 9110, 7.6.1).
PROTECTED_HEADERS = frozenset(
    {
        "accept-encoding", "connection", "content-encoding", "content-length", "expect", "host", "idempotency-key",
        "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "webhook-id", "webhook-signature", "webhook-timestamp",
    }
)  # fmt: skip
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")
MAX_BODY = 1_000_000


class MappingLike(Protocol):
    """A field mapping, saved or being edited."""

    placement: str
    source: str
    source_key: str
    joined_source: str
    joined_key: str
    separator: str
    name: str
    constant: str
    secret: bytes | memoryview | None
    secret_slot: str
    transform: str
    date_format: str
    value_table: Any
    default: str
    max_length: int | None
    json_type: str
    is_always_sent: bool


class VersionLike(Protocol):
    """A rule version, saved or being edited."""

    method: str
    url: str
    body_format: str
    charset: str
    is_lossy: bool
    template: str
    soap_action: str
    mail_subject: str
    mail_text: str


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


def is_header_name(name: str) -> bool:
    """Tell whether a header can have this name (RFC 9110, 5.6.2)."""
    return bool(_HEADER_NAME.fullmatch(name))


def check_header_value(name: str, value: str) -> str:
    """Accept what a header can carry without being read as something else (RFC 9110, 5.5).

    Raises `RenderFailure` for line breaks, control characters and letters outside ASCII.
    """
    if value and not _HEADER_VALUE.fullmatch(value):
        raise RenderFailure("value_not_sendable", name)
    return value
