"""Deliveries that need a person, or wait: the list behind the dashboard's numbers (glossary: שידורים לטיפול)."""

from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from distribution import services
from distribution.admin import delivery_moves
from distribution.admin.exported_lists import ExportedList
from distribution.choices import NEEDS_PERSON_STATES, OPEN_STATES, DeliveryAct, DeliveryState
from distribution.errors import TransmissionError
from distribution.models import Delivery
from distribution.rules.outcome import explain
from distribution.templatetags.deliveries import KIND

# More are moved by the worker, with a page that shows how far it is.
MOST_AT_ONCE = 200
WAITING, UNDELIVERED = "open", "undelivered"
# The code of its last attempt would promise another one.
USED_UP = _("All attempts are used up. Find out from the client what is wrong, then send again.")


class WhyHereFilter(admin.SimpleListFilter):
    """What needs a person, part of it, or what waits. Each choice has an index of its own; “all” would have none."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the choices besides “all that need a person”."""
        return [
            (UNDELIVERED, _("held or not delivered")),
            *((state.value, state.label) for state in NEEDS_PERSON_STATES),
            (WAITING, _("waiting or being sent")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Apply the choice."""
        if self.value() == WAITING:
            return queryset.filter(state__in=OPEN_STATES).order_by("due_at")
        needing = queryset.filter(state__in=NEEDS_PERSON_STATES)
        if self.value() == UNDELIVERED:
            return needing.exclude(state=DeliveryState.REFUSED)
        return needing.filter(state=self.value()) if self.value() else needing


@admin.register(Delivery)
class DeliveryAdmin(ExportedList):
    """What needs a person, and what a person can do about it: send again, send anew, cancel; one or many."""

    list_display = ("lead", "client", "rule", "state_pill", "why", "attempt_count", "since")
    export = "deliveries"
    list_display_links = None
    list_filter = (WhyHereFilter,)
    list_select_related = ("routing__lead", "routing__client", "rule")
    list_per_page = 50
    ordering = ("-finished_at",)
    sortable_by = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "admin/distribution/delivery/change_list.html"
    actions = ("send_again", "send_again_by_current_rule", "cancel")

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons of the lead's page."""
        act = self.admin_site.admin_view(require_POST(self.act_view))
        return [
            path("<uuid:delivery_id>/act/<slug:name>/", act, name="distribution_delivery_act"),
            *delivery_moves.urls(self.admin_site),
            *super().get_urls(),
        ]

    def has_move_permission(self, request: HttpRequest) -> bool:
        """Whether this staff member may send again and cancel."""
        return request.user.has_perm("distribution.change_delivery")

    @admin.action(permissions=["move"], description=_("Sending again (the same request)"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponse | None:
        """Send the same bytes under the same key."""
        return self._each(request, queryset, DeliveryAct.AGAIN, services.send_again, _("Being sent again: %(count)d"))

    @admin.action(permissions=["move"], description=_("Sending anew by the rule of today"))
    def send_again_by_current_rule(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponse | None:
        """Make a new delivery of the same routing."""
        message = _("Being sent anew by the rule of today: %(count)d")
        return self._each(request, queryset, DeliveryAct.ANEW, services.send_again_by_current_rule, message)

    @admin.action(permissions=["move"], description=_("Cancelling"))
    def cancel(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponse | None:
        """Take them off the list."""
        return self._each(request, queryset, DeliveryAct.CANCEL, services.cancel, _("Cancelled: %(count)d"))

    def act_view(self, request: HttpRequest, delivery_id: UUID, name: str) -> HttpResponse:
        """Do one of the acts to one delivery, and go back to the page it was asked for on, or to its lead."""
        if name not in self.actions:
            raise Http404
        if not self.has_move_permission(request):
            raise PermissionDenied
        delivery = get_object_or_404(Delivery.objects.select_related("routing"), pk=delivery_id)
        getattr(self, name)(request, Delivery.objects.filter(pk=delivery.pk))
        back = request.POST.get("next", "")
        if url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
            return redirect(back)
        return redirect("admin:distribution_lead_change", delivery.routing.lead_id)

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Delivery], name: str, act: Callable[..., Delivery], said: Promise
    ) -> HttpResponse | None:
        """Do it to each, each in a transaction of its own, and say how many and why not the others; many in the
        background."""
        if queryset.count() > MOST_AT_ONCE:
            return delivery_moves.begin(request, act=name, deliveries=queryset)
        done, refusals = 0, Counter[str]()
        for delivery in queryset:
            try:
                act(delivery=delivery)
            except TransmissionError as error:
                refusals[str(error)] += 1
            else:
                done += 1
        if done:
            messages.success(request, str(said) % {"count": done})
        for text, count in refusals.items():
            messages.warning(request, f"{text} ({count})" if count > 1 else text)
        return None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Call the list what the navigation calls it."""
        return super().changelist_view(request, (extra_context or {}) | {"title": _("Deliveries needing a person")})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Deliveries are made by matching and by hand, on other screens."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        """Only the transmit loop and the acts below move a delivery."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        """Keep what was sent."""
        return False

    @admin.display(description=_("lead"))
    def lead(self, delivery: Delivery) -> SafeString:
        """The lead, with the way to its page."""
        lead = delivery.routing.lead
        url = reverse("admin:distribution_lead_change", args=[lead.pk])
        return format_html('<a href="{}"><bdi dir="auto">{}</bdi></a>', url, lead)

    @admin.display(description=_("client"))
    def client(self, delivery: Delivery) -> SafeString:
        """The client, its name isolated."""
        return format_html("<bdi>{}</bdi>", delivery.routing.client)

    @admin.display(description=_("state"))
    def state_pill(self, delivery: Delivery) -> SafeString:
        """Dot and word."""
        context = {"kind": KIND[DeliveryState(delivery.state)], "text": delivery.get_state_display()}
        return SafeString(render_to_string("leadmanager/components/pill.html", context).strip())

    @admin.display(description=_("what to do"))
    def why(self, delivery: Delivery) -> SafeString:
        """What it means and what to do, over what the client's system said."""
        if not delivery.outcome_code:
            return SafeString("–")
        explanation = USED_UP if delivery.state == DeliveryState.GAVE_UP else explain(delivery.outcome_code)
        said = format_html('<bdi class="muted small" dir="auto">{}</bdi>', delivery.outcome_detail)
        return format_html("{}<br>{}", explanation, said)

    @admin.display(description=_("since"))
    def since(self, delivery: Delivery) -> Any:
        """When it came to where it is."""
        return delivery.finished_at or delivery.created_at
