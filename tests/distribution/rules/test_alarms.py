"""Alarms as values: when they open, go on, close, are told of; and what counts as silence."""

from datetime import UTC, datetime, timedelta

import pytest

from distribution.choices import AlarmKind
from distribution.models import AlarmSetting
from distribution.rules.alarm_settings import EVERYTHING, thresholds
from distribution.rules.alarm_texts import TEXTS
from distribution.rules.alarms import CALM, OpenAlarm, Sighting, compare, is_to_be_told
from distribution.rules.silence import History, is_silent

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)  # a Wednesday
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def test_what_is_wrong_opens_once_goes_on_and_closes_after_a_calm() -> None:
    known = [
        OpenAlarm(id=1, subject_id=10, seen_at=NOW - 5 * MINUTE),
        OpenAlarm(id=2, subject_id=20, seen_at=NOW - 5 * MINUTE),
        OpenAlarm(id=3, subject_id=30, seen_at=NOW - CALM),
    ]
    changes = compare(known, [Sighting(subject_id=10), Sighting(subject_id=40)], now=NOW)
    assert [sighting.subject_id for sighting in changes.opened] == [40]
    assert [alarm_id for alarm_id, _sighting in changes.seen] == [1]
    assert changes.closed == [3], "20 was right for a moment only"


@pytest.mark.parametrize(
    ("told_before", "is_acknowledged", "remind_after", "is_told"),
    [
        (None, False, DAY, True),
        (None, True, None, True),
        (DAY - MINUTE, False, DAY, False),
        (DAY, False, DAY, True),
        (DAY, True, DAY, False),
        (30 * DAY, False, None, False),
    ],
)
def test_staff_are_told_once_and_again_until_somebody_sees_to_it(
    told_before: timedelta | None, is_acknowledged: bool, remind_after: timedelta | None, is_told: bool
) -> None:
    told_at = None if told_before is None else NOW - told_before
    assert is_told == is_to_be_told(
        told_at=told_at, is_acknowledged=is_acknowledged, now=NOW, remind_after=remind_after
    )


def weekly(*, hours: range, days: range, number: int = 3, until: datetime, weeks: int = 5) -> History:
    """A history that brings `number` in each of these hours on these days (Monday is 0), until a moment."""
    history = History()
    hour = (until - weeks * 7 * DAY).replace(minute=0)
    while hour < until:
        if hour.weekday() in days and hour.hour in hours:
            history.hours[hour] = number
            history.last_at = hour + 59 * MINUTE
        hour += timedelta(hours=1)
    return history


SUNDAY_TO_THURSDAY = (6, 0, 1, 2, 3)
SATURDAY_NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("until", "now", "is_it"),
    [
        pytest.param(NOW, NOW + 2 * MINUTE, False, id="something came just now"),
        pytest.param(NOW, NOW + timedelta(hours=4), True, id="silent through four busy hours"),
        pytest.param(NOW, NOW + timedelta(hours=1), False, id="one hour may be chance"),
        pytest.param(NOW.replace(hour=17), NOW.replace(hour=6) + DAY, False, id="nights are silent always"),
        pytest.param(SATURDAY_NOON - 2 * DAY + 5 * timedelta(hours=1), SATURDAY_NOON, False, id="so are Saturdays"),
        pytest.param(SATURDAY_NOON - 2 * DAY, SATURDAY_NOON + 2 * DAY, True, id="silent since Thursday noon"),
    ],
)
def test_silence_is_compared_with_the_same_hours_of_earlier_weeks(until: datetime, now: datetime, is_it: bool) -> None:
    history = weekly(hours=range(8, 17), days=SUNDAY_TO_THURSDAY, until=until)  # type: ignore[arg-type]
    assert is_silent(history, since=NOW, threshold_h=None, now=now) == is_it


def test_one_holiday_among_the_earlier_weeks_hides_nothing_and_two_weeks_prove_nothing() -> None:
    history = weekly(hours=range(24), days=range(7), until=NOW)
    later = NOW + timedelta(hours=6)
    a_week_ago = [hour for hour in history.hours if NOW - 8 * DAY < hour < NOW - 6 * DAY]
    for hour in a_week_ago:
        del history.hours[hour]
    assert is_silent(history, since=NOW, threshold_h=None, now=later)
    young = weekly(hours=range(24), days=range(7), until=NOW, weeks=2)
    assert not is_silent(young, since=NOW, threshold_h=None, now=later)


@pytest.mark.parametrize(
    ("last", "threshold_h", "is_it"),
    [(NOW - 5 * DAY, 24, True), (NOW - 23 * timedelta(hours=1), 24, False), (None, 24, True), (None, 24 * 9, False)],
)
def test_a_threshold_that_staff_set_asks_no_history(last: datetime | None, threshold_h: int, is_it: bool) -> None:
    """Where nothing ever came, the time counts from when something was to be expected."""
    assert is_silent(History(last), since=NOW - 3 * DAY, threshold_h=threshold_h, now=NOW) == is_it


def test_a_subjects_own_threshold_stands_before_the_general_one_and_that_before_ours() -> None:
    kind = AlarmKind.SOURCE_SILENT
    stored = [
        AlarmSetting(kind=kind, subject_id=EVERYTHING, threshold=48, remind_after_h=0),
        AlarmSetting(kind=kind, subject_id=7, is_on=False, threshold=3),
        AlarmSetting(kind=AlarmKind.QUEUE_OLD, subject_id=EVERYTHING, threshold=5),
    ]
    found = thresholds(kind, stored)
    assert (found.of(1).value, found.of(1).remind_after) == (48, None)
    assert not found.of(7).is_on
    assert thresholds(AlarmKind.QUEUE_OLD, []).general.value == 15
    assert thresholds(AlarmKind.QUEUE_OLD, stored).general.value == 5


def test_every_kind_says_what_is_wrong_and_what_to_do() -> None:
    assert set(TEXTS) == set(AlarmKind)
