"""Periods of reports: whole days of the agency's clock, whoever reads them."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from feedback.choices import MailedPeriod, Rhythm

ONE_DAY = timedelta(days=1)


def agency_zone() -> ZoneInfo:
    """Give the time zone of the agency, by which days and months begin."""
    return ZoneInfo(settings.TIME_ZONE)


def day_of(moment: datetime) -> date:
    """Give the agency's day of a moment."""
    return moment.astimezone(agency_zone()).date()


def start_of(day: date) -> datetime:
    """Give the first moment of a day."""
    return datetime.combine(day, time(), tzinfo=agency_zone())


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        """The first moment."""
        return start_of(self.first)

    @property
    def ends(self) -> datetime:
        """The first moment that is not of it any more."""
        return start_of(self.last + ONE_DAY)

    @property
    def length(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def days(self) -> Iterator[date]:
        """Give its days in order."""
        return (self.first + timedelta(days=number) for number in range(self.length))


def last_days(today: date, days: int) -> Period:
    """Give the `days` days that end today."""
    return Period(today - timedelta(days=days - 1), today)


def month_of(day: date) -> Period:
    """Give the calendar month of a day."""
    return Period(day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1]))


def month_before(day: date) -> Period:
    """Give the calendar month before a day's."""
    return month_of(day.replace(day=1) - ONE_DAY)


def week_before(day: date) -> Period:
    """Give the week before a day's, from Sunday to Saturday."""
    sunday = sunday_of(day)
    return Period(sunday - timedelta(days=7), sunday - ONE_DAY)


def sunday_of(day: date) -> date:
    """Give the Sunday that a day's week began with."""
    return day - timedelta(days=(day.weekday() + 1) % 7)


def due_day(rhythm: Rhythm, today: date) -> date:
    """Give the last day, today included, on which a mailed report was due."""
    return sunday_of(today) if rhythm == Rhythm.WEEKLY else today.replace(day=1)


def mailed_period(period: MailedPeriod, due: date) -> Period:
    """Give what a report that is due on a day looks back at."""
    if period == MailedPeriod.LAST_WEEK:
        return week_before(due)
    if period == MailedPeriod.LAST_MONTH:
        return month_before(due)
    return last_days(due - ONE_DAY, 30)
