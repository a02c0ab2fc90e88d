"""Days and hours by the wall clock of a zone, over changes of the clock, too."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from distribution.rules.opening_hours import DAY, WEEK, OpeningHours, normalised, span_of_day, spans_by_day

JERUSALEM = ZoneInfo("Asia/Jerusalem")
OFFICE = tuple(span_of_day(day, time(9), time(17)) for day in range(5))  # Sunday to Thursday
TWICE_A_DAY = (span_of_day(0, time(9), time(13)), span_of_day(0, time(16), time(19)))
NIGHTS = (span_of_day(4, time(22), time(2)), span_of_day(6, time(22), time(2)))


def hours(spans: tuple[tuple[int, int], ...], zone: ZoneInfo = JERUSALEM) -> OpeningHours:
    return OpeningHours(spans=normalised(spans), zone=zone)


@pytest.mark.parametrize(
    ("spans", "at", "opens"),
    [
        # 25/11/2026 is a Wednesday
        (OFFICE, "2026-11-25T09:00", "2026-11-25T09:00"),
        (OFFICE, "2026-11-25T16:59", "2026-11-25T16:59"),
        (OFFICE, "2026-11-25T17:00", "2026-11-26T09:00"),
        (OFFICE, "2026-11-25T08:59", "2026-11-25T09:00"),
        (OFFICE, "2026-11-26T17:00", "2026-11-29T09:00"),
        (OFFICE, "2026-11-28T12:00", "2026-11-29T09:00"),
        (TWICE_A_DAY, "2026-11-29T13:30", "2026-11-29T16:00"),
        (TWICE_A_DAY, "2026-11-29T19:00", "2026-12-06T09:00"),
        # over midnight, and over the end of the week
        (NIGHTS, "2026-11-27T01:59", "2026-11-27T01:59"),
        (NIGHTS, "2026-11-27T02:00", "2026-11-28T22:00"),
        (NIGHTS, "2026-11-29T01:00", "2026-11-29T01:00"),
        (NIGHTS, "2026-11-29T02:00", "2026-12-03T22:00"),
        # summer time begins on Friday 27/3/2026 at 2:00 and ends on Sunday 25/10/2026 at 2:00
        (OFFICE, "2026-03-26T18:00", "2026-03-29T09:00"),
        (OFFICE, "2026-10-24T18:00", "2026-10-25T09:00"),
        ((span_of_day(5, time(2, 30), time(4)),), "2026-03-27T01:59", "2026-03-27T03:00"),
    ],
)
def test_the_next_opening_is_what_the_wall_clock_says(spans: tuple[tuple[int, int], ...], at: str, opens: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=JERUSALEM)
    found = hours(spans).next_opening(moment)
    assert found == datetime.fromisoformat(opens).replace(tzinfo=JERUSALEM)
    assert hours(spans).is_open(moment) is (at == opens)
    assert hours(spans).is_open(found)


def test_an_hour_that_comes_twice_is_open_both_times() -> None:
    night = hours((span_of_day(0, time(1), time(1, 40)),))
    first = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # 1:00 summer time
    assert [night.is_open(first + timedelta(minutes=step)) for step in (0, 39, 40, 60, 99, 100)] == [
        True, True, False, True, True, False,
    ]  # fmt: skip
    assert night.next_opening(first + timedelta(minutes=45)) == first + timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "begin"),
    [
        ("Asia/Jerusalem", datetime(2026, 3, 20, tzinfo=UTC)),
        ("Asia/Jerusalem", datetime(2026, 10, 18, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 10, 25, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 1, 1, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 1, tzinfo=UTC)),  # its summer time is half an hour
    ],
)
def test_every_quarter_of_an_hour_opens_at_the_first_open_one(zone: str, begin: datetime) -> None:
    spans = (*OFFICE, span_of_day(5, time(1, 30), time(2, 15)), span_of_day(6, time(23), time(0, 30)))
    office = hours(spans, ZoneInfo(zone))
    expected = None
    for step in range(16 * 96, 0, -1):
        moment = begin + timedelta(minutes=15 * step)
        if office.is_open(moment):
            expected = moment
        elif expected is not None:
            assert office.next_opening(moment) == expected, moment
    assert expected is not None


def test_spans_are_joined_and_shown_again_under_the_day_they_begin_on() -> None:
    always = normalised([(0, WEEK)])
    assert spans_by_day(always) == [[(time(), time())]] * 7
    assert normalised([(540, 600), (590, 660), (700, 700)]) == ((540, 660),)
    for spans in (OFFICE, TWICE_A_DAY, NIGHTS):
        shown = spans_by_day(normalised(spans))
        back = [span_of_day(day, start, end) for day, found in enumerate(shown) for start, end in found]
        assert normalised(back) == normalised(spans)
    assert span_of_day(0, time(), time()) == (0, DAY)
