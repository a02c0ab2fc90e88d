"""Deliveries that need a person, or wait: the list behind the dashboard's numbers (glossary: שידורים לטיפול)."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from distribution.choices import NEEDS_PERSON_STATES, OPEN_STATES, DeliveryState
from distribution.models import Delivery
from distribution.rules.outcome import explain
from distribution.templatetags.deliveries import KIND

WAITING, UNDELIVERED = "open", "undelivered"
# The code of its last attempt would promise another one.
USED_UP = _("All attempts are used up. Find out from the client what is wrong, then send again from the lead's page.")


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
class DeliveryAdmin(admin.ModelAdmin):
    """Read-only: what can be done about a delivery is done on its lead's page."""

    list_display = ("lead", "client", "rule", "state_pill", "why", "attempt_count", "since")
    list_display_links = None
    list_filter = (WhyHereFilter,)
    list_select_related = ("routing__lead", "routing__client", "rule")
    list_per_page = 50
    ordering = ("-finished_at",)
    sortable_by = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Call the list what the navigation calls it."""
        return super().changelist_view(request, (extra_context or {}) | {"title": _("Deliveries needing a person")})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Deliveries are made by matching and by hand, on other screens."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        """Only the transmit loop and the lead's page move a delivery."""
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
