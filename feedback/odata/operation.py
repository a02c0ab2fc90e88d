"""One request and its answer, alike for HTTP and for a part of a batch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from feedback.odata.context import Context
from feedback.odata.documents import error_body
from feedback.odata.errors import ODataError
from feedback.odata.negotiation import Format

Headers = Callable[[str], str]
"""Gives a header by its name in any case, empty when it is absent."""


Meter = Callable[[Context, int], Mapping[str, str]]
"""Counts so many requests (a batch: one, then its further parts) of the principal, and gives the headers that tell
how many are left; raises TooManyRequests."""


def unmetered(context: Context, requests: int) -> Mapping[str, str]:
    """Let everything through."""
    return {}


Authorize = Callable[[Context, bool], None]
"""Raises Forbidden when the principal may not read (False) or not write (True); asked for every part of a batch."""


def unrestricted(context: Context, to_write: bool) -> None:
    """Let everybody do everything."""


@dataclass(frozen=True)
class Operation:
    """What is asked: `path` is relative to the service root and still percent-encoded, as is `query`."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    context: Context
    document: Any = None  # the body, when it is JSON that was read already
    references: Mapping[str, str] = field(default_factory=dict)  # paths of what earlier parts of a batch made, by id


@dataclass
class Answer:
    """What is answered; the dispatcher adds the headers that every answer carries."""

    status: int
    body: str = ""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The bounds of a service. Over one: 400 or 413 with an OData error body."""

    page_size: int = 200  # rows
    largest_page: int = 1_000  # rows
    nodes: int = 100  # of all expressions of a request
    depth: int = 20
    url_length: int = 32_000  # characters of path and query
    body_bytes: int = 1_000_000
    batch_bytes: int = 8_000_000
    batch_parts: int = 100
    statement_timeout_ms: int = 10_000


def header_lookup(headers: Mapping[str, str]) -> Headers:
    """Look up headers that were given with lower-case names."""
    return lambda name: headers.get(name.lower(), "")


def error_answer(error: ODataError) -> Answer:
    """An error as JSON, whatever the client accepts: it is the only form that OData knows."""
    return Answer(error.status, error_body(error), Format().content_type, dict(error.headers))
