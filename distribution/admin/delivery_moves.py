"""Many deliveries at once: choose which, see how many, do it in the background, watch it, stop it."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import User
from distribution import errors
from distribution.choices import DeliveryAct, DeliveryState, ImportState
from distribution.errors import TransmissionError
from distribution.models import Delivery, DeliveryMove, Rule
from distribution.services import delivery_moves
from distribution.services.delivery_moves import MOVABLE_STATES, Choice

_KINDS = {ImportState.DONE: "ok", ImportState.FAILED: "bad", ImportState.CANCELLED: "neutral"}
_REASONS = {
    error.code: error.message for error in (errors.DeliveryIsSending, errors.DeliveryNotOpen, errors.RuleNotSending)
}


class ChoiceForm(forms.Form):
    """Which deliveries."""

    states = forms.MultipleChoiceField(
        label=gettext_lazy("state"),
        choices=[(state.value, state.label) for state in MOVABLE_STATES],
        initial=[DeliveryState.HELD.value, DeliveryState.GAVE_UP.value],
        widget=forms.CheckboxSelectMultiple,
    )
    client = forms.ModelChoiceField(
        label=gettext_lazy("client"), queryset=User.objects.clients(), required=False, empty_label=gettext_lazy("All")
    )
    rule = forms.ModelChoiceField(
        label=gettext_lazy("transmission rule"),
        queryset=Rule.objects.filter(deleted_at__isnull=True).select_related("client"),
        required=False,
        empty_label=gettext_lazy("All"),
    )
    since = forms.DateTimeField(
        label=gettext_lazy("from"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    until = forms.DateTimeField(
        label=gettext_lazy("before"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )

    def choice(self) -> Choice:
        """Give what was chosen."""
        data = self.cleaned_data
        return Choice(
            states=data["states"],
            client_id=data["client"].pk if data["client"] else None,
            rule_id=data["rule"].pk if data["rule"] else None,
            since=data["since"],
            until=data["until"],
        )


def urls(site: AdminSite) -> list[URLPattern]:
    """Give the pages' addresses, below those of deliveries."""
    wrap = site.admin_view
    return [
        path("many/", wrap(choose_view), name="distribution_delivery_choose"),
        path("many/<int:move_id>/", wrap(move_view), name="distribution_delivery_move"),
        path("many/<int:move_id>/panel/", wrap(panel_view), name="distribution_delivery_move_panel"),
        path("many/<int:move_id>/stop/", wrap(require_POST(stop_view)), name="distribution_delivery_move_stop"),
    ]


def begin(request: HttpRequest, *, act: str, deliveries: QuerySet[Delivery]) -> HttpResponse:
    """Start an act on deliveries, and lead to the page that shows how far it is."""
    _require(request)
    try:
        move = delivery_moves.start(act=act, deliveries=deliveries, by=cast(User, request.user), now=timezone.now())
    except TransmissionError as error:
        messages.error(request, str(error))
        return redirect("admin:distribution_delivery_choose")
    return redirect("admin:distribution_delivery_move", move.pk)


def choose_view(request: HttpRequest) -> HttpResponse:
    """Choose deliveries and see how many they are (GET); start an act on them (POST)."""
    _require(request)
    given = request.POST or request.GET
    form = ChoiceForm(given if "states" in given else None, initial={"rule": given.get("rule")})
    count = None
    if form.is_bound and form.is_valid():
        found = delivery_moves.chosen(form.choice())
        if request.method == "POST" and request.POST.get("act") in DeliveryAct.values:
            return begin(request, act=request.POST["act"], deliveries=found)
        count = found.count()
    context = _context(request, _("Many deliveries at once")) | {
        "form": form,
        "count": count,
        "acts": DeliveryAct.choices,
        "recent": DeliveryMove.objects.defer("delivery_ids").select_related("created_by")[:10],
    }
    return TemplateResponse(request, "distribution/moves/choose.html", context)


def move_view(request: HttpRequest, move_id: int) -> HttpResponse:
    """Show how far an act is."""
    return TemplateResponse(request, "distribution/moves/move.html", _move_context(request, move_id))


def panel_view(request: HttpRequest, move_id: int) -> HttpResponse:
    """Answer the progress alone, for the page that asks again and again."""
    return TemplateResponse(request, "distribution/moves/progress.html", _move_context(request, move_id))


def stop_view(request: HttpRequest, move_id: int) -> HttpResponse:
    """Stop an act."""
    move = _move_context(request, move_id)["move"]
    try:
        delivery_moves.stop(move=move, now=timezone.now())
    except TransmissionError as error:
        messages.error(request, str(error))
    return redirect("admin:distribution_delivery_move", move_id)


def _move_context(request: HttpRequest, move_id: int) -> dict[str, Any]:
    _require(request)
    found = DeliveryMove.objects.defer("delivery_ids").select_related("created_by")
    move = get_object_or_404(found, pk=move_id)
    return _context(request, move.get_act_display()) | {
        "move": move,
        "kind": _KINDS.get(ImportState(move.state), "brand"),
        "left": [(_REASONS.get(code, code), count) for code, count in move.refusals.items()],
    }


def _context(request: HttpRequest, title: Any) -> dict[str, Any]:
    return admin.site.each_context(request) | {"title": title, "opts": Delivery._meta}


def _require(request: HttpRequest) -> None:
    if not request.user.has_perm("distribution.change_delivery"):
        raise PermissionDenied
