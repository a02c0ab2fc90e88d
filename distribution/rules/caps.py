"""How many leads a rule takes an hour, a day, a month and in all, and when the next place is free.

Periods begin by the wall clock of the rule's zone. What was taken is kept by period (`CapTally`): a lead that waits
for a later period takes its place there, so that no later lead is before it and no period holds more than its cap.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from distribution.rules.opening_hours import OpeningHours

PERIODS = ("hour", "day", "month", "total")
# How far ahead a lead may be put: later than that nobody wants it.
_FURTHEST = timedelta(days=400)
_MOST_STEPS = 5_000


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a lead finds its place: when (now, or later), and which cap was in the way before."""

    at: datetime | None
    period: str = ""
    limit: int = 0


class Tally:
    """How many leads a rule has taken, by period: {"day": {"2026-11-24T22:00:00+00:00": 5}}, as stored."""

    def __init__(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        self.counts = {period: dict(found) for period, found in counts.items()}

    def taken(self, period: str, begin: datetime) -> int:
        """Give how many were taken in the period that begins then."""
        return self.counts.get(period, {}).get(begin.isoformat(), 0)

    def take(self, at: datetime, *, zone: ZoneInfo, number: int = 1) -> None:
        """Count leads that were taken for this moment."""
        for period in PERIODS:
            counts = self.counts.setdefault(period, {})
            key = period_begin(period, at, zone).isoformat()
            counts[key] = counts.get(key, 0) + number

    def without_past(self, now: datetime, *, zone: ZoneInfo) -> dict[str, dict[str, int]]:
        """Give the counts that still matter."""
        begins = {period: period_begin(period, now, zone).isoformat() for period in self.counts}
        return {
            period: {key: count for key, count in found.items() if count and key >= begins[period]}
            for period, found in self.counts.items()
        }


def period_begin(period: str, at: datetime, zone: ZoneInfo) -> datetime:
    """Give the moment at which a moment's period began (UTC)."""
    local = at.astimezone(zone)
    match period:
        case "total":
            return datetime(1970, 1, 1, tzinfo=UTC)
        case "hour":
            # An hour that comes twice is two hours; zones of half hours have hours of their own.
            begin = local.replace(minute=0, second=0, microsecond=0)
        case "day":
            begin = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        case _:
            begin = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    return begin.astimezone(UTC)


def next_begin(period: str, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Give the moment at which the period after a moment's begins (UTC); None after the total."""
    if period == "total":
        return None
    begin = period_begin(period, at, zone)
    if period == "hour":
        return begin + timedelta(hours=1)
    later = begin + (timedelta(hours=36) if period == "day" else timedelta(days=32, hours=12))
    return period_begin(period, later, zone)


def find_place(
    *,
    caps: Mapping[str, int],
    tally: Tally,
    hours: OpeningHours | None,
    zone: ZoneInfo,
    now: datetime,
    may_wait_for_caps: bool,
) -> Place:
    """Give the first moment from `now` on that lies within the hours and in whose periods a place is free.

    The place names the first cap that was in the way. `at` is None when no place will be free: never, or not in the
    next 400 days, or only in a later period although the rule does not wait for one.
    """
    at, blocked = now, ""
    for _step in range(_MOST_STEPS):
        if hours is not None:
            at = hours.next_opening(at)
        full = _full(caps, tally, at, zone)
        if not full:
            return Place(at=at, period=blocked, limit=caps.get(blocked, 0))
        # The longest full period must end first.
        blocked = blocked or full[-1]
        following = next_begin(full[-1], at, zone)
        if not may_wait_for_caps or following is None or following - now > _FURTHEST:
            break
        at = following
    return Place(at=None, period=blocked, limit=caps.get(blocked, 0))


def _full(caps: Mapping[str, int], tally: Tally, at: datetime, zone: ZoneInfo) -> list[str]:
    """Give the periods of a moment that have no place, the longest last."""
    return [
        period
        for period in PERIODS
        if period in caps and tally.taken(period, period_begin(period, at, zone)) >= caps[period]
    ]
