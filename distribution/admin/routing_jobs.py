"""Giving many leads: the pages that ask where to, and the page of progress."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from distribution import queries, services
from distribution.admin.by_hand import GiveForm, destination_choices
from distribution.choices import ImportState
from distribution.errors import DistributionError
from distribution.models import Lead, RoutingJob, Rule

STATE_KINDS = {
    ImportState.WAITING: "brand",
    ImportState.RUNNING: "brand",
    ImportState.DONE: "ok",
    ImportState.FAILED: "bad",
    ImportState.CANCELLED: "neutral",
}
# Behind the days that screens offer lies nothing that a client still wants.
DAYS = (1, 3, 7, 14, 30, 60, 90, 180, 365)


def days_choices() -> list[tuple[int, str]]:
    """Give the list of days in the language of the page."""
    return [(days, ngettext("%(days)d day", "%(days)d days", days) % {"days": days}) for days in DAYS]


class DaysForm(forms.Form):
    """Leads of how many days."""

    days = forms.TypedChoiceField(
        label=gettext_lazy("leads of the last"),
        coerce=int,
        choices=days_choices,
    )


def give_many_page(request: HttpRequest, leads: QuerySet[Lead]) -> HttpResponse:
    """Ask where the chosen leads go; a posted destination starts giving them."""
    choices = destination_choices(queries.destinations_for_many())
    form = GiveForm(request.POST if "destination" in request.POST else None, choices=choices)
    if form.is_bound and form.is_valid():
        client_id, rule_id = form.chosen
        try:
            job = services.give_many(
                leads.values_list("pk", flat=True),
                client=get_object_or_404(User.objects.clients(), pk=client_id),
                rule=get_object_or_404(Rule, pk=rule_id) if rule_id else None,
                by=cast(User, request.user),
                now=timezone.now(),
            )
        except DistributionError as error:
            messages.error(request, str(error))
            return redirect("admin:distribution_lead_changelist")
        return redirect("admin:distribution_routingjob_change", job.pk)
    context = admin.site.each_context(request) | {
        "title": _("Giving leads by hand"),
        "form": form,
        "has_choices": bool(choices),
        "count": leads.filter(is_test=False).count(),
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "all_chosen": request.POST.get("select_across", "0"),
        "checkbox_name": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "distribution/give_many.html", context)


@admin.register(RoutingJob)
class RoutingJobAdmin(admin.ModelAdmin):
    """The page of each job; started from the list of leads and from a rule."""

    list_display = ("created_at", "client", "rule", "state", "total", "given", "created_by")
    list_select_related = ("client", "rule", "created_by")
    list_display_links = ("created_at",)
    ordering = ("-id",)
    sortable_by = ()

    def get_urls(self) -> list[URLPattern]:
        """Add progress, cancelling, and sending existing leads by a rule."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:job_id>/panel/", wrap(require_GET(self.panel_view)), name="distribution_routingjob_panel"),
            path("<int:job_id>/cancel/", wrap(require_POST(self.cancel_view)), name="distribution_routingjob_cancel"),
            path("rule/<int:rule_id>/", wrap(self.existing_view), name="distribution_rule_existing"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoutingJob]:
        """Leave the lists of leads where they are."""
        return super().get_queryset(request).defer("lead_ids")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Jobs are started where leads are chosen."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: RoutingJob | None = None) -> bool:
        """What a job did is not rewritten."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RoutingJob | None = None) -> bool:
        """Jobs say who gave what."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: RoutingJob | None = None) -> bool:
        """Whoever may give leads sees how far it is."""
        return super().has_view_permission(request, obj) or request.user.has_perm("distribution.add_routing")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show how far a job is."""
        if not object_id.isdecimal() or len(object_id) > 18:
            return redirect("admin:distribution_routingjob_changelist")
        return TemplateResponse(request, "distribution/routing_job.html", self._context(request, int(object_id)))

    def panel_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """Answer the progress alone, for the page that asks again and again."""
        return TemplateResponse(request, "distribution/routing_job_progress.html", self._context(request, job_id))

    def cancel_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """Stop a job."""
        self._may_give(request)
        try:
            services.cancel_job(job=get_object_or_404(RoutingJob, pk=job_id), now=timezone.now())
        except DistributionError as error:
            messages.error(request, str(error))
        return redirect("admin:distribution_routingjob_change", job_id)

    def existing_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Choose of how many days, see how many leads that is, start."""
        self._may_give(request)
        rule = get_object_or_404(Rule.objects.select_related("client").filter(deleted_at__isnull=True), pk=rule_id)
        data = request.POST if request.method == "POST" else request.GET if "days" in request.GET else None
        form = DaysForm(data, initial={"days": 30})
        days = form.cleaned_data["days"] if form.is_bound and form.is_valid() else 30
        if request.method == "POST" and form.is_valid():
            try:
                job = services.send_existing(rule=rule, days=days, by=cast(User, request.user), now=timezone.now())
            except DistributionError as error:
                messages.error(request, str(error))
            else:
                return redirect("admin:distribution_routingjob_change", job.pk)
        context = self.admin_site.each_context(request) | {
            "title": _("Sending existing leads"),
            "rule": rule,
            "client": rule.client,
            "form": form,
            "days": days,
            "found": services.existing_leads(rule, days=days, now=timezone.now()),
        }
        return TemplateResponse(request, "distribution/existing_leads.html", context)

    def _may_give(self, request: HttpRequest) -> None:
        if not request.user.has_perm("distribution.add_routing"):
            raise PermissionDenied

    def _context(self, request: HttpRequest, job_id: int) -> dict[str, Any]:
        job = get_object_or_404(self.get_queryset(request).select_related("client", "rule", "created_by"), pk=job_id)
        if not self.has_view_permission(request, job):
            raise PermissionDenied
        return self.admin_site.each_context(request) | {
            "title": _("Giving %(count)s leads") % {"count": job.total},
            "job": job,
            "kind": STATE_KINDS[ImportState(job.state)],
            "may_act": request.user.has_perm("distribution.add_routing"),
            "panel_url": reverse("admin:distribution_routingjob_panel", args=[job.pk]),
        }
