"""The registry of what is watched. Apps above add their own watches when they are ready."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from distribution.choices import AlarmKind
from distribution.rules.alarm_settings import Thresholds
from distribution.rules.alarms import Sighting

# Asked with the moment, the kind's thresholds, and since when which subjects have an open alarm.
Look = Callable[[datetime, Thresholds, Mapping[int, datetime]], Sequence[Sighting]]


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Looks for one kind of alarm and gives everything that is wrong at a moment.

    `is_hourly` for what compares weeks and need not be asked every few minutes.
    """

    kind: AlarmKind
    look: Look
    is_hourly: bool = False


_watches: dict[AlarmKind, Watch] = {}


def register(watch: Watch) -> None:
    """Watch for a kind; the same kind again replaces its watch."""
    _watches[watch.kind] = watch


def watches(*, hourly: bool) -> list[Watch]:
    """Give the watches to ask every few minutes, or every hour."""
    return [watch for watch in _watches.values() if watch.is_hourly == hourly]
