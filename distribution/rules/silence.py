"""Is it unusual that nothing comes? Asked of a source's leads, and of a client's leads and feedback.

The same stretch of the week is looked at in earlier weeks, so that nights, Fridays and Saturdays are no alarm where
they are quiet always, and one holiday does not count.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
WEEKS = 4
WEEKS_THAT_AGREE = 3
# Fewer in the same stretch of an earlier week may be chance.
ENOUGH = 5
# A stretch is a week at most, and begins at most this long ago.
LOOK_BACK = (WEEKS + 1) * WEEK


@dataclass(slots=True)
class History:
    """What came of one subject: when last, and how much in each hour (`{beginning of the hour: number}`)."""

    last_at: datetime | None = None
    hours: dict[datetime, int] = field(default_factory=dict)


def is_silent(history: History, *, since: datetime, threshold_h: int | None, now: datetime) -> bool:
    """Decide whether a subject fell silent.

    `threshold_h` is what staff set, None lets earlier weeks decide; `since` is when the subject began to exist,
    which counts where nothing ever came.
    """
    if threshold_h is not None:
        return now - (history.last_at or since) >= timedelta(hours=threshold_h)
    return history.last_at is not None and is_unusual(history.hours, last_at=history.last_at, now=now)


def is_unusual(hours: Mapping[datetime, int], *, last_at: datetime, now: datetime) -> bool:
    """Tell whether in at least three of the four weeks before enough came in the stretch that is silent now."""
    stretch = min(now - last_at, WEEK)
    earlier = [_number(hours, last_at - back * WEEK, stretch) for back in range(1, WEEKS + 1)]
    return sum(number >= ENOUGH for number in earlier) >= WEEKS_THAT_AGREE


def _number(hours: Mapping[datetime, int], start: datetime, stretch: timedelta) -> int:
    return sum(number for hour, number in hours.items() if start <= hour and hour + HOUR <= start + stretch)
