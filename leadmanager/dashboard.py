"""The first page: today at a glance, the newest leads with what became of them, and rules that somebody should see."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from distribution.models import Delivery, Lead, Routing
from distribution.queries import dashboard as leads
from distribution.queries import open_alarms
from feedback.choices import VIEW_REPORT
from feedback.documents.report_tables import Table, unanswered
from feedback.documents.reports import outcome_chart, outcome_table
from feedback.models import Feedback
from feedback.queries import dashboard as feedback
from feedback.queries.reports import routing_figures
from feedback.rules.periods import Period, day_of, last_days
from leadmanager.templatetags.skin import grouped

ROWS = 8
REASON_DAYS = 30
CHART_DAYS = 21
# A client has so many days to say something; what is older than the second number nobody waits for any more.
SILENT_DAYS, SILENT_UNTIL_DAYS = 7, 90


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A number with its name and a remark; `tone` colours the remark (is-ok, is-warn, is-bad)."""

    slug: str
    label: str
    value: int
    url: str = ""
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class Journey:
    """One lead's way to one client: how its delivery stands, and what the client says now."""

    routing: Routing
    delivery: Delivery | None
    feedback: Feedback | None


@dataclass(frozen=True, kw_only=True)
class LatestLead:
    """A lead with its ways to clients."""

    lead: Lead
    journeys: list[Journey]


def dashboard(request: HttpRequest, site: AdminSite) -> TemplateResponse:
    """Show the first page."""
    now = timezone.now()
    context = site.each_context(request) | _live(request, now) | {"title": _("Today"), "now": now}
    if context["sees_feedback"]:
        context["reasons"] = feedback.by_reason(since=now - timedelta(days=REASON_DAYS))
        context["most"] = max((row.count for row in context["reasons"]), default=0)
        context["reason_days"] = REASON_DAYS
    if request.user.has_perm(VIEW_REPORT):
        today = day_of(now)
        figures = routing_figures(last_days(today, CHART_DAYS))
        title = _("Leads by outcome, last %(days)s days") % {"days": CHART_DAYS}
        context["chart"], context["chart_table"] = outcome_chart(figures, title=title), outcome_table(figures)
        context["silent"] = _silent_clients(today)
        context["silent_days"] = SILENT_DAYS
    if context["sees_leads"]:
        context["import_url"] = _url("admin:distribution_leadimport_add")
        context["new_lead_url"] = _url("admin:distribution_lead_add")
    return TemplateResponse(request, "admin/index.html", context)


def live_panel(request: HttpRequest) -> HttpResponse:
    """Give the part of the first page that renews itself."""
    return TemplateResponse(request, "leadmanager/dashboard_renewed.html", _live(request, timezone.now()))


def _live(request: HttpRequest, now: datetime) -> dict[str, Any]:
    day_start = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    sees_leads = request.user.has_perm("distribution.view_lead")
    sees_feedback = request.user.has_perm("feedback.view_feedback")
    context: dict[str, Any] = {"day_start": day_start, "sees_leads": sees_leads, "sees_feedback": sees_feedback}
    tiles = []
    if sees_leads:
        tiles += _lead_tiles(leads.today(day_start=day_start, now=now), day_start, now)
        context["latest_leads"] = _latest_leads(with_feedback=sees_feedback)
    if sees_feedback:
        tiles.append(_feedback_tile(feedback.today(day_start=day_start), day_start))
        context["latest_feedback"] = feedback.latest(limit=ROWS)
    if request.user.has_perm("distribution.view_rule"):
        context["troubled_rules"] = leads.rules_in_trouble(limit=ROWS)
    if request.user.has_perm("distribution.view_alarm"):
        context["alarms"] = open_alarms(limit=ROWS)
    return context | {"tiles": tiles}


def _lead_tiles(today: leads.Today, day_start: datetime, now: datetime) -> list[Tile]:
    growth = today.growth_percent
    waiting_for = timesince(today.oldest_waiting, now) if today.oldest_waiting else ""
    return [
        Tile(
            slug="leads",
            label=_("Leads today"),
            value=today.leads,
            url=_list("admin:distribution_lead_changelist", received_at__gte=day_start.isoformat()),
            note="" if growth is None else _("%(growth)s against yesterday") % {"growth": _percent(f"{growth:+d}")},
            tone="is-ok" if growth is not None and growth >= 0 else "",
        ),
        Tile(
            slug="accepted",
            label=_("Accepted by clients"),
            value=today.accepted,
            note="" if today.accepted_percent is None else _percent(today.accepted_percent),
            tone="is-ok",
        ),
        Tile(
            slug="refused",
            label=_("Refused today"),
            value=today.refused,
            url=_list("admin:distribution_delivery_changelist", state="refused"),
            note="" if today.refused_percent is None else _percent(today.refused_percent),
            tone="is-bad" if today.refused else "",
        ),
        Tile(
            slug="waiting",
            label=_("Waiting now"),
            value=today.waiting,
            url=_list("admin:distribution_delivery_changelist", state="open"),
            note=_("the longest for %(time)s") % {"time": waiting_for} if waiting_for else "",
            tone="is-warn",
        ),
        Tile(
            slug="undelivered",
            label=_("Not delivered"),
            value=today.undelivered,
            url=_list("admin:distribution_delivery_changelist", state="undelivered"),
            note=_("need attention") if today.undelivered else "",
            tone="is-bad",
        ),
    ]


def _feedback_tile(today: feedback.FeedbackToday, day_start: datetime) -> Tile:
    sales = ngettext("%(number)s sale", "%(number)s sales", today.sales) % {"number": grouped(today.sales)}
    return Tile(
        slug="feedback",
        label=_("Feedback today"),
        value=today.count,
        url=_list("admin:feedback_feedback_changelist", received_at__gte=day_start.isoformat()),
        note=sales if today.sales else "",
        tone="is-ok",
    )


def _latest_leads(*, with_feedback: bool) -> list[LatestLead]:
    newest = leads.latest_leads(limit=ROWS)
    routings = [routing for lead in newest for routing in lead.routings.all()]
    said = feedback.current_by_routing(routing.pk for routing in routings) if with_feedback else {}
    return [
        LatestLead(
            lead=lead,
            journeys=[
                Journey(
                    routing=routing,
                    delivery=next(iter(routing.deliveries.all()), None),
                    feedback=said.get(routing.pk),
                )
                for routing in lead.routings.all()
            ],
        )
        for lead in newest
    ]


def _silent_clients(today: date) -> Table:
    """Give the clients that have accepted leads, of days long enough ago, about which they said nothing."""
    period = Period(today - timedelta(days=SILENT_UNTIL_DAYS), today - timedelta(days=SILENT_DAYS + 1))
    return unanswered(routing_figures(period))


def _percent(number: int | str) -> str:
    """Give a percentage whose signs stay on their sides of the number in Hebrew (isolated left to right)."""
    return f"\u2066{number}%\u2069"


def _list(name: str, **filters: str) -> str:
    """Give the address of a list, narrowed down to what was counted; nothing where there is no such list."""
    url = _url(name)
    return f"{url}?{urlencode(filters)}" if url else ""


def _url(name: str) -> str:
    """Give the address of a page, or nothing where this product has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
