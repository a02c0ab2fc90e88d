"""One search for everything staff look for: a lead by what they know of the person, a client, a rule."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from distribution import queries
from distribution.choices import Origin
from distribution.models import Lead, Rule
from leadmanager.navigation import Label

PANEL_HITS = 5
PAGE_HITS = 50


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One thing that was found: its name, what tells it from others of the same name, and its page."""

    title: str
    notes: tuple[str, ...]
    url: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found of one kind; `more_url` leads to all of it when there is more than is shown."""

    label: Label
    icon: str
    hits: list[Hit]
    more_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Something that can be found: who may, how, and which list shows all that was found."""

    label: Label
    icon: str
    permission: str
    find: Callable[[str], QuerySet[Any]]  # ordered; only the first rows are read
    hit: Callable[[Any], Hit]
    list_url_name: str


def _leads(term: str) -> QuerySet[Lead]:
    leads = Lead.objects.exclude(origin=Origin.TEST).select_related("source").order_by("-id")
    return queries.search_leads(leads, term)


def _lead_hit(lead: Lead) -> Hit:
    notes = (lead.phone, lead.email, lead.source.name if lead.source else "")
    return Hit(title=str(lead), notes=notes, url=reverse("admin:distribution_lead_change", args=[lead.pk]))


def _client_hit(client: User) -> Hit:
    notes = (client.company if client.company != client.name else "", client.phone, client.email)
    return Hit(title=client.name, notes=notes, url=reverse("admin:accounts_user_change", args=[client.pk]))


def _rule_hit(rule: Rule) -> Hit:
    url = reverse("admin:accounts_user_tab", args=[rule.client_id, "rules"])
    return Hit(title=rule.name, notes=(rule.client.name,), url=url)


KINDS = (
    Kind(
        label=gettext_lazy("Leads"),
        icon="inbox",
        permission="distribution.view_lead",
        find=_leads,
        hit=_lead_hit,
        list_url_name="admin:distribution_lead_changelist",
    ),
    Kind(
        label=gettext_lazy("Clients"),
        icon="users",
        permission="accounts.view_user",
        find=lambda term: User.objects.clients().found_by(term).order_by("name", "id"),
        hit=_client_hit,
        list_url_name="admin:accounts_user_changelist",
    ),
    Kind(
        label=gettext_lazy("Transmission rules"),
        icon="send",
        permission="distribution.view_rule",
        find=lambda term: Rule.objects.found_by(term).select_related("client").order_by("name", "id"),
        hit=_rule_hit,
        list_url_name="admin:distribution_rule_changelist",
    ),
)


def search(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Answer the search field of every page: the panel below it while somebody types, else a page.

    A page with one hit alone opens what was found.
    """
    term = " ".join(request.GET.get("q", "").replace("\x00", "").split())
    is_panel = request.headers.get("HX-Request") == "true"
    found = _found(request, term, most=PANEL_HITS if is_panel else PAGE_HITS) if term else []
    context = {"term": term, "found": found}
    if is_panel:
        return TemplateResponse(request, "leadmanager/search_panel.html", context)
    if len(found) == 1 and len(found[0].hits) == 1:
        return redirect(found[0].hits[0].url)
    return TemplateResponse(
        request, "leadmanager/search.html", site.each_context(request) | context | {"title": _("Search")}
    )


def _found(request: HttpRequest, term: str, *, most: int) -> list[Found]:
    found = []
    for kind in KINDS:
        if not request.user.has_perm(kind.permission):
            continue
        rows = list(kind.find(term)[: most + 1])
        if rows:
            more_url = f"{reverse(kind.list_url_name)}?{urlencode({'q': term})}" if len(rows) > most else ""
            hits = [kind.hit(row) for row in rows[:most]]
            found.append(Found(label=kind.label, icon=kind.icon, hits=hits, more_url=more_url))
    return found
