"""Reading the headers that promise idempotency, and telling what became of the promise.

Sources: OASIS Repeatable Requests 1.0, section 3; IETF draft idempotency-key-header.
"""

import datetime as dt
import re
from email.utils import parsedate_to_datetime

from django.utils.translation import gettext as _

from feedback.odata.context import Idempotency
from feedback.odata.errors import BadRequest
from feedback.odata.operation import Headers

MAX_KEY = 255
_REJECTED = {"Repeatability-Result": "rejected"}
_KEY = re.compile(r"[\x21-\x7e]{1,255}\Z")


def idempotency_of(headers: Headers) -> Idempotency | None:
    """Give the sender's promise, None without one. Raises BadRequest for a key or a date that cannot be read."""
    repeatability = headers("Repeatability-Request-ID").strip()
    if repeatability:
        first_sent = _first_sent(headers("Repeatability-First-Sent").strip())
        client = headers("Repeatability-Client-ID").strip()
        return Idempotency(
            key=_checked(f"{client}/{repeatability}" if client else repeatability, "Repeatability-Request-ID"),
            first_sent=first_sent,
        )
    if headers("Repeatability-First-Sent"):
        raise BadRequest(
            _("Repeatability-First-Sent needs Repeatability-Request-ID."),
            target="Repeatability-Request-ID",
            headers=_REJECTED,
        )
    key = headers("Idempotency-Key").strip()
    if not key:
        return None
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    return Idempotency(key=_checked(key, "Idempotency-Key"))


def is_repeatable(headers: Headers) -> bool:
    """Whether the answer must carry `Repeatability-Result`."""
    return bool(headers("Repeatability-Request-ID"))


def _checked(key: str, name: str) -> str:
    if not _KEY.match(key):
        message = _("An idempotency key has 1 to %(limit)s visible ASCII characters.") % {"limit": MAX_KEY}
        raise BadRequest(message, target=name, headers={} if name == "Idempotency-Key" else _REJECTED)
    return key


def _first_sent(text: str) -> dt.datetime:
    if not text:
        raise BadRequest(
            _("Repeatability-Request-ID needs Repeatability-First-Sent."),
            target="Repeatability-First-Sent",
            headers=_REJECTED,
        )
    try:
        first_sent = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        raise BadRequest(
            _("Repeatability-First-Sent is not an HTTP date."), target="Repeatability-First-Sent", headers=_REJECTED
        ) from None
    return first_sent if first_sent.tzinfo else first_sent.replace(tzinfo=dt.UTC)
