"""By what a repeated request is known again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# As long as the most patient senders go on trying, and more.
KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestKey:
    """The client's promise that requests with the same `text` are one request.

    `fingerprint` is the SHA-256 of what was asked, by which a key that is used for two things is found out.
    `first_sent` is when the client sent it first, where it says so (OASIS Repeatable Requests 1.0).
    """

    text: str
    fingerprint: bytes
    first_sent: datetime | None = None
