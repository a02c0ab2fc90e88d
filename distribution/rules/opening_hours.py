"""On which days and at which hours a rule sends, by the wall clock of a time zone.

Spans are minutes of the week, Sunday 00:00 being 0: `[[540, 1020]]` is Sunday from 9:00 to 17:00. What the wall clock
says decides, so a change to or from summer time moves the opening with the clock: an hour that it skips opens when
the clock passes it, an hour that comes twice is open both times.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = 24 * 60
WEEK = 7 * DAY
Span = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class OpeningHours:
    """Spans of the week, sorted and apart from each other, in a time zone."""

    spans: tuple[Span, ...]
    zone: ZoneInfo

    def is_open(self, at: datetime) -> bool:
        """Whether a moment falls within the hours."""
        minute = _minute_of_week(at.astimezone(self.zone))
        return any(start <= minute < end for start, end in self.spans)

    def next_opening(self, at: datetime) -> datetime:
        """Give the first moment from `at` on that is open; `at` itself when it is."""
        if self.is_open(at):
            return at
        local = at.astimezone(self.zone)
        minute = _minute_of_week(local)
        midnight = datetime.combine(local.date(), time(), local.tzinfo)
        sunday = midnight - timedelta(days=minute // DAY)
        starts = [start + week * WEEK for week in (0, 1) for start, _end in self.spans]
        # Twice: of an hour that comes twice the second may be the next.
        candidates = (self._moment(sunday, start, fold) for start in starts for fold in (0, 1))
        return min(moment for moment in candidates if moment > at)

    def _moment(self, sunday: datetime, minute: int, fold: int) -> datetime:
        """Give the moment at which the wall clock shows a minute of a week, or passes it."""
        naive = sunday.replace(tzinfo=None) + timedelta(minutes=minute)
        moment = naive.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)
        shown = moment.astimezone(self.zone).replace(tzinfo=None)
        return moment if shown == naive else _change_near(moment, self.zone)


def normalised(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Give spans within one week, sorted and joined; one over the end of Saturday goes on on Sunday."""
    parts: list[Span] = []
    for start, end in spans:
        if end > WEEK:
            parts += [(start, WEEK), (0, end - WEEK)]
        elif start < end:
            parts.append((start, end))
    joined: list[Span] = []
    for start, end in sorted(parts):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def span_of_day(day: int, start: time, end: time) -> Span:
    """Give the span of one day (0 is Sunday); an end at or before the start is of the next day (22:00 to 2:00)."""
    begins, ends = start.hour * 60 + start.minute, end.hour * 60 + end.minute
    return day * DAY + begins, day * DAY + ends + (DAY if ends <= begins else 0)


def spans_by_day(spans: Sequence[Span]) -> list[list[tuple[time, time]]]:
    """Give what the form shows: for each day from Sunday on its spans, each under the day it begins on."""
    shown: list[list[tuple[time, time]]] = [[] for _day in range(7)]
    rest = list(spans)
    if rest and rest[0][0] == 0 and rest[-1][1] == WEEK and len(rest) > 1 and rest[0][1] < DAY:
        # Saturday night that goes on on Sunday is one span.
        rest = [*rest[1:-1], (rest[-1][0], WEEK + rest[0][1])]
    for start, end in rest:
        while end - start > DAY or (end - start == DAY and start % DAY):
            next_midnight = (start // DAY + 1) * DAY
            shown[start // DAY % 7].append((_time(start), time()))
            start = next_midnight
        shown[start // DAY % 7].append((_time(start), _time(end)))
    return shown


def _time(minute: int) -> time:
    return time(minute % DAY // 60, minute % 60)


def _minute_of_week(local: datetime) -> int:
    return local.isoweekday() % 7 * DAY + local.hour * 60 + local.minute


def _change_near(moment: datetime, zone: ZoneInfo) -> datetime:
    """Give the moment at which the clock skips an hour, for a moment that was read from that hour."""
    low, high = moment - timedelta(hours=4), moment + timedelta(hours=4)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
