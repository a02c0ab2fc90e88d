"""The tab שידור לידים on the client's page: its rules as cards, and the big plus."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.client_tabs import ClientTab, register
from accounts.models import User
from distribution import queries, services
from distribution.models import Rule


def start_of_today() -> datetime:
    """Give the beginning of the staff member's day."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def rules_tab(request: HttpRequest, client: User, context: dict[str, Any]) -> HttpResponseBase:
    """Show the client's rules as cards, and the big plus."""
    cards = queries.rule_cards(client, day_start=start_of_today())
    shown = [(card, services.what_is_missing(card.rule) if card.rule.draft_version else []) for card in cards]
    asked = request.GET.get("saved")
    context |= {"cards": shown, "asked": next((pair for pair in shown if str(pair[0].rule.pk) == asked), None)}
    if context["asked"]:
        rule = context["asked"][0].rule
        context["warnings"] = services.sample_warnings(rule=rule, version=rule.draft_version)
    return TemplateResponse(request, "distribution/rules_tab.html", context)


def rules_url(client_id: int) -> str:
    """Give the address of a client's tab שידור לידים."""
    return reverse("admin:accounts_user_tab", args=[client_id, "rules"])


def asking_url(rule: Rule) -> str:
    """Give the address of the tab that asks whether to test or to activate what was just saved."""
    return f"{rules_url(rule.client_id)}?saved={rule.pk}"


register(
    ClientTab(
        slug="rules",
        label=gettext_lazy("Lead transmission"),
        order=10,
        permission="distribution.view_rule",
        view=rules_tab,
        count=queries.rule_count,
    )
)
