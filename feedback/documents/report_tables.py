"""Reports as tables: one form for screen, files and mails. Each number knows the list of what it counted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from distribution.models import Source
from feedback.choices import RoutingOutcome
from feedback.models import Reason
from feedback.queries.reports import Figures, LeadFigures, PeriodFigures
from feedback.rules.periods import Period

Value = int | Decimal | str
MOST_DAYS = 62


@dataclass(frozen=True)
class Cell:
    """One value; `of` is what it is a share of, `url` the list behind it."""

    value: Value
    url: str = ""
    of: int = 0

    @property
    def text(self) -> str:
        """The value as people read it."""
        if isinstance(self.value, str):
            return self.value
        places = 2 if isinstance(self.value, Decimal) and self.value % 1 else 0
        return number_format(self.value, decimal_pos=places, force_grouping=True)

    @property
    def share(self) -> str:
        """The share in percent, isolated so that the sign keeps its side in Hebrew; nothing without a whole."""
        return f"\u2066{round(int(self.value) * 100 / self.of)}%\u2069" if self.of and self.value != "" else ""


@dataclass(frozen=True)
class Row:
    """A line: its name, the cells after it, and how long its bar is."""

    name: str
    cells: Sequence[Cell]
    bar: int = 0


@dataclass(kw_only=True)
class Table:
    """A table of a report. `most` is the longest bar; without one there are none."""

    slug: str
    title: str
    head: Sequence[str]
    rows: list[Row]
    total: Row | None = None
    note: str = ""
    most: int = field(init=False)

    def __post_init__(self) -> None:
        """Find the longest bar."""
        self.most = max((row.bar for row in self.rows), default=0)


@dataclass(frozen=True)
class _Column:
    """One number of `Figures`: its head, the filter of the list behind it, and what it is a share of."""

    head: object
    name: str
    filters: dict[str, str]
    of: str = ""


GIVEN = _Column(pgettext_lazy("report", "Given"), "given", {})
OUTCOMES = tuple(_Column(outcome.label, outcome.value, {"outcome": outcome.value}) for outcome in RoutingOutcome)
_TRANSMITTED = _Column(pgettext_lazy("report", "Transmitted"), "transmitted", {"outcome": "transmitted"}, "given")
_ACCEPTED = _Column(pgettext_lazy("report", "Accepted"), "accepted", {"outcome": "accepted"}, "transmitted")
_ANSWERED = _Column(pgettext_lazy("report", "With feedback"), "answered", {"said": "any"}, "accepted")
_POSITIVE = _Column(pgettext_lazy("report", "Positive"), "positive", {"said": "good"}, "answered")
_SALES = _Column(pgettext_lazy("report", "Sales"), "sales", {"said": "sale"}, "answered")
_AMOUNT = _Column(pgettext_lazy("report", "Amount"), "amount", {"said": "sale"})
_UNANSWERED = _Column(gettext_lazy("Without feedback"), "unanswered", {"outcome": "accepted", "said": "none"})
FUNNEL = (GIVEN, _TRANSMITTED, _ACCEPTED, _ANSWERED, _POSITIVE, _SALES, _AMOUNT)
MONTH = (
    _Column(pgettext_lazy("report", "Accepted"), "accepted", {"outcome": "accepted"}),
    _Column(gettext_lazy("Deducted: invalid"), "invalid", {"charge": "invalid"}),
    _Column(gettext_lazy("Deducted: repeats"), "repeats", {"charge": "repeat"}),
    _Column(gettext_lazy("Counted"), "chargeable", {"charge": "counted"}),
)


def routing_list(period: Period, **filters: object) -> str:
    """Give the address of the list of routings that were given in a period."""
    bounds = {"created_at__gte": period.begins.isoformat(), "created_at__lt": period.ends.isoformat()}
    return f"{reverse('admin:distribution_routing_changelist')}?{urlencode(bounds | filters)}"


def lead_list(period: Period, **filters: object) -> str:
    """Give the address of the list of leads that came in a period."""
    bounds = {"received_at__gte": period.begins.isoformat(), "received_at__lt": period.ends.isoformat()}
    filters = {"is_test__exact": 0} | filters
    return f"{reverse('admin:distribution_lead_changelist')}?{urlencode(bounds | filters)}"


def by_source(figures: PeriodFigures, leads: LeadFigures, columns: Sequence[_Column], *, slug: str) -> Table:
    """Give a line for each source that brought leads or whose leads were given."""
    names = dict(Source.objects.filter(pk__in={*figures.by_source, *leads.by_source}).values_list("pk", "name"))
    period = figures.period

    def lead_cell(source_id: int) -> Cell:
        came = leads.by_source.get(source_id, 0)
        return Cell(came, lead_list(period, source__id__exact=source_id) if came else "")

    rows = [
        Row(
            names[key],
            [lead_cell(key), *_cells(figures.by_source.get(key, Figures()), columns, period, source=key)],
            bar=leads.by_source.get(key, 0),
        )
        for key in sorted(names, key=lambda key: (-leads.by_source.get(key, 0), names[key]))
    ]
    total = Row(_("Total"), [Cell(leads.total, lead_list(period)), *_cells(figures.total, columns, period)])
    head = [_("Source"), _("Leads"), *_heads(columns)]
    return Table(slug=slug, title=_("By source"), head=head, rows=rows, total=total)


def by_client(figures: PeriodFigures, columns: Sequence[_Column], *, slug: str, title: str = "") -> Table:
    """Give a line for each client that was given leads."""
    names = dict(User.objects.filter(pk__in=figures.by_client).values_list("pk", "name"))
    rows = _rows(figures.by_client, lambda key: names[key], columns, figures.period, "client")
    total = Row(_("Total"), _cells(figures.total, columns, figures.period))
    return Table(slug=slug, title=title or _("By client"), head=[_("Client"), *_heads(columns)], rows=rows, total=total)


def by_reason(figures: PeriodFigures) -> Table:
    """Give a line for each reason that clients gave, in the reasons' own order, and one for those without feedback."""
    period = figures.period
    reasons = list(Reason.objects.filter(pk__in=[key for key in figures.by_reason if key is not None]))
    known = [(reason.name, str(reason.pk), figures.by_reason[reason.pk]) for reason in reasons]
    if None in figures.by_reason:
        known.append((_("no feedback"), "none", figures.by_reason[None]))
    rows = []
    for name, said, counted in known:
        given = Cell(counted.given, routing_list(period, said=said), of=figures.total.given)
        rows.append(Row(name, [given, Cell(counted.amount)], bar=counted.given))
    head = [_("Feedback reason"), str(GIVEN.head), str(_AMOUNT.head)]
    total = Row(_("Total"), [Cell(figures.total.given, routing_list(period)), Cell(figures.total.amount)])
    return Table(slug="reasons", title=_("By feedback reason"), head=head, rows=rows, total=total)


