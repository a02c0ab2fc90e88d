"""Settings > Routing leads to clients > Customer feedback (guide, part C): the numbered reasons."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from feedback.admin.pills import pill
from feedback.documents import reason_lists
from feedback.models import Reason
from feedback.services.reasons import add_reason, move_reason


@admin.register(Reason)
class ReasonAdmin(admin.ModelAdmin):
    """The list in its order; the number of a reason shows in a column and when the pointer rests on the reason."""

    list_display = ("reason", "number", "other_name", "kind", "state", "comment", "place")
    list_display_links = ("reason",)
    list_per_page = 500
    sortable_by = ()
    ordering = ("position", "id")
    fields = ("name_he", "name_en", "kind", "is_active", "is_comment_required")
    show_full_result_count = False
    change_list_template = "feedback/reason_list.html"

    class Media:
        css = {"all": ["feedback/reasons.css"]}
        js = [forms.Script("feedback/print.js", type="module")]

    @admin.display(description=_("feedback reason"))
    def reason(self, reason: Reason) -> SafeString:
        """Give the name; its number shows on hover, as the guide says, and on keyboard focus."""
        hint = f"ID: {reason.pk}"
        return format_html('<span class="reason-name" title="{}" data-hint="{}">{}</span>', hint, hint, reason.name)

    @admin.display(description="ID", ordering="id")
    def number(self, reason: Reason) -> SafeString:
        """Give the number that clients send."""
        return format_html('<bdi class="ltr mono">{}</bdi>', reason.pk)

    @admin.display(description=_("in the other language"))
    def other_name(self, reason: Reason) -> SafeString:
        """Give the name in the language that the screen does not speak."""
        other = reason.name_he if translation.get_language() == "en" else reason.name_en
        return format_html("<bdi>{}</bdi>", other)

    @admin.display(description=_("state"))
    def state(self, reason: Reason) -> SafeString:
        """Say whether clients are asked to use it."""
        return pill("ok", _("active")) if reason.is_active else pill("neutral", _("switched off"))

    @admin.display(description=_("comment"))
    def comment(self, reason: Reason) -> str:
        """Say whether the reason needs words."""
        return str(_("required") if reason.is_comment_required else _("optional"))

    @admin.display(description=_("order"))
    def place(self, reason: Reason) -> SafeString:
        """Give the buttons that move the reason; the list's own form carries them."""
        return format_html(
            '<span class="reason-moves">'
            '<button class="icon-button" formaction="{}" formmethod="post" aria-label="{}" title="{}">↑</button>'
            '<button class="icon-button" formaction="{}" formmethod="post" aria-label="{}" title="{}">↓</button>'
            "</span>",
            reverse("admin:feedback_reason_move", args=[reason.pk, "up"]),
            _("Move “%(name)s” up") % {"name": reason.name},
            _("Up"),
            reverse("admin:feedback_reason_move", args=[reason.pk, "down"]),
            _("Move “%(name)s” down") % {"name": reason.name},
            _("Down"),
        )

    def get_list_display(self, request: HttpRequest) -> Any:
        """Leave the buttons out for who may not change anything."""
        return self.list_display if self.has_change_permission(request) else self.list_display[:-1]

    def get_urls(self) -> list[URLPattern]:
        """Add moving and the files."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:reason_id>/move/<str:way>/", wrap(require_POST(self.move_view)), name="feedback_reason_move"),
            path("export/<str:form>/", wrap(self.export_view), name="feedback_reason_export"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list under the name that the guide gives it."""
        return super().changelist_view(request, (extra_context or {}) | {"title": _("Customer feedback")})

    def move_view(self, request: HttpRequest, reason_id: int, way: str) -> HttpResponse:
        """Move a reason one place up or down."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if way not in ("up", "down"):
            raise Http404
        move_reason(reason_id=reason_id, up=way == "up")
        return redirect("admin:feedback_reason_changelist")

    def export_view(self, request: HttpRequest, form: str) -> HttpResponse:
        """Give the list as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        wanted = reason_lists.FORMS.get(form)
        if wanted is None:
            raise Http404
        headers = {"Content-Disposition": f'attachment; filename="feedback-reasons.{form}"'}
        return HttpResponse(wanted.make(Reason.objects.all()), content_type=wanted.media_type, headers=headers)

    def save_model(self, request: HttpRequest, obj: Reason, form: forms.ModelForm, change: bool) -> None:
        """Put a new reason at the end of the list."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            add_reason(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Reason | None = None) -> bool:
        """A number that clients were given is never taken away; a reason can be switched off."""
        return False
