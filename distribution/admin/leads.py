"""Leads: the list, one lead with all that became of it, and adding one by hand."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from distribution import lead_panels, queries
from distribution.admin.by_hand import give_view, take_back_view
from distribution.admin.exported_lists import ExportedList
from distribution.admin.lead_forms import LeadForm
from distribution.admin.routing_jobs import give_many_page
from distribution.choices import Origin
from distribution.models import Lead, Routing
from distribution.rules import phones
from distribution.services import intake


@admin.register(Lead)
class LeadAdmin(ExportedList):
    """Leads are looked at and added; what came in is not rewritten."""

    list_display = ("person", "phone_column", "city", "source", "received", "given_to")
    export = "leads"
    list_display_links = ("person",)
    list_filter = ("source", "received_at", "origin", "is_test")
    list_select_related = ("source",)
    list_per_page = 50
    sortable_by = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("name",)
    actions = ("give_many",)
    search_help_text = gettext_lazy("Phone, e-mail, name, routing ID or routing number")

    def get_urls(self) -> list[URLPattern]:
        """Add giving a lead by hand."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:lead_id>/give/", wrap(give_view), name="distribution_lead_give"),
            path("routing/<uuid:routing_id>/take-back/", wrap(take_back_view), name="distribution_routing_take_back"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lead]:
        """Leave out the clients' own test leads, which come from no source."""
        return super().get_queryset(request).exclude(origin=Origin.TEST)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Lead], search_term: str
    ) -> tuple[QuerySet[Lead], bool]:
        """Search by what staff know of a person; see `queries.search_leads`."""
        routings = Routing.objects.real().select_related("client").prefetch_related("deliveries").order_by("number")
        found = queries.search_leads(queryset, search_term)
        return found.prefetch_related(Prefetch("routings", routings)), False

    def has_change_permission(self, request: HttpRequest, obj: Lead | None = None) -> bool:
        """Keep what came in as it came in."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Lead | None = None) -> bool:
        """Keep leads: routings and feedback hang on them."""
        return False

    # ---- the list ----

    @admin.display(description=gettext_lazy("name"))
    def person(self, lead: Lead) -> SafeString:
        """The name, isolated; a test is marked."""
        mark = _pill("neutral", _("test")) if lead.is_test else ""
        return format_html('<bdi dir="auto">{}</bdi> {}', lead, mark)

    @admin.display(description=gettext_lazy("phone"))
    def phone_column(self, lead: Lead) -> SafeString:
        """The phone as people write it, left to right."""
        return format_html('<bdi class="ltr">{}</bdi>', phones.dashed(lead.phone_normalized) or lead.phone or "–")

    @admin.display(description=gettext_lazy("received"))
    def received(self, lead: Lead) -> str:
        """Day and time of arrival."""
        return date_format(timezone.localtime(lead.received_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("given to"))
    def given_to(self, lead: Lead) -> SafeString:
        """Each client that has the lead, with where its transmission stands."""
        return render_to_string("distribution/lead_clients.html", {"routings": lead.routings.all()})

    @admin.action(description=gettext_lazy("Giving to a client…"), permissions=["give"])
    def give_many(self, request: HttpRequest, queryset: QuerySet[Lead]) -> HttpResponse:
        """Give the chosen leads to a client, in the background."""
        return give_many_page(request, queryset)

    def has_give_permission(self, request: HttpRequest) -> bool:
        """Whether leads may be given by hand."""
        return request.user.has_perm("distribution.add_routing")

    # ---- one lead ----

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a lead with its routings, deliveries, attempts, and what other apps add."""
        lead = self.get_object(request, object_id)
        if lead is None:
            raise Http404
        if not self.has_view_permission(request, lead):
            raise PermissionDenied
        story = queries.lead_story(lead)
        panels = lead_panels.rendered(request, [part.routing for part in story])
        context = self.admin_site.each_context(request) | {
            "title": str(lead),
            "opts": self.opts,
            "lead": lead,
            "phone": phones.dashed(lead.phone_normalized),
            "story": [(part, panels[part.routing.id]) for part in story],
            "match": queries.match_story(lead),
            "give_url": self._give_url(request, lead),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "distribution/lead.html", context)

    def _give_url(self, request: HttpRequest, lead: Lead) -> str:
        if lead.is_test or not request.user.has_perm("distribution.add_routing"):
            return ""
        return reverse("admin:distribution_lead_give", args=[lead.pk])

    # ---- by hand ----

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take in a lead that a staff member types; it is matched to rules like any other."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = LeadForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            by = request.user if isinstance(request.user, User) else None
            outcome = intake.add_lead(form.draft, source_id=form.cleaned_data["source"].pk, by=by, now=timezone.now())
            given = Routing.objects.filter(lead=outcome.lead_id or 0).count()
            if given:
                messages.success(request, _("The lead was added and given to clients: %(count)s.") % {"count": given})
            else:
                messages.warning(
                    request, _("The lead was added. No rule took it, as said below: give it to a client by hand.")
                )
            return redirect("admin:distribution_lead_change", outcome.lead_id)
        context = self.admin_site.each_context(request) | {"title": _("New lead"), "opts": self.opts, "form": form}
        return TemplateResponse(request, "distribution/lead_form.html", context | (extra_context or {}))


def _pill(kind: str, text: str) -> SafeString:
    return render_to_string("leadmanager/components/pill.html", {"kind": kind, "text": text})
