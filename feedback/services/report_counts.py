"""Counting days for reports: closed days are kept as counts, and counted anew while something may move in them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from feedback.models import CountProgress
from feedback.queries.report_counts import LEADS, ROUTINGS
from feedback.rules.periods import ONE_DAY, Period, agency_zone, day_of

# Today and yesterday are not kept: most of what happens is theirs.
OPEN_DAYS = 2
# A day with routings that wait or were not delivered is counted at every run for that long, and all days every night.
MOVING_DAYS = 30
NIGHTLY_DAYS = 100
CHUNK_DAYS = 31
# Feedback is looked at again that had its moment before the last run and was committed after it.
MARGIN = timedelta(minutes=10)

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('feedback.report_counts'))"
_FIRST_DAY = """
SELECT least((SELECT min(received_at) FROM distribution_lead), (SELECT min(created_at) FROM distribution_routing))
"""
_MOVED = """
SELECT DISTINCT (routing.created_at AT TIME ZONE %(zone)s)::date
FROM feedback_feedback said JOIN distribution_routing routing ON routing.id = said.routing_id
WHERE said.received_at >= %(since)s
UNION
SELECT DISTINCT day FROM feedback_dailyroutings WHERE day >= %(moving_since)s AND outcome IN ('waiting', 'undelivered')
"""
_RECOUNT = (
    "DELETE FROM feedback_dailyleads WHERE day BETWEEN %(first)s AND %(last)s",
    f"INSERT INTO feedback_dailyleads (day, source_id, leads) {LEADS}",
    "DELETE FROM feedback_dailyroutings WHERE day BETWEEN %(first)s AND %(last)s",
    "INSERT INTO feedback_dailyroutings (day, source_id, client_id, reason_id, outcome, is_transmitted, is_repeat, "
    f"routings, amount) {ROUTINGS}",
)


def count_days(*, now: datetime, nightly: bool = False) -> int:
    """Bring the counts of closed days up to date; gives how many days were counted.

    Counted are the days that closed since the last run, those that something was said about since, and those whose
    routings still wait; with `nightly` every one of the last `NIGHTLY_DAYS`. The first run counts all days.
    """
    closes = day_of(now) - timedelta(days=OPEN_DAYS - 1)
    with transaction.atomic():
        _take_turns()
        progress = CountProgress.objects.first()
        days = _days_to_count(progress, closes, now=now, nightly=nightly)
        if progress is None and not days:
            return 0
        for first, last in _stretches(days):
            _recount(Period(first, last))
        CountProgress.objects.update_or_create(id=1, defaults={"open_from": closes, "counted_at": now})
    return len(days)


def _take_turns() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)


def _days_to_count(progress: CountProgress | None, closes: date, *, now: datetime, nightly: bool) -> list[date]:
    if progress is None:
        first = _first_day()
        return list(Period(first, closes - ONE_DAY).days()) if first and first < closes else []
    days = set(Period(progress.open_from, closes - ONE_DAY).days()) if progress.open_from < closes else set()
    if nightly:
        days |= set(Period(closes - timedelta(days=NIGHTLY_DAYS), closes - ONE_DAY).days())
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVED,
            {
                "zone": str(agency_zone()),
                "since": progress.counted_at - MARGIN,
                "moving_since": closes - timedelta(days=MOVING_DAYS),
            },
        )
        days |= {day for (day,) in cursor.fetchall()}
    return sorted(day for day in days if day < closes)


def _first_day() -> date | None:
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_DAY)
        (moment,) = cursor.fetchone()
    return day_of(moment) if moment else None


def _stretches(days: Iterable[date]) -> list[tuple[date, date]]:
    """Give days in a row as first and last, none longer than `CHUNK_DAYS`."""
    stretches: list[tuple[date, date]] = []
    for day in days:
        if stretches and day == stretches[-1][1] + ONE_DAY and (day - stretches[-1][0]).days < CHUNK_DAYS:
            stretches[-1] = (stretches[-1][0], day)
        else:
            stretches.append((day, day))
    return stretches


def _recount(period: Period) -> None:
    values: dict[str, Any] = {
        "zone": str(agency_zone()),
        "first": period.first,
        "last": period.last,
        "begins": period.begins,
        "ends": period.ends,
    }
    with connection.cursor() as cursor:
        for statement in _RECOUNT:
            cursor.execute(statement, values)
