"""Days and hours of the section Which leads: a grid of the week with up to three spans a day."""

import datetime
import zoneinfo
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from distribution.choices import OutsideHours
from distribution.rules.opening_hours import Span, normalised, span_of_day, spans_by_day

SPANS_A_DAY = 3
# Sunday first, as the week of the agency begins; Django counts from Monday.
DAYS = [WEEKDAYS[(day + 6) % 7] for day in range(7)]


def zone_choices() -> list[tuple[str, Any]]:
    """Give the zones of places; the first says: the client's."""
    places = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [("", _("the client's time zone")), *((name, name) for name in places), ("UTC", "UTC")]


class HoursForm(forms.Form):
    """From and to for each day; nothing filled in means at any time."""

    outside_hours = forms.ChoiceField(
        label=_("outside these hours"), choices=OutsideHours.choices, required=False, initial=OutsideHours.WAIT
    )
    selection_time_zone = forms.ChoiceField(label=_("time zone"), choices=zone_choices, required=False)

    def __init__(self, *args: Any, spans: Sequence[Span] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._spans = normalised(spans)
        by_day = spans_by_day(self._spans)
        for day, place, end in _places():
            at = by_day[day][place] if place < len(by_day[day]) else None
            label = _("from") if end == 0 else _("to")
            self.fields[_name(day, place, end)] = forms.TimeField(
                label=label,
                required=False,
                initial=at[end] if at else None,
                widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            )

    def days(self) -> list[dict[str, Any]]:
        """Give the grid's rows: the day's name, and its spans as pairs of fields."""
        return [
            {
                "name": DAYS[day],
                "number": day,
                "spans": [(self[_name(day, place, 0)], self[_name(day, place, 1)]) for place in range(SPANS_A_DAY)],
            }
            for day in range(7)
        ]

    @property
    def is_set(self) -> bool:
        """Whether any hours are shown."""
        return any(self[_name(day, place, end)].value() for day, place, end in _places())

    def clean(self) -> dict[str, Any]:
        """Ask for both ends of a span."""
        cleaned = super().clean() or {}
        for day, place, end in _places():
            mine, other = cleaned.get(_name(day, place, end)), cleaned.get(_name(day, place, 1 - end))
            if mine is None and other is not None and _name(day, place, end) not in self.errors:
                self.add_error(_name(day, place, end), _("Give both ends, from and to."))
        return cleaned

    def spans(self) -> tuple[Span, ...]:
        """Give the spans of the valid form."""
        found = []
        for day, place, end in _places():
            start, until = (self.cleaned_data.get(_name(day, place, at)) for at in (0, 1))
            if end == 0 and isinstance(start, datetime.time) and isinstance(until, datetime.time):
                found.append(span_of_day(day, start, until))
        return normalised(found)


def _places() -> Iterator[tuple[int, int, int]]:
    return ((day, place, end) for day in range(7) for place in range(SPANS_A_DAY) for end in (0, 1))


def _name(day: int, place: int, end: int) -> str:
    return f"hours-{day}-{place}-{'to' if end else 'from'}"
