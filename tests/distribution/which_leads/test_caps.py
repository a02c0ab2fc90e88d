"""Caps an hour, a day, a month and in all: where the next place is, by the wall clock of the rule's zone."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from distribution.rules.caps import PERIODS, Tally, find_place, next_begin, period_begin
from distribution.rules.opening_hours import OpeningHours, normalised, span_of_day

ZONE = ZoneInfo("Asia/Jerusalem")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


NOW = local("2026-11-25T10:30")
MORNINGS = OpeningHours(spans=normalised(span_of_day(day, time(9), time(12)) for day in range(5)), zone=ZONE)


def tally(*taken: tuple[str, int]) -> Tally:
    found = Tally({})
    for at, number in taken:
        found.take(local(at), zone=ZONE, number=number)
    return found


@pytest.mark.parametrize(
    ("caps", "taken", "hours", "due", "period"),
    [
        ({}, [("2026-11-25T10:05", 99)], None, "2026-11-25T10:30", ""),
        ({"hour": 5}, [("2026-11-25T10:05", 4)], None, "2026-11-25T10:30", ""),
        ({"hour": 5}, [("2026-11-25T10:05", 5)], None, "2026-11-25T11:00", "hour"),
        ({"hour": 5}, [("2026-11-25T10:05", 5), ("2026-11-25T11:00", 5)], None, "2026-11-25T12:00", "hour"),
        ({"hour": 5}, [("2026-11-25T09:59", 5)], None, "2026-11-25T10:30", ""),
        ({"day": 5}, [("2026-11-25T00:00", 5)], None, "2026-11-26T00:00", "day"),
        ({"day": 5}, [("2026-11-24T23:59", 5)], None, "2026-11-25T10:30", ""),
        ({"month": 5}, [("2026-11-01T00:00", 5)], None, "2026-12-01T00:00", "month"),
        ({"month": 5}, [("2026-10-31T23:59", 5)], None, "2026-11-25T10:30", ""),
        ({"total": 5}, [("2020-01-01T00:00", 4)], None, "2026-11-25T10:30", ""),
        ({"total": 5}, [("2020-01-01T00:00", 5)], None, None, "total"),
        # the longest full period must end, and the shorter ones must have a place then
        ({"hour": 1, "day": 2}, [("2026-11-25T10:00", 1), ("2026-11-25T11:00", 1)], None, "2026-11-26T00:00", "day"),
        ({"hour": 1, "day": 2}, [("2026-11-25T10:00", 1)], None, "2026-11-25T11:00", "hour"),
        # within the hours
        ({"hour": 1}, [("2026-11-25T10:00", 1)], MORNINGS, "2026-11-25T11:00", "hour"),
        ({"hour": 1}, [("2026-11-25T10:00", 1), ("2026-11-25T11:00", 1)], MORNINGS, "2026-11-26T09:00", "hour"),
        ({"day": 1}, [("2026-11-25T09:00", 1), ("2026-11-26T09:00", 1)], MORNINGS, "2026-11-29T09:00", "day"),
    ],
)
def test_the_next_free_place(
    caps: dict[str, int], taken: list[tuple[str, int]], hours: OpeningHours | None, due: str | None, period: str
) -> None:
    place = find_place(caps=caps, tally=tally(*taken), hours=hours, zone=ZONE, now=NOW, may_wait_for_caps=True)
    assert place.at == (local(due) if due else None)
    assert (place.period, place.limit) == (period, caps.get(period, 0))
    at_once = find_place(caps=caps, tally=tally(*taken), hours=hours, zone=ZONE, now=NOW, may_wait_for_caps=False)
    assert (at_once.at is None) is bool(period)


def test_outside_the_hours_the_place_is_at_the_opening_whether_or_not_caps_may_wait() -> None:
    evening = local("2026-11-25T20:00")
    for may_wait in (True, False):
        place = find_place(caps={"day": 3}, tally=tally(("2026-11-25T09:00", 3)), hours=MORNINGS, zone=ZONE,
                           now=evening, may_wait_for_caps=may_wait)  # fmt: skip
        assert (place.at, place.period) == (local("2026-11-26T09:00"), "")


@pytest.mark.parametrize(
    ("period", "at", "begin", "following"),
    [
        ("hour", "2026-11-25T10:30", "2026-11-25T10:00", "2026-11-25T11:00"),
        ("day", "2026-03-27T12:00", "2026-03-27T00:00", "2026-03-28T00:00"),  # 23 hours
        ("day", "2026-10-25T12:00", "2026-10-25T00:00", "2026-10-26T00:00"),  # 25 hours
        ("month", "2026-10-31T23:00", "2026-10-01T00:00", "2026-11-01T00:00"),
        ("month", "2026-01-31T23:00", "2026-01-01T00:00", "2026-02-01T00:00"),
        ("month", "2028-02-29T23:00", "2028-02-01T00:00", "2028-03-01T00:00"),
    ],
)
def test_periods_begin_by_the_wall_clock(period: str, at: str, begin: str, following: str) -> None:
    assert period_begin(period, local(at), ZONE) == local(begin)
    assert next_begin(period, local(at), ZONE) == local(following)


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    first, second = (datetime(2026, 10, 25, 1, 30, tzinfo=ZONE, fold=fold) for fold in (0, 1))
    assert period_begin("hour", first, ZONE) != period_begin("hour", second, ZONE)
    assert next_begin("hour", first, ZONE) == period_begin("hour", second, ZONE)


def test_a_tally_forgets_periods_that_are_over_and_never_the_total() -> None:
    counts = tally(("2026-10-01T00:00", 1), ("2026-11-24T10:00", 2), ("2026-11-25T10:00", 4), ("2026-11-26T00:00", 8))
    kept = counts.without_past(NOW, zone=ZONE)
    assert {period: sum(kept[period].values()) for period in PERIODS} == {
        "hour": 12, "day": 12, "month": 14, "total": 15,
    }  # fmt: skip


def test_a_backlog_fills_period_after_period() -> None:
    found = Tally({})
    dues = []
    for _lead in range(7):
        place = find_place(caps={"hour": 2}, tally=found, hours=MORNINGS, zone=ZONE, now=NOW, may_wait_for_caps=True)
        assert place.at is not None
        dues.append(place.at)
        found.take(place.at, zone=ZONE)
    assert dues == [NOW] * 2 + [local("2026-11-25T11:00")] * 2 + [local("2026-11-26T09:00")] * 2 + [
        local("2026-11-26T10:00")
    ]
