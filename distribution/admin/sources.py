"""Sources: the list, a source with its field names, and its intake address and token."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import construct_change_message
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import User
from distribution import services
from distribution.admin.source_forms import FieldNameFormSet, SourceForm
from distribution.errors import SourceError
from distribution.models import Source


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    """Sources are switched off, not deleted: their leads stay."""

    list_display = ("name", "state", "created")
    list_filter = ("is_active",)
    search_fields = ("name__icontains",)
    show_facets = admin.ShowFacets.NEVER

    def get_urls(self) -> list[URLPattern]:
        """Add the panel with the token."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:source_id>/token/", wrap(self.token_view), name="distribution_source_token"),
            path(
                "<int:source_id>/token/<str:act>/",
                wrap(require_POST(self.token_view)),
                name="distribution_source_token_act",
            ),
            *super().get_urls(),
        ]

    def has_delete_permission(self, request: HttpRequest, obj: Source | None = None) -> bool:
        """Keep sources: leads hang on them."""
        return False

    @admin.display(description=gettext_lazy("state"), ordering="is_active")
    def state(self, source: Source) -> SafeString:
        """Switched on or off, as dot and word."""
        kind, text = ("ok", _("active")) if source.is_active else ("neutral", _("switched off"))
        return render_to_string("leadmanager/components/pill.html", {"kind": kind, "text": text})

    @admin.display(description=gettext_lazy("created"), ordering="created_at")
    def created(self, source: Source) -> Any:
        """The day it was made."""
        return timezone.localtime(source.created_at).date()

    # ---- the form ----

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show and save a source with its field names."""
        source = self.get_object(request, object_id) if object_id else None
        if object_id and source is None:
            raise Http404
        may_save = self.has_change_permission(request, source) if source else self.has_add_permission(request)
        if not may_save and (source is None or request.method == "POST" or not self.has_view_permission(request)):
            raise PermissionDenied
        names = sorted((source.field_names if source else {}).items())
        form = SourceForm(request.POST or None, instance=source)
        table = FieldNameFormSet(
            request.POST or None, initial=[{"theirs": theirs, "ours": ours} for theirs, ours in names], prefix="names"
        )
        if request.method == "POST" and form.is_valid() and table.is_valid():
            saved = self._save(request, form, table)
            return redirect("admin:distribution_source_change", saved.pk)
        context = self.admin_site.each_context(request) | {
            "title": Source.objects.get(pk=source.pk).name if source else _("New source"),
            "opts": self.opts,
            "form": form,
            "table": table,
            "may_save": may_save,
            **(panel_context(request, source) if source else {}),
        }
        return TemplateResponse(request, "distribution/source.html", context | (extra_context or {}))

    def _save(self, request: HttpRequest, form: SourceForm, table: Any) -> Source:
        if form.instance.pk is None:
            source = services.create_source(
                name=form.cleaned_data["name"],
                field_names=table.field_names(),
                is_active=form.cleaned_data["is_active"],
                by=_staff(request),
                now=timezone.now(),
            ).source
            messages.success(
                request, _("The source was added. Next: hand its intake address and token to whoever sends the leads.")
            )
            return source
        source = form.save(commit=False)
        source.field_names = table.field_names()
        source.save(update_fields=["name", "is_active", "field_names"])
        self.log_change(request, source, construct_change_message(form, [], add=False))  # type: ignore[arg-type]
        messages.success(request, _("The source was saved."))
        return source

    # ---- the token ----

    def token_view(self, request: HttpRequest, source_id: int, act: str = "") -> HttpResponse:
        """Show the token, or replace it; with htmx the panel is answered, else a page with the panel."""
        source = get_object_or_404(Source, pk=source_id)
        if act not in ("", "reveal", "replace"):
            raise Http404
        if not self.has_change_permission(request, source):
            raise PermissionDenied
        context = panel_context(request, source)
        try:
            if act == "reveal":
                context["token"] = services.reveal_token(source=source, by=_staff(request))
            elif act == "replace":
                context["token"] = services.replace_token(source=source, by=_staff(request)).text
                context["is_replaced"] = True
        except SourceError as error:
            context["error"] = error
        if request.htmx:  # type: ignore[attr-defined]
            response = TemplateResponse(request, "distribution/source_token.html", context)
        else:
            page = self.admin_site.each_context(request) | {"title": source.name, "opts": self.opts}
            response = TemplateResponse(request, "distribution/source_token_page.html", page | context)
        response.headers["Cache-Control"] = "no-store"
        return response


def panel_context(request: HttpRequest, source: Source) -> dict[str, Any]:
    """Give what the token's panel shows before the token is asked for."""
    path_of_intake = reverse("lead-intake")
    base = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    return {
        "source": source,
        "intake_url": f"{base}{path_of_intake}",
        "may_reveal": request.user.has_perm("distribution.change_source"),
    }


def _staff(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
