"""How many requests a key may make: counted in memory that all web processes of a machine share.

Each key has a bucket of a minute's requests that fills up evenly (GCRA). All there is to keep of a bucket is the time
at which it is full again: one number, in a file that every process maps into its memory. So counting costs no round
trip and is exact over processes. Two that count the same key in the same microsecond may count one request instead
of two, which is cheaper than a lock. Several machines count for themselves (docs/decisions/0010-counting-requests.md).
"""

import mmap
import os
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path

from django.conf import settings

WINDOW_S = 60
# Keys whose numbers are so far apart share a bucket.
BUCKETS = 65_536
FILE_NAME = "request_counts"
LINKS_FILE_NAME = "link_counts"
REVEALS_FILE_NAME = "reveal_counts"


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """What a key has left: `remaining` of `limit` requests, all of them in `reset_s` seconds.

    `retry_after_s` is 0 for requests that may go on, else the seconds after which they may.
    """

    limit: int
    remaining: int
    reset_s: int
    retry_after_s: int = 0

    def headers(self) -> dict[str, str]:
        """Give the response headers: draft-ietf-httpapi-ratelimit-headers-10, and the three that libraries know."""
        return {
            "RateLimit-Policy": f'"key";q={self.limit};w={WINDOW_S}',
            "RateLimit": f'"key";r={self.remaining};t={self.reset_s}',
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        } | ({"Retry-After": str(self.retry_after_s)} if self.retry_after_s else {})


def count_requests(key_id: int, requests: int, *, now: float) -> Allowance | None:
    """Count requests of a key and say whether they may go on; None where nothing is limited.

    `now` is in seconds since the epoch. More than a minute's requests at once count as a minute's: they pass when
    the bucket is full.
    """
    limit: int = settings.API_REQUESTS_PER_MINUTE
    if not limit:
        return None
    buckets = _buckets(settings.HOME_DIR, FILE_NAME)
    at = key_id % BUCKETS
    full_at, allowance = count(buckets[at], requests, limit=limit, now=now)
    buckets[at] = full_at
    return allowance


def count_link_use(token_digest: bytes, *, limit: int, now: float) -> Allowance:
    """Count one use of a public link, found by its token's digest, and say whether it may go on: `limit` a minute."""
    buckets = _buckets(settings.HOME_DIR, LINKS_FILE_NAME)
    at = int.from_bytes(token_digest[:4], "big") % BUCKETS
    buckets[at], allowance = count(buckets[at], 1, limit=limit, now=now)
    return allowance


def count_reveal(user_id: int, *, limit: int, now: float) -> Allowance:
    """Count that a staff member asks for a secret, and say whether it may be shown: `limit` a minute."""
    buckets = _buckets(settings.HOME_DIR, REVEALS_FILE_NAME)
    at = user_id % BUCKETS
    buckets[at], allowance = count(buckets[at], 1, limit=limit, now=now)
    return allowance


def count(full_at: float, requests: int, *, limit: int, now: float) -> tuple[float, Allowance]:
    """Take requests out of a bucket that is full at `full_at`; give when it is full then, and the allowance."""
    interval = WINDOW_S / limit
    # What lies beyond the window was written before the clock was set back.
    start = full_at if now < full_at <= now + WINDOW_S + interval else now
    end = start + min(requests, limit) * interval
    # Half a request of tolerance: sums of fractions are not exact.
    over = end - now - WINDOW_S - interval / 2
    if over > 0:
        return start, Allowance(
            limit=limit,
            remaining=_whole((now + WINDOW_S - start) / interval),
            reset_s=ceil(start - now),
            retry_after_s=max(ceil(over), 1),
        )
    remaining = _whole((now + WINDOW_S - end) / interval)
    return end, Allowance(limit=limit, remaining=remaining, reset_s=ceil(end - now))


def _whole(requests: float) -> int:
    return max(int(requests + 0.5), 0)


@cache
def _buckets(home: Path, name: str) -> "memoryview[float]":
    size = BUCKETS * 8
    try:
        descriptor = os.open(home / name, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        # No place of our own: this process counts for itself.
        memory = mmap.mmap(-1, size)
    else:
        with os.fdopen(descriptor) as file:
            os.ftruncate(file.fileno(), size)
            memory = mmap.mmap(file.fileno(), size)
    return memoryview(memory).cast("d")
