"""The tab ניתובים on the client's page: every lead given to this client, and what came of it."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.client_tabs import ClientTab, register
from accounts.models import User
from distribution.models import Routing
from feedback.admin.client_filter_forms import RoutingFilterForm
from feedback.queries.client_filters import narrow_routings
from feedback.queries.client_routings import client_routings, routing_count, routings_of


def routings_tab(request: HttpRequest, client: User, context: dict[str, Any]) -> HttpResponseBase:
    """Show a page of the routings that are asked for, newest first."""
    filters = RoutingFilterForm(request.GET)
    chosen = filters.chosen()
    found = narrow_routings(routings_of(client), chosen) if chosen else Routing.objects.none()
    before = request.GET.get("before", "")
    page = client_routings(found, before=int(before) if before.isdecimal() and len(before) < 10 else None)
    context |= {
        "page": page,
        "is_first": not before,
        "filters": filters,
        "first_query": urlencode(filters.query()),
        "older_query": urlencode(filters.query() | {"before": page.before or ""}),
        "export_query": urlencode(filters.query() | {"client": client.pk}),
    }
    return TemplateResponse(request, "feedback/routings_tab.html", context)


register(
    ClientTab(
        slug="routings",
        label=_("Routings"),
        order=20,
        permission="distribution.view_routing",
        view=routings_tab,
        count=routing_count,
    )
)
