"""Giving one lead to a client by hand (glossary: ניתוב ידני)."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import User
from distribution import queries, services
from distribution.errors import DistributionError
from distribution.models import Lead, Routing


class GiveForm(forms.Form):
    """Where to: a rule that sends, or a client that is to see the lead without a transmission."""

    destination = forms.ChoiceField(label=gettext_lazy("give to"))

    def __init__(self, *args: Any, choices: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["destination"].choices = [("", gettext_lazy("Choose…")), *choices]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> tuple[int, int | None]:
        """The client's id and the rule's; no rule means without a transmission."""
        client_id, _colon, rule_id = self.cleaned_data["destination"].partition(":")
        return int(client_id), int(rule_id) if rule_id else None


def destination_choices(destinations: Iterable[queries.HandDestination]) -> list[Any]:
    """Give the list “give to”: each client with its rules, and without a transmission."""
    return [
        (
            destination.client.name,
            [
                (f"{destination.client.pk}:{rule.pk}", _("by the rule “%(rule)s”") % {"rule": rule.name})
                for rule in destination.rules
            ]
            + [(f"{destination.client.pk}:", _("without transmission: the client sees it through the API"))],
        )
        for destination in destinations
    ]


def give_view(request: HttpRequest, lead_id: int) -> HttpResponse:
    """Give a lead to a client: choose, see what will happen, do it."""
    lead = get_object_or_404(Lead.objects.select_related("source"), pk=lead_id)
    if not request.user.has_perm("distribution.add_routing"):
        raise PermissionDenied
    if lead.is_test:
        messages.error(request, _("A test lead is not given to clients."))
        return redirect("admin:distribution_lead_change", lead.pk)
    choices = destination_choices(queries.hand_destinations(lead))
    form = GiveForm(request.POST or None, choices=choices)
    if request.method == "POST" and form.is_valid():
        client_id, rule_id = form.chosen
        given = services.give(
            [lead.pk],
            client_id=client_id,
            rule_id=rule_id,
            by=request.user if isinstance(request.user, User) else None,
            now=timezone.now(),
        )
        if given.deliveries:
            messages.success(request, _("The lead was given to the client and is being transmitted."))
        elif given.blocked:
            messages.error(request, _("The lead is on the block list: it is given to nobody."))
        elif given.routings:
            messages.success(request, _("The lead was given to the client, which sees it through the API from now on."))
        else:
            messages.warning(request, _("Nothing to do: this lead was given to this client in this way already."))
        return redirect("admin:distribution_lead_change", lead.pk)
    context = admin.site.each_context(request) | {
        "title": _("Giving a lead by hand"),
        "lead": lead,
        "form": form,
        "has_choices": bool(choices),
    }
    return TemplateResponse(request, "distribution/give.html", context)


@require_POST
def take_back_view(request: HttpRequest, routing_id: UUID) -> HttpResponse:
    """Take a routing back that the client has not seen."""
    if not request.user.has_perm("distribution.add_routing"):
        raise PermissionDenied
    routing = get_object_or_404(Routing.objects.filter(is_test=False), pk=routing_id)
    try:
        services.take_back(routing=routing, by=request.user if isinstance(request.user, User) else None)
    except DistributionError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The routing was taken back: nothing of it will be sent."))
    return redirect("admin:distribution_lead_change", routing.lead_id)
