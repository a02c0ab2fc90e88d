"""The tab ניתובים on the client's page: every lead given to this client, and what came of it."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.client_tabs import ClientTab, register
from accounts.models import User
from feedback.queries.client_routings import client_routings, routing_count


def routings_tab(request: HttpRequest, client: User, context: dict[str, Any]) -> HttpResponseBase:
    """Show a page of routings, newest first."""
    before = request.GET.get("before", "")
    page = client_routings(client, before=int(before) if before.isdecimal() and len(before) < 10 else None)
    context |= {"page": page, "is_first": not before, "export_query": urlencode({"client": client.pk})}
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
