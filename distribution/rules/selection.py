"""Which leads a rule takes, wholly: conditions, days and hours, caps, and what is done with a person who came before.

`Selection` is what staff wrote and the rule stores as JSON; `CompiledSelection` is the same made ready to be asked,
once per revision. An empty selection takes every lead at any time and costs nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from distribution.choices import AtCap, DuplicateAction, DuplicateScope, OutsideHours
from distribution.rules.caps import PERIODS
from distribution.rules.conditions import Group, Test, compile_group, read_group
from distribution.rules.opening_hours import OpeningHours, Span, normalised

NO_CONDITIONS = Group(mode="all")


@dataclass(frozen=True, kw_only=True)
class Duplicates:
    """What is done with a lead whose person (phone or e-mail) was given before, within some days."""

    action: str = DuplicateAction.SKIP
    scope: str = DuplicateScope.CLIENT
    days: int = 30


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which leads a rule takes, as staff wrote it. `time_zone` empty means the client's."""

    conditions: Group = NO_CONDITIONS
    spans: tuple[Span, ...] = ()
    outside_hours: str = OutsideHours.WAIT
    caps: Mapping[str, int] = field(default_factory=dict)
    at_cap: str = AtCap.WAIT
    duplicates: Duplicates | None = None
    time_zone: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether every lead is taken at any time."""
        return not (self.conditions.items or self.spans or self.caps or self.duplicates)

    def as_json(self) -> dict[str, Any]:
        """Give the form that is stored: only what is asked."""
        stored: dict[str, Any] = {}
        if self.conditions.items:
            stored["conditions"] = self.conditions.as_json()
        if self.spans:
            stored["hours"] = {"spans": [list(span) for span in normalised(self.spans)], "outside": self.outside_hours}
        if self.caps:
            stored["caps"] = {period: self.caps[period] for period in PERIODS if period in self.caps}
            stored["at_cap"] = self.at_cap
        if self.duplicates:
            found = self.duplicates
            stored["duplicates"] = {"action": found.action, "scope": found.scope, "days": found.days}
        if self.time_zone and stored:
            stored["time_zone"] = self.time_zone
        return stored


def read_selection(stored: Mapping[str, Any]) -> Selection:
    """Give what is stored; it was checked when it was saved."""
    hours = stored.get("hours") or {}
    duplicates = stored.get("duplicates")
    return Selection(
        conditions=read_group(stored.get("conditions") or {}),
        spans=tuple((start, end) for start, end in hours.get("spans", ())),
        outside_hours=hours.get("outside", OutsideHours.WAIT),
        caps=stored.get("caps") or {},
        at_cap=stored.get("at_cap", AtCap.WAIT),
        duplicates=Duplicates(**duplicates) if duplicates else None,
        time_zone=stored.get("time_zone", ""),
    )


@dataclass(frozen=True, kw_only=True)
class CompiledSelection:
    """A selection made ready to be asked. `failures_of` says which conditions a lead fails."""

    failures_of: Test
    has_conditions: bool
    hours: OpeningHours | None
    outside_hours: str
    caps: Mapping[str, int]
    at_cap: str
    duplicates: Duplicates | None
    zone: ZoneInfo

    def is_open(self, at: datetime) -> bool:
        """Whether a moment falls within the hours; always, where none are set."""
        return self.hours is None or self.hours.is_open(at)


def compile_selection(selection: Selection, *, client_zone: str) -> CompiledSelection:
    """Make a selection ready to be asked. Raises `PatternUnreadable`, and `ZoneInfoNotFoundError`."""
    zone = ZoneInfo(selection.time_zone or client_zone)
    return CompiledSelection(
        failures_of=compile_group(selection.conditions, zone=zone),
        has_conditions=bool(selection.conditions.items),
        hours=OpeningHours(spans=normalised(selection.spans), zone=zone) if selection.spans else None,
        outside_hours=selection.outside_hours,
        caps=selection.caps,
        at_cap=selection.at_cap,
        duplicates=selection.duplicates,
        zone=zone,
    )
