"""Pages of the settings that gather what several apps have (guide, part C: Settings > Routing leads to clients)."""

from dataclasses import dataclass

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from leadmanager.navigation import Label


@dataclass(frozen=True)
class Card:
    """One thing that can be set: where, what it is for, and who may see it."""

    title: Label
    text: Label
    icon: str
    url_name: str
    permission: str = ""


ROUTING_CARDS = (
    Card(
        _("Customer feedback"),
        _("The feedback reasons and their numbers: what clients may say became of a lead."),
        "message-square-text",
        "admin:feedback_reason_changelist",
        "feedback.view_reason",
    ),
    Card(
        _("Transmission rules"),
        _("All clients' rules in one list. A new rule is added on its client's page, on the tab “Lead transmission”."),
        "send",
        "admin:distribution_rule_changelist",
        "distribution.view_rule",
    ),
    Card(
        _("Sources"),
        _("Where leads come from, each with its own intake token and field names."),
        "plug",
        "admin:distribution_source_changelist",
        "distribution.view_source",
    ),
    Card(
        _("Data sending guide"),
        _("What to hand to a client's developer, ready to print, and the questions that tell whether a system fits."),
        "book-open",
        "admin:feedback_sending_guide",
    ),
)


def routing_settings(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show what can be set about routing leads to clients, as far as this user may see it."""
    cards = []
    for card in ROUTING_CARDS:
        if card.permission and not request.user.has_perm(card.permission):
            continue
        try:
            cards.append((card, reverse(card.url_name)))
        except NoReverseMatch:
            continue
    context = site.each_context(request) | {"title": _("Routing leads to clients"), "cards": cards}
    return TemplateResponse(request, "leadmanager/routing_settings.html", context)
