"""The tab שידור לידים on the client's page, and the rule editor (guide, part B)."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.client_tabs import ClientTab, register
from accounts.models import User
from distribution import queries, services
from distribution.admin.rule_forms import (
    STARTING_MAPPINGS,
    BaseMappingFormSet,
    RuleForm,
    has_secret,
    initial_of,
    mapping_formset,
    preview_draft,
    rule_draft,
)
from distribution.errors import RequestNotRenderable, RoutingIdMissing, RuleError, RuleInvalid
from distribution.models import Rule


def start_of_today() -> datetime:
    """Give the beginning of the staff member's day."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def rules_tab(request: HttpRequest, client: User, context: dict[str, Any]) -> HttpResponseBase:
    """Show the client's rules as cards, and the big plus."""
    cards = queries.rule_cards(client, day_start=start_of_today())
    return TemplateResponse(request, "distribution/rules_tab.html", context | {"cards": cards})


def rules_url(client_id: int) -> str:
    """Give the address of a client's tab שידור לידים."""
    return reverse("admin:accounts_user_tab", args=[client_id, "rules"])


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


@admin.register(Rule)
class RuleAdmin(admin.ModelAdmin):
    """The editor; the list of all rules is a screen for looking something up, since rules live on the client's page."""

    list_display = ("name", "client", "is_active", "sources_mode")
    list_filter = ("is_active",)
    list_select_related = ("client",)
    search_fields = ("name__istartswith", "client__name__istartswith")
    ordering = ("client__name", "id")
    show_facets = admin.ShowFacets.NEVER

    def get_urls(self) -> list[URLPattern]:
        """Add what the cards' buttons do."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:rule_id>/switch/", wrap(require_POST(self.switch_view)), name="distribution_rule_switch"),
            path("<int:rule_id>/test/", wrap(self.test_view), name="distribution_rule_test"),
            path("preview/<int:client_id>/", wrap(require_POST(self.preview_view)), name="distribution_rule_preview"),
            path("<int:rule_id>/resume/", wrap(require_POST(self.resume_view)), name="distribution_rule_resume"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave deleted rules out."""
        return super().get_queryset(request).filter(deleted_at__isnull=True)

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        """Lead to the editor only who may edit."""
        return ("name",) if self.has_change_permission(request) else None

    # ---- the editor ----

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add a rule to the client named by `?client=`."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        asked = request.GET.get("client")
        client = User.objects.clients().filter(pk=_number(asked)).first() if asked else None
        if client is None:
            messages.info(request, _("Choose the client first: transmission rules are added on its page."))
            return redirect("admin:accounts_user_changelist")
        return self._edit(request, None, client)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Edit a rule."""
        rule = get_object_or_404(self.get_queryset(request).select_related("client"), pk=_number(object_id))
        if not self.has_change_permission(request, rule):
            raise PermissionDenied
        return self._edit(request, rule, rule.client)

    def delete_model(self, request: HttpRequest, obj: Rule) -> None:
        """Take the rule out of use; its history stays."""
        cancelled = services.delete_rule(rule=obj, now=timezone.now())
        if cancelled:
            messages.warning(request, _("%(count)d waiting deliveries were cancelled.") % {"count": cancelled})

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Take each rule out of use."""
        for rule in queryset:
            self.delete_model(request, rule)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Name the rules only: what belongs to them stays."""
        return [str(rule) for rule in objs], {}, set(), []

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        """Go back to the client's rules."""
        messages.success(request, _("The rule “%(name)s” was deleted.") % {"name": obj_display})
        client_id = Rule.objects.filter(pk=obj_id).values_list("client_id", flat=True).first()
        return redirect(rules_url(client_id)) if client_id else redirect("admin:index")

    def _edit(self, request: HttpRequest, rule: Rule | None, client: User) -> HttpResponse:
        options = {
            "may_allow_http": request.user.has_perm("distribution.allow_http_rule"),
            "has_secret": has_secret(rule),
        }
        initial, rows = initial_of(rule) if rule else ({}, STARTING_MAPPINGS)
        if request.method != "POST":
            form = RuleForm(initial=initial, **options)
            mappings = mapping_formset(rows=list(rows))
            return self._page(request, rule, client, form, mappings)
        form = RuleForm(request.POST, initial=initial, **options)
        mappings = mapping_formset(request.POST)
        if form.is_valid() and mappings.is_valid():
            try:
                saved = services.save_rule(
                    rule=rule,
                    client=client,
                    draft=rule_draft(form, mappings),
                    by=request.user if isinstance(request.user, User) else None,
                    now=timezone.now(),
                    activate=form.cleaned_data["is_active"],
                )
            except RoutingIdMissing as error:
                form.add_error(None, str(error))
            except RuleInvalid as error:
                _add_errors(form, mappings, error)
            else:
                self._note(request, saved, is_new=rule is None)
                return redirect(rules_url(client.pk))
        return self._page(request, rule, client, form, mappings)

    def _page(
        self, request: HttpRequest, rule: Rule | None, client: User, form: RuleForm, mappings: Any
    ) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": rule.name if rule else _("New transmission rule"),
            "opts": self.opts,
            "rule": rule,
            "client": client,
            "form": form,
            "mappings": mappings,
            "rules_url": rules_url(client.pk),
        }
        return TemplateResponse(request, "admin/distribution/rule/editor.html", context)

    def _note(self, request: HttpRequest, rule: Rule, *, is_new: bool) -> None:
        if is_new:
            self.log_addition(request, rule, _("saved"))
        else:
            self.log_change(request, rule, _("saved"))
        name = format_html("<bdi>{}</bdi>", rule.name)
        if rule.is_active:
            text = _("The rule “{}” was saved and is switched on: it sends the leads that arrive from now on.")
        else:
            text = _("The rule “{}” was saved and is switched off: it takes no leads until you switch it on.")
        messages.success(request, format_html(text, name))

    def preview_view(self, request: HttpRequest, client_id: int) -> HttpResponse:
        """Answer the panel that shows the request of what is typed at this moment; nothing of the rule is saved."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        client = get_object_or_404(User.objects.clients(), pk=client_id)
        draft = preview_draft(RuleForm(request.POST, may_allow_http=True), mapping_formset(request.POST))
        context: dict[str, Any] = {}
        if draft is not None:
            try:
                context["preview"] = services.preview_rule(draft=draft, client=client, now=timezone.now())
            except RequestNotRenderable as error:
                context["problem"] = error
        return TemplateResponse(request, "distribution/request_preview.html", context)

    # ---- the cards' buttons ----

    def switch_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Switch a rule on or off."""
        rule = self._changeable(request, rule_id)
        if rule.is_active:
            services.deactivate_rule(rule=rule)
            self.log_change(request, rule, _("switched off"))
            messages.success(
                request, _("The rule is switched off: it takes no further leads. What waits goes on waiting.")
            )
            return redirect(rules_url(rule.client_id))
        try:
            services.activate_rule(rule=rule, now=timezone.now())
        except RuleInvalid as error:
            messages.error(request, " ".join(str(message) for found in error.errors.values() for message in found))
            return redirect("admin:distribution_rule_change", rule.pk)
        except RuleError as error:
            messages.error(request, str(error))
            return redirect("admin:distribution_rule_change", rule.pk)
        self.log_change(request, rule, _("switched on"))
        messages.success(request, _("The rule is switched on: it sends the leads that arrive from now on."))
        return redirect(rules_url(rule.client_id))

    def resume_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Let a paused rule send again."""
        rule = services.resume_rule(rule=self._changeable(request, rule_id))
        self.log_change(request, rule, _("resumed"))
        messages.success(request, _("The rule sends again, beginning with what waited."))
        return redirect(rules_url(rule.client_id))

    def test_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Show the exact request for a chosen lead; a POST sends it and shows the answer (שידור בדיקה)."""
        rule = self._changeable(request, rule_id)
        version = rule.draft_version or rule.live_version
        if version is None:
            raise Http404
        chosen = request.POST.get("lead") or request.GET.get("lead")
        leads = queries.recent_leads(rule.client)
        lead = next((lead for lead in leads if str(lead.pk) == chosen), None)
        context = self.admin_site.each_context(request) | {
            "title": _("Test send"),
            "rule": rule,
            "client": rule.client,
            "version": version,
            "leads": leads,
            "lead": lead,
            "rules_url": rules_url(rule.client_id),
        }
        try:
            if request.method == "POST":
                context["result"] = services.send_test(version=version, lead=lead, now=timezone.now())
            context["preview"] = services.preview(version=version, lead=lead, now=timezone.now())
        except RequestNotRenderable as error:
            context["problem"] = error
        return TemplateResponse(request, "distribution/rule_test.html", context)

    def _changeable(self, request: HttpRequest, rule_id: int) -> Rule:
        rule = get_object_or_404(self.get_queryset(request), pk=rule_id)
        if not self.has_change_permission(request, rule):
            raise PermissionDenied
        return rule


def _number(text: str | None) -> int:
    if not text or not text.isdecimal() or len(text) > 18:
        raise Http404
    return int(text)


def _add_errors(form: RuleForm, mappings: BaseMappingFormSet, error: RuleInvalid) -> None:
    """Put the service's errors at the fields they are about; what has no field goes to the top."""
    for name, found in error.errors.items():
        for message in found:
            form.add_error(name if name in form.fields else None, message)
    rows = mappings.sent_rows()
    for place, errors in error.mapping_errors.items():
        for name, found in errors.items():
            for message in found:
                rows[place].add_error(name if name in rows[place].fields else None, message)
