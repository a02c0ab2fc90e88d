"""The screens of rules: the editor of one, and the list for looking one up."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from distribution import queries, services
from distribution.admin.rule_editor.copying import Copying
from distribution.admin.rule_editor.pasting import PasteForm, Pasting
from distribution.admin.rule_editor.sections import Sections
from distribution.admin.rule_editor.stopping import Stopping
from distribution.admin.rule_editor.tab import asking_url, rules_url
from distribution.admin.rule_editor.versions import Versions
from distribution.errors import RequestNotRenderable, RoutingIdMissing, RuleInvalid
from distribution.models import Rule


@admin.register(Rule)
class RuleAdmin(Versions, Stopping, Copying, Pasting):
    """The editor; the list of all rules is a screen for looking something up, since rules live on the client's page."""

    list_display = ("name", "client", "is_active", "sources_mode")
    list_filter = ("is_active",)
    list_select_related = ("client",)
    search_fields = ("name__istartswith", "client__name__istartswith")
    ordering = ("client__name", "id")
    show_facets = admin.ShowFacets.NEVER

    def get_urls(self) -> list[URLPattern]:
        """Add the panel that shows the request of what is being typed."""
        preview = self.admin_site.admin_view(require_POST(self.preview_view))
        return [path("preview/<int:client_id>/", preview, name="distribution_rule_preview"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave deleted rules out."""
        return super().get_queryset(request).filter(deleted_at__isnull=True)

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        """Lead to the editor only who may edit."""
        return ("name",) if self.has_change_permission(request) else None

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
        user = cast(User, request.user)
        sections = Sections(request.POST if request.method == "POST" else None, rule=rule, user=user)
        if request.method == "POST" and sections.is_valid():
            try:
                saved = services.save_rule(
                    rule=rule,
                    client=client,
                    draft=sections.draft(),
                    by=user,
                    now=timezone.now(),
                    activate=False,
                    unfinished="_unfinished" in request.POST,
                )
            except RoutingIdMissing as error:
                sections.errors.append(str(error))
            except RuleInvalid as error:
                sections.add_errors(error)
            else:
                self._note(request, saved, is_new=rule is None)
                self.warn_of_samples(request, saved)
                return redirect(asking_url(saved) if saved.draft_version else rules_url(client.pk))
        return self.show(request, rule, client, sections, paste=PasteForm())

    def _note(self, request: HttpRequest, rule: Rule, *, is_new: bool) -> None:
        if is_new:
            self.log_addition(request, rule, _("saved"))
        else:
            self.log_change(request, rule, _("saved"))
        if rule.draft_version is None:
            text = _("The rule “{}” was saved. What it sends has not changed.")
        elif rule.is_active:
            text = _("The rule “{}” was saved. It goes on sending as before until you activate the changes.")
        else:
            text = _("The rule “{}” was saved. It takes no leads until you activate it.")
        messages.success(request, format_html(text, format_html("<bdi>{}</bdi>", rule.name)))

    def preview_view(self, request: HttpRequest, client_id: int) -> HttpResponse:
        """Answer the panel that shows the request of what is typed at this moment; nothing of the rule is saved."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        client = get_object_or_404(User.objects.clients(), pk=client_id)
        sections = Sections(request.POST, rule=None, user=cast(User, request.user))
        draft = sections.preview_draft()
        chosen = request.POST.get("sample_lead", "")
        lead = next((lead for lead in queries.recent_leads(client) if str(lead.pk) == chosen), None) if chosen else None
        rows, now = sections.typed_rows(), timezone.now()
        context: dict[str, Any] = {"samples": services.sample_values(client=client, lead=lead, rows=rows, now=now)}
        if draft is not None:
            try:
                context["preview"] = services.preview_rule(draft=draft, client=client, now=now, lead=lead)
            except RequestNotRenderable as error:
                context["problem"] = error
            except RuleInvalid:
                pass  # a part that is still being written; saving says what is wrong with it
        return TemplateResponse(request, "distribution/request_preview.html", context)


def _number(text: str | None) -> int:
    if not text or not text.isdecimal() or len(text) > 18:
        raise Http404
    return int(text)
