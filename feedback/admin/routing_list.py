"""Routings of all clients: the list behind the numbers of reports and of the dashboard."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from distribution.admin.exported_lists import ExportedList
from distribution.models import Delivery, Routing, Source
from distribution.templatetags.deliveries import delivery_pill
from feedback.admin.pills import pill
from feedback.choices import ReasonKind, RoutingOutcome
from feedback.models import Reason
from feedback.queries import routing_list as routings
from feedback.rules.feedback_input import LARGEST_INTEGER

KIND_PILLS = {ReasonKind.POSITIVE: "ok", ReasonKind.SALE: "ok", ReasonKind.NEGATIVE: "bad", ReasonKind.INVALID: "bad"}


class OutcomeFilter(admin.SimpleListFilter):
    """How far they came."""

    title = _("transmission")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        """Offer the outcomes, and what was transmitted at all."""
        return [("transmitted", _("transmitted")), *RoutingOutcome.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Routing]) -> QuerySet[Routing]:
        """Apply the choice."""
        value = self.value() or ""
        if value == "transmitted":
            return queryset.filter(visible_at__isnull=False)
        if value in RoutingOutcome.values:
            return routings.with_outcome(queryset, RoutingOutcome(value))
        return queryset


class SaidFilter(admin.SimpleListFilter):
    """What the client says now."""

    title = _("feedback")
    parameter_name = "said"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer whether there is any, what is good, and each reason."""
        reasons = [(str(reason.pk), reason.name) for reason in Reason.objects.all()]
        return [
            ("any", _("any feedback")),
            ("none", _("no feedback")),
            ("good", _("positive or sale")),
            ("sale", _("sale")),
            *reasons,
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Routing]) -> QuerySet[Routing]:
        """Apply the choice."""
        value = self.value() or ""
        if value == "any":
            return queryset.filter(routings.ANSWERED)
        if value == "none":
            return queryset.exclude(routings.ANSWERED)
        if value == "good":
            return queryset.filter(routings.GOOD)
        if value == "sale":
            return queryset.filter(current_feedback__feedback__reason__kind=ReasonKind.SALE)
        if value.isdecimal() and int(value) <= LARGEST_INTEGER:
            return queryset.filter(current_feedback__feedback__reason=int(value))
        return queryset


class ChargeFilter(admin.SimpleListFilter):
    """What the monthly count makes of them."""

    title = _("monthly count")
    parameter_name = "charge"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer what is counted and what is deducted."""
        return [
            ("counted", _("counted")),
            ("invalid", _("deducted: invalid")),
            ("repeat", _("deducted: repeat")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Routing]) -> QuerySet[Routing]:
        """Apply the choice."""
        if self.value() == "counted":
            return routings.chargeable(queryset)
        if self.value() == "repeat":
            return routings.deducted_repeats(queryset)
        if self.value() == "invalid":
            return routings.with_outcome(queryset.filter(routings.INVALID), RoutingOutcome.ACCEPTED)
        return queryset


class _ByIdFilter(admin.SimpleListFilter):
    """One client or source, by its id."""

    path: ClassVar[str]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Routing]) -> QuerySet[Routing]:
        """Apply the choice."""
        value = self.value() or ""
        return queryset.filter(**{self.path: int(value)}) if value.isdecimal() and len(value) < 10 else queryset


class ClientFilter(_ByIdFilter):
    """One client's."""

    title = _("client")
    parameter_name = path = "client"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        """Offer the clients."""
        return list(User.objects.clients().order_by("name").values_list("pk", "name"))


class SourceFilter(_ByIdFilter):
    """Of one source."""

    title = _("source")
    parameter_name = "source"
    path = "lead__source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        """Offer the sources."""
        return list(Source.objects.order_by("name").values_list("pk", "name"))


@admin.register(Routing)
class RoutingAdmin(ExportedList):
    """Read-only list, newest first; a routing's own page is its lead's."""

    export = "all-routings"
    list_display = ("lead_link", "number_column", "client_name", "source_name", "given", "deliveries_column", "said")
    list_display_links = None
    list_filter = ("created_at", OutcomeFilter, SaidFilter, ChargeFilter, ClientFilter, SourceFilter)
    list_select_related = ("lead__source", "client", "current_feedback__feedback__reason")
    list_per_page = 50
    ordering = ("-created_at", "-id")
    sortable_by = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Routing]:
        """Give what reports count."""
        deliveries = Prefetch("deliveries", Delivery.objects.order_by("created_at"))
        return routings.counted_routings(super().get_queryset(request)).prefetch_related(deliveries)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the lead's page, which shows all that became of it."""
        routing = get_object_or_404(Routing, pk=object_id)
        return redirect("admin:distribution_lead_change", routing.lead_id)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Leads are given on the lead's page."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Routing | None = None) -> bool:
        """Nothing of a routing is edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Routing | None = None) -> bool:
        """Routings stay."""
        return False

    @admin.display(description=_("lead"))
    def lead_link(self, routing: Routing) -> SafeString:
        """The lead, with the way to its page."""
        url = reverse("admin:distribution_lead_change", args=[routing.lead_id])
        return format_html('<a href="{}"><bdi dir="auto">{}</bdi></a>', url, routing.lead)

    @admin.display(description=_("number"))
    def number_column(self, routing: Routing) -> SafeString:
        """The routing number."""
        return format_html('<bdi class="ltr">{}</bdi>', routing.number)

    @admin.display(description=_("client"))
    def client_name(self, routing: Routing) -> SafeString:
        """The client, isolated."""
        return format_html('<bdi dir="auto">{}</bdi>', routing.client)

    @admin.display(description=_("source"))
    def source_name(self, routing: Routing) -> SafeString:
        """The source, isolated."""
        return format_html('<bdi dir="auto">{}</bdi>', routing.lead.source)

    @admin.display(description=_("routed"))
    def given(self, routing: Routing) -> str:
        """Day and time."""
        return date_format(timezone.localtime(routing.created_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description=_("transmission"))
    def deliveries_column(self, routing: Routing) -> SafeString:
        """Where each of its deliveries stands."""
        pills = [(pill(**delivery_pill(delivery)),) for delivery in routing.deliveries.all()]
        return format_html_join(" ", "{}", pills) or SafeString("–")

    @admin.display(description=_("feedback"))
    def said(self, routing: Routing) -> SafeString:
        """What the client says now."""
        current = getattr(routing, "current_feedback", None)
        if current is None:
            return SafeString("–")
        reason = current.feedback.reason
        return pill(KIND_PILLS.get(ReasonKind(reason.kind), "neutral"), reason.name)
