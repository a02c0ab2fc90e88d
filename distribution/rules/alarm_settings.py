"""From when on something counts as an alarm: what is delivered with, and what staff set."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from distribution.choices import AlarmKind

# The subject of what is about everything, and of the settings that hold where a subject has none of its own.
EVERYTHING = 0


@dataclass(frozen=True, slots=True)
class Threshold:
    """One threshold. `value` is in the kind's unit; None: decided by what is usual (or there is nothing to set)."""

    is_on: bool = True
    value: int | None = None
    remind_after_h: int = 24

    @property
    def remind_after(self) -> timedelta | None:
        """How long after telling staff they are told again; None: never."""
        return timedelta(hours=self.remind_after_h) if self.remind_after_h else None


@dataclass(frozen=True, slots=True)
class KindSetting:
    """What a kind is delivered with. `unit` names what `value` counts, empty where there is nothing to count."""

    unit: str | Promise = ""
    value: int | None = None
    by_subject: bool = False  # whether single sources or clients may have a threshold of their own


_SILENCE = KindSetting(_("hours; empty: compared with earlier weeks"), None, by_subject=True)

DELIVERED_WITH: Mapping[AlarmKind, KindSetting] = {
    AlarmKind.RULE_PAUSED: KindSetting(),
    AlarmKind.NOT_DELIVERED: KindSetting(_("deliveries of one rule"), 1),
    AlarmKind.REFUSED: KindSetting(_("deliveries of one rule within a day"), 10),
    AlarmKind.CAP_REACHED: KindSetting(),
    AlarmKind.QUEUE_OLD: KindSetting(_("minutes"), 15),
    AlarmKind.SOURCE_SILENT: _SILENCE,
    AlarmKind.CLIENT_WITHOUT_LEADS: _SILENCE,
    AlarmKind.CLIENT_WITHOUT_FEEDBACK: _SILENCE,
}


class SettingLike(Protocol):
    """A stored setting."""

    kind: str
    subject_id: int
    is_on: bool
    threshold: int | None
    remind_after_h: int


@dataclass(frozen=True, slots=True)
class Thresholds:
    """All thresholds of one kind."""

    general: Threshold
    own: Mapping[int, Threshold] = field(default_factory=dict)

    def of(self, subject_id: int) -> Threshold:
        """Give the subject's own threshold where it has one, else the general one."""
        return self.own.get(subject_id, self.general)


def thresholds(kind: AlarmKind, stored: Iterable[SettingLike]) -> Thresholds:
    """Give a kind's thresholds: what staff stored, else what is delivered."""
    rows = {row.subject_id: _threshold(row) for row in stored if row.kind == kind}
    general = rows.pop(EVERYTHING, Threshold(value=DELIVERED_WITH[kind].value))
    return Thresholds(general, rows)


def _threshold(row: SettingLike) -> Threshold:
    return Threshold(row.is_on, row.threshold, row.remind_after_h)
