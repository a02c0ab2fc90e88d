"""The numbers of reports: counted days as they were kept, the latest ones counted as they are asked for.

The price goes by the period's length and the numbers of sources and clients, not by how many leads there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from feedback.models import CountProgress
from feedback.queries.report_counts import LEADS, ROUTINGS
from feedback.rules.periods import Period, agency_zone, start_of

_LEADS_SQL = f"""
SELECT grouping(day, source_id), day, source_id, sum(leads)::bigint
FROM (
    SELECT day, source_id, leads FROM feedback_dailyleads WHERE day >= %(first)s AND day < %(open_from)s
    UNION ALL {LEADS.replace("%(begins)s", "%(open_begins)s")}
) counted
GROUP BY GROUPING SETS ((), (day), (source_id))
"""  # noqa: S608 - constants of ours

_ROUTINGS_SQL = f"""
SELECT grouping(day, source_id, client_id, reason_id), day, source_id, client_id, reason_id,
    coalesce(sum(routings), 0)::bigint, coalesce(sum(routings) FILTER (WHERE is_transmitted), 0)::bigint,
    coalesce(sum(routings) FILTER (WHERE outcome = 'accepted'), 0)::bigint,
    coalesce(sum(routings) FILTER (WHERE outcome = 'refused'), 0)::bigint,
    coalesce(sum(routings) FILTER (WHERE outcome = 'waiting'), 0)::bigint,
    coalesce(sum(routings) FILTER (WHERE outcome = 'undelivered'), 0)::bigint,
    coalesce(sum(routings) FILTER (WHERE outcome = 'cancelled'), 0)::bigint,
    coalesce(sum(routings) FILTER (WHERE reason_id IS NOT NULL), 0)::bigint,
    coalesce(sum(routings) FILTER (WHERE outcome = 'accepted' AND reason_id IS NULL), 0)::bigint,
    coalesce(sum(routings) FILTER (WHERE reason.kind IN ('positive', 'sale')), 0)::bigint,
    coalesce(sum(routings) FILTER (WHERE reason.kind = 'sale'), 0)::bigint,
    coalesce(sum(amount) FILTER (WHERE reason.kind = 'sale'), 0),
    coalesce(sum(routings) FILTER (WHERE outcome = 'accepted' AND reason.kind = 'invalid'), 0)::bigint,
    coalesce(sum(routings) FILTER (WHERE outcome = 'accepted' AND is_repeat
        AND reason.kind IS DISTINCT FROM 'invalid'), 0)::bigint
FROM (
    SELECT day, source_id, client_id, reason_id, outcome, is_transmitted, is_repeat, routings, amount
    FROM feedback_dailyroutings WHERE day >= %(first)s AND day < %(open_from)s
    UNION ALL {ROUTINGS.replace("%(begins)s", "%(open_begins)s")}
) counted
LEFT JOIN feedback_reason reason ON reason.id = counted.reason_id
GROUP BY GROUPING SETS ((), (day), (source_id), (client_id), (reason_id))
"""  # noqa: S608 - constants of ours


@dataclass(frozen=True)
class Figures:
    """What became of a number of routings. `invalid` and `repeats` are what is deducted from the accepted ones: those
    with a reason of the kind "invalid", and of the others those that the client's rule found to be repeats.
    """

    given: int = 0
    transmitted: int = 0
    accepted: int = 0
    refused: int = 0
    waiting: int = 0
    undelivered: int = 0
    cancelled: int = 0
    answered: int = 0
    unanswered: int = 0
    positive: int = 0
    sales: int = 0
    amount: Decimal = Decimal(0)
    invalid: int = 0
    repeats: int = 0

    @property
    def chargeable(self) -> int:
        """What an invoice rests on: accepted by the client's system, neither invalid nor a repeat."""
        return self.accepted - self.invalid - self.repeats


@dataclass(kw_only=True)
class PeriodFigures:
    """The numbers of a period. Keys are days and ids; the reason None is of routings without feedback.

    `counted_at` is when the days that are not counted at this moment were counted; None: everything is of now.
    """

    period: Period
    counted_at: datetime | None
    total: Figures = field(default_factory=Figures)
    by_day: dict[date, Figures] = field(default_factory=dict)
    by_source: dict[int, Figures] = field(default_factory=dict)
    by_client: dict[int, Figures] = field(default_factory=dict)
    by_reason: dict[int | None, Figures] = field(default_factory=dict)


@dataclass(kw_only=True)
class LeadFigures:
    """How many leads came in a period."""

    total: int = 0
    by_day: dict[date, int] = field(default_factory=dict)
    by_source: dict[int, int] = field(default_factory=dict)


def routing_figures(period: Period) -> PeriodFigures:
    """Count what became of the leads that were given to clients in a period; two queries."""
    progress = CountProgress.objects.first()
    is_of_now = progress is None or progress.open_from <= period.first
    figures = PeriodFigures(period=period, counted_at=None if progress is None or is_of_now else progress.counted_at)
    for grouping, day, source_id, client_id, reason_id, *numbers in _rows(_ROUTINGS_SQL, period, progress):
        counted = Figures(*numbers)
        match grouping:  # a bit for every column that the row does not go by
            case 0b1111:
                figures.total = counted
            case 0b0111:
                figures.by_day[day] = counted
            case 0b1011:
                figures.by_source[source_id] = counted
            case 0b1101:
                figures.by_client[client_id] = counted
            case 0b1110:
                figures.by_reason[reason_id] = counted
    return figures


def lead_figures(period: Period) -> LeadFigures:
    """Count the leads that came in a period; two queries."""
    figures = LeadFigures()
    for grouping, day, source_id, leads in _rows(_LEADS_SQL, period, CountProgress.objects.first()):
        match grouping:
            case 0b11:
                figures.total = leads or 0
            case 0b01:
                figures.by_day[day] = leads
            case 0b10:
                figures.by_source[source_id] = leads
    return figures


def _rows(sql: str, period: Period, progress: CountProgress | None) -> list[tuple[Any, ...]]:
    """Ask for the kept days of a period and, from where on days are open, for the rows themselves."""
    open_from = min(max(progress.open_from, period.first), _after(period)) if progress else period.first
    values: Mapping[str, Any] = {
        "zone": str(agency_zone()),
        "first": period.first,
        "open_from": open_from,
        "open_begins": start_of(open_from),
        "ends": period.ends,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _after(period: Period) -> date:
    return period.ends.astimezone(agency_zone()).date()
