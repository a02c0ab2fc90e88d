"""The screen דוחות: a period, what its leads became, and the list behind each number."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.choices import VIEW_REPORT, ReportKind
from feedback.documents.report_files import MEDIA_TYPES, table_file
from feedback.documents.reports import make_report, period_query, report_address
from feedback.rules.periods import Period, day_of, last_days, month_before, month_of

MONTHS_OFFERED = 24
# A period that asks for more is a mistake in typing.
MOST_DAYS = 366 * 5
YEARS = range(2000, 2101)


class PeriodForm(forms.Form):
    """The first and the last day of a report."""

    first = forms.DateField(
        label=gettext_lazy("first day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=gettext_lazy("last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order."""
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if any(day and day.year not in YEARS for day in (first, last)):
            self.add_error(None, _("There are reports of the years 2000 to 2100. Choose days in them."))
        elif first and last and first > last:
            self.add_error("last", _("The last day is before the first one. Exchange them."))
        elif first and last and (last - first).days > MOST_DAYS:
            self.add_error("first", _("A report shows five years at most. Choose a later day."))
        return data


class MonthForm(forms.Form):
    """The month of a monthly count."""

    month = forms.ChoiceField(label=gettext_lazy("month"))

    def __init__(self, data: Any = None, *, today: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        month, choices = today, []
        for _number in range(MONTHS_OFFERED):
            choices.append((month.strftime("%Y-%m"), date_format(month, "F Y")))
            month = month_before(month).first
        self.fields["month"].choices = choices  # type: ignore[attr-defined]


def urls(site: AdminSite) -> list[URLPattern]:
    """Give the addresses of the screen."""

    def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        def shown(request: HttpRequest, **parts: str) -> HttpResponse:
            if not request.user.has_perm(VIEW_REPORT):
                raise PermissionDenied
            return view(request, site, **parts)

        return site.admin_view(shown)

    return [
        path("reports/", page(overview), name="reports"),
        path("reports/funnel/", page(funnel), name="reports_funnel"),
        path("reports/month/", page(month), name="reports_month"),
        path("reports/<slug:kind>/<slug:table>.<slug:form>", page(download), name="reports_file"),
    ]


def overview(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show leads over time, by source, by client and by reason."""
    return _report_page(request, site, ReportKind.OVERVIEW)


def funnel(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show how far leads came, from the source to the sale."""
    return _report_page(request, site, ReportKind.FUNNEL)


def month(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show what the invoices of a month rest on."""
    return _report_page(request, site, ReportKind.MONTH)


def download(request: HttpRequest, site: AdminSite, *, kind: str, table: str, form: str) -> HttpResponse:
    """Give one table of a report as a file."""
    if kind not in ReportKind.values or form not in MEDIA_TYPES:
        raise Http404
    _form, period = _asked(request, ReportKind(kind))
    found = [each for each in make_report(ReportKind(kind), period).tables if each.slug == table]
    if not found:
        raise Http404
    name = f"{kind}-{table}-{period.first}-{period.last}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(table_file(found[0], form=form), content_type=MEDIA_TYPES[form], headers=headers)


def _report_page(request: HttpRequest, site: AdminSite, kind: ReportKind) -> HttpResponse:
    form, period = _asked(request, kind)
    context = {
        "report": make_report(kind, period),
        "period_form": form,
        "presets": [] if kind == ReportKind.MONTH else _presets(request.path, period),
        "query": period_query(kind, period),
        "tabs": tabs(request, kind, period),
        "title": _("Reports"),
        "subtitle": None,
    }
    return TemplateResponse(request, f"feedback/reports/{kind}.html", site.each_context(request) | context)


def tabs(request: HttpRequest, current: ReportKind | None, period: Period | None = None) -> list[dict[str, Any]]:
    """Give the tabs of the screen; those that have a period take it along. None is the tab of mailed reports."""
    shown = period or last_days(day_of(timezone.now()), 30)
    found = [
        {"label": kind.label, "url": report_address(kind, shown), "count": None, "is_current": kind == current}
        for kind in ReportKind
        if request.user.has_perm(VIEW_REPORT)
    ]
    if request.user.has_perm("feedback.view_scheduledreport"):
        url = reverse("admin:feedback_scheduledreport_changelist")
        found.append({"label": _("By mail"), "url": url, "count": None, "is_current": current is None})
    return found


def _asked(request: HttpRequest, kind: ReportKind) -> tuple[forms.Form, Period]:
    """Read the period that is asked for; without one it is the last 30 days, or the month before this one."""
    today = day_of(timezone.now())
    if kind == ReportKind.MONTH:
        default = month_before(today)
        month_form = MonthForm(request.GET if "month" in request.GET else None, today=today)
        month_form.initial = {"month": default.first.strftime("%Y-%m")}
        if not month_form.is_valid():
            return month_form, default
        year, _dash, number = month_form.cleaned_data["month"].partition("-")
        return month_form, month_of(date(int(year), int(number), 1))
    default = last_days(today, 30)
    is_asked = "first" in request.GET or "last" in request.GET
    form = PeriodForm(request.GET if is_asked else None, initial={"first": default.first, "last": default.last})
    if not form.is_valid():
        return form, default
    return form, Period(form.cleaned_data["first"], form.cleaned_data["last"])


def _presets(address: str, chosen: Period) -> list[dict[str, Any]]:
    today = day_of(timezone.now())
    offered = [
        (_("7 days"), last_days(today, 7)),
        (_("30 days"), last_days(today, 30)),
        (_("this month"), Period(month_of(today).first, today)),
        (_("last month"), month_before(today)),
        (_("12 months"), Period((today.replace(day=1) - timedelta(days=334)).replace(day=1), today)),
    ]
    return [
        {
            "label": label,
            "url": f"{address}?{period_query(ReportKind.OVERVIEW, period)}",
            "is_current": period == chosen,
        }
        for label, period in offered
    ]
