"""Secrets leave no trace in what is stored or shown: the one place where they are masked."""

import re
from collections.abc import Iterable, Sequence

MASK = "•••"

_SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "apikey", "x-auth-token"}
)
_SECRET_NAME = re.compile(r"secret|password|passwd|token|api[-_]?key|authorization|signature", re.IGNORECASE)
_SCHEME = re.compile(r"^(Basic|Bearer|Token|Digest)\s+", re.IGNORECASE)
_SHORTEST = 4  # masking shorter texts everywhere would black out ordinary words


def redact_headers(headers: Iterable[tuple[str, str]], secrets: Sequence[str] = ()) -> list[list[str]]:
    """Give headers as [[name, value], ...] with credentials masked; the scheme before them stays."""
    return [[name, _redact_header(name, value, secrets)] for name, value in headers]


def _redact_header(name: str, value: str, secrets: Sequence[str]) -> str:
    if name.lower() in _SECRET_HEADERS or _SECRET_NAME.search(name):
        scheme = _SCHEME.match(value)
        return f"{scheme[1]} {MASK}" if scheme else MASK
    return redact_text(value, secrets)


def redact_text(text: str, secrets: Sequence[str]) -> str:
    """Give a text with the secrets in it masked."""
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, MASK)
    return text


def redact_body(body: bytes | None, secrets: Sequence[str]) -> bytes | None:
    """Give a body with the secrets in it masked; an answer may repeat what it was sent."""
    if body:
        for secret in secrets:
            if len(secret) >= _SHORTEST:
                body = body.replace(secret.encode(), MASK.encode())
    return body
