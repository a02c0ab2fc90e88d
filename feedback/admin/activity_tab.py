"""The tab פעילות on the client's page: who did what about this client, and what happened to its rules."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.client_tabs import ClientTab, register
from accounts.models import User
from feedback.queries.activity import client_activity


def activity_tab(request: HttpRequest, client: User, context: dict[str, Any]) -> HttpResponseBase:
    """Show a page of what was done, newest first."""
    before = _moment(request.GET.get("before", ""))
    page = client_activity(client, before=before)
    context |= {
        "page": page,
        "is_first": before is None,
        "older_query": urlencode({"before": page.before.isoformat()}) if page.before else "",
    }
    return TemplateResponse(request, "feedback/activity_tab.html", context)


def _moment(text: str) -> datetime | None:
    """Give a moment with its offset; None for anything else."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and timezone.is_aware(moment) else None


register(
    ClientTab(
        slug="activity",
        label=_("Activity"),
        order=50,
        permission="admin.view_logentry",
        view=activity_tab,
    )
)
