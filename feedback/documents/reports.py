"""The reports, put together: what each shows of a period, in the language of the moment."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from feedback.choices import ReportKind, RoutingOutcome
from feedback.documents.charts import Chart, Column, Series, stacked
from feedback.documents.report_tables import (
    FUNNEL,
    GIVEN,
    MONTH,
    OUTCOMES,
    Table,
    by_client,
    by_day,
    by_reason,
    by_source,
    name_of,
    parts_of,
    sum_of,
)
from feedback.queries.reports import PeriodFigures, lead_figures, routing_figures
from feedback.rules.periods import Period

TONES = {
    RoutingOutcome.ACCEPTED: "brand",
    RoutingOutcome.REFUSED: "bad",
    RoutingOutcome.WAITING: "warn",
    RoutingOutcome.UNDELIVERED: "strong",
    RoutingOutcome.CANCELLED: "neutral",
}


@dataclass(kw_only=True)
class Report:
    """A report of a period: its tables and, where time is the matter, the chart of the first of them.

    `counted_at` is when the days before yesterday were counted; None: the whole is of this moment.
    """

    kind: ReportKind
    period: Period
    tables: list[Table]
    counted_at: datetime | None
    chart: Chart | None = None


def make_report(kind: ReportKind, period: Period) -> Report:
    """Put a report together; at most seven queries, however long the period."""
    figures = routing_figures(period)
    chart = None
    if kind == ReportKind.OVERVIEW:
        leads = lead_figures(period)
        columns = (GIVEN, *OUTCOMES)
        tables = [
            by_day(figures, leads),
            by_source(figures, leads, columns, slug="sources"),
            by_client(figures, columns, slug="clients"),
            by_reason(figures),
        ]
        chart = outcome_chart(figures)
    elif kind == ReportKind.FUNNEL:
        tables = [
            by_source(figures, lead_figures(period), FUNNEL, slug="sources"),
            by_client(figures, FUNNEL, slug="clients"),
        ]
    else:
        tables = [by_client(figures, MONTH, slug="month", title=_("Leads counted for each client"))]
    return Report(kind=kind, period=period, tables=tables, counted_at=figures.counted_at, chart=chart)


def period_query(kind: ReportKind, period: Period) -> str:
    """Give the part of a report's address that names its period."""
    return f"month={period.first:%Y-%m}" if kind == ReportKind.MONTH else f"first={period.first}&last={period.last}"


def report_address(kind: ReportKind, period: Period) -> str:
    """Give the address of a report on the screen."""
    name = "reports" if kind == ReportKind.OVERVIEW else f"reports_{kind}"
    return f"{reverse(f'admin:{name}')}?{period_query(kind, period)}"


def outcome_chart(figures: PeriodFigures, *, title: str = "") -> Chart:
    """Draw how far the leads given on each day came."""
    columns = []
    for part in parts_of(figures.period):
        counted = sum_of(figures, part)
        columns.append(Column(name_of(part), [getattr(counted, outcome.value) for outcome in RoutingOutcome]))
    series = [Series(str(outcome.label), TONES[outcome]) for outcome in RoutingOutcome]
    return stacked(title or _("Leads by outcome"), series, columns, is_rtl=get_language_bidi())


def outcome_table(figures: PeriodFigures) -> Table:
    """Give the numbers of `outcome_chart`."""
    return by_day(figures, None)
