"""Which alarms open, go on, are told of again and close, decided from values alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

# What is right again for a moment and wrong the next is one alarm, not many mails.
CALM = timedelta(minutes=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Something that is wrong now. `facts` are JSON values for the sentences about it."""

    subject_id: int
    subject_name: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlarm:
    """What has to be known of an open alarm to decide about it."""

    id: int
    subject_id: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """What becomes of a kind's alarms."""

    opened: Sequence[Sighting]
    seen: Sequence[tuple[int, Sighting]]
    closed: Sequence[int]


def compare(open_alarms: Iterable[OpenAlarm], sightings: Iterable[Sighting], *, now: datetime) -> Changes:
    """Compare what is wrong now with the open alarms of its kind.

    What is wrong and has no alarm opens one; an alarm whose subject was right for `CALM` closes.
    """
    by_subject = {sighting.subject_id: sighting for sighting in sightings}
    seen: list[tuple[int, Sighting]] = []
    closed: list[int] = []
    for alarm in open_alarms:
        sighting = by_subject.pop(alarm.subject_id, None)
        if sighting is not None:
            seen.append((alarm.id, sighting))
        elif now - alarm.seen_at >= CALM:
            closed.append(alarm.id)
    return Changes(list(by_subject.values()), seen, closed)


def is_to_be_told(
    *, told_at: datetime | None, is_acknowledged: bool, now: datetime, remind_after: timedelta | None
) -> bool:
    """Decide whether staff are told of an open alarm now: once at first, and again until somebody acknowledges it."""
    if told_at is None:
        return True
    return not is_acknowledged and remind_after is not None and now - told_at >= remind_after
