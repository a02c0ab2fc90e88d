"""When the next attempt is due, and how long a client's own `Retry-After` is believed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

RETRY_AFTER_CAP_S = 86_400.0
# How long one answer may silence a whole destination: then one request asks again.
QUIET_CAP_S = 3_600.0
THROTTLING = frozenset({429, 503})
JITTER = 0.1  # share of the delay, in both directions


def next_delay_s(
    *, attempts_made: int, backoff_s: Sequence[float], jitter: float, retry_after_s: float | None
) -> float | None:
    """Give the seconds until the next attempt, or None when there is none: the delivery is given up.

    `backoff_s` holds the delays before the 2nd, 3rd, ... attempt; `jitter` is a random number of 0 to 1, passed in;
    `retry_after_s` is what the client's system asked for: it can only delay, and is capped at a day.
    """
    if attempts_made > len(backoff_s):
        return None
    delay = backoff_s[attempts_made - 1] * (1 - JITTER + 2 * JITTER * jitter)
    return max(delay, min(retry_after_s or 0.0, RETRY_AFTER_CAP_S))


def quiet_s(*, status: int, retry_after_s: float | None) -> float | None:
    """Give for how many seconds an answer asks to be sent nothing at all (429 or 503 with `Retry-After`).

    None: it asks for nothing. Source: RFC 9110, 15.6.4; RFC 6585, 4.
    """
    if status not in THROTTLING or not retry_after_s:
        return None
    return min(retry_after_s, QUIET_CAP_S)


def read_retry_after(value: str | None, *, answered_at: datetime) -> float | None:
    """Read a `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date counted from `answered_at`.

    `answered_at` is the answer's own `Date` where it has one, so that neither clock matters. Nonsense is None.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return min(float(text[:10]), RETRY_AFTER_CAP_S)
    at = read_http_date(text)
    return None if at is None else max(0.0, (at - answered_at).total_seconds())


def read_http_date(value: str | None) -> datetime | None:
    """Read an HTTP date (RFC 9110, 5.6.7); None for anything else."""
    if not value:
        return None
    try:
        at = parsedate_to_datetime(value)
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