def by_day(figures: PeriodFigures, leads: LeadFigures | None) -> Table:
    """Give a line for each day or, for a long period, each month: the table beside the chart."""
    columns = (GIVEN, *OUTCOMES)

    def line(name: str, part: Period, counted: Figures) -> Row:
        cells = _cells(counted, columns, part)
        if leads is None:
            return Row(name, cells)
        came = sum(leads.by_day.get(day, 0) for day in part.days())
        return Row(name, [Cell(came, lead_list(part) if came else ""), *cells])

    rows = [line(name_of(part), part, sum_of(figures, part)) for part in parts_of(figures.period)]
    head = [_("Day"), *([] if leads is None else [_("Leads")]), *_heads(columns)]
    total = line(_("Total"), figures.period, figures.total)
    return Table(slug="days", title=_("Over time"), head=head, rows=rows, total=total)


def unanswered(figures: PeriodFigures) -> Table:
    """Give the clients that said nothing about leads they accepted, those with the most of them first."""
    silent = {key: counted for key, counted in figures.by_client.items() if counted.unanswered}
    names = dict(User.objects.filter(pk__in=silent).values_list("pk", "name"))
    rows = [
        Row(names[key], _cells(silent[key], (_UNANSWERED,), figures.period, client=key), bar=silent[key].unanswered)
        for key in sorted(silent, key=lambda key: (-silent[key].unanswered, names[key]))
    ]
    total = Row(_("Total"), _cells(figures.total, (_UNANSWERED,), figures.period))
    head = [_("Client"), *_heads((_UNANSWERED,))]
    return Table(slug="unanswered", title=_("Leads without feedback"), head=head, rows=rows, total=total)


def parts_of(period: Period) -> list[Period]:
    """Divide a period for a chart: into days, or into months where those would be too many."""
    if period.length <= MOST_DAYS:
        return [Period(day, day) for day in period.days()]
    parts: list[Period] = []
    for day in period.days():
        if parts and (parts[-1].first.year, parts[-1].first.month) == (day.year, day.month):
            parts[-1] = Period(parts[-1].first, day)
        else:
            parts.append(Period(day, day))
    return parts


def name_of(part: Period) -> str:
    """Name a part on the axis."""
    return date_format(part.first, "j.n" if part.length == 1 else "m/Y")


def sum_of(figures: PeriodFigures, part: Period) -> Figures:
    """Add up the days of a part."""
    days = [figures.by_day[day] for day in part.days() if day in figures.by_day]
    return Figures(**{name: sum(getattr(day, name) for day in days) for name in Figures.__dataclass_fields__})


def _rows(
    found: dict[int, Figures], name: Callable[[int], str], columns: Iterable[_Column], period: Period, filter_: str
) -> list[Row]:
    order = sorted(found, key=lambda key: (-found[key].given, name(key)))
    columns = list(columns)
    return [
        Row(name(key), _cells(found[key], columns, period, **{filter_: key}), bar=found[key].given) for key in order
    ]


def _cells(counted: Figures, columns: Iterable[_Column], period: Period, **filters: object) -> list[Cell]:
    cells = []
    for column in columns:
        value = getattr(counted, column.name)
        url = routing_list(period, **(column.filters | filters)) if value else ""
        cells.append(Cell(value, url, of=getattr(counted, column.of) if column.of else 0))
    return cells


def _heads(columns: Iterable[_Column]) -> list[str]:
    return [str(column.head) for column in columns]
