"""Exports: the list of those made, the page of each with its progress and its file."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from distribution.admin.file_forms import STATE_KINDS
from distribution.choices import ExportFormat, ImportState
from distribution.errors import DistributionError
from distribution.list_exports import listing
from distribution.models import Export
from distribution.rules.table_writing import CSV_TYPE, XLSX_TYPE
from distribution.services import exports

MEDIA_TYPES = {ExportFormat.CSV: CSV_TYPE, ExportFormat.XLSX: XLSX_TYPE}


@admin.register(Export)
class ExportAdmin(admin.ModelAdmin):
    """One's own exports; those of others with the permission to view exports."""

    list_display = ("created_at", "list_name", "file_format", "state_pill", "total", "created_by", "kept_until")
    list_select_related = ("created_by",)
    sortable_by = ()
    list_per_page = 50
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        """Add what the page of an export does."""
        wrap = self.admin_site.admin_view
        return [
            path("start/", wrap(require_POST(self.start_view)), name="distribution_export_start"),
            path("<int:export_id>/panel/", wrap(require_GET(self.panel_view)), name="distribution_export_panel"),
            path("<int:export_id>/stop/", wrap(require_POST(self.stop_view)), name="distribution_export_stop"),
            path("<int:export_id>/file/", wrap(require_GET(self.file_view)), name="distribution_export_file"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Export]:
        """Leave out what others exported, unless that may be seen."""
        found = super().get_queryset(request)
        return found if super().has_view_permission(request) else found.filter(created_by=request.user.pk)

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """Export the rows that a list shows at the posted query string."""
        exported = listing(request.POST.get("list", ""))
        if exported is None or request.POST.get("format") not in ExportFormat.values:
            raise Http404
        if not (request.user.has_perm("distribution.add_export") and request.user.has_perm(exported.permission)):
            raise PermissionDenied
        try:
            export = exports.start(
                exported,
                query=request.POST.get("query", ""),
                file_format=ExportFormat(request.POST["format"]),
                language=get_language() or "he",
                by=cast(User, request.user),
                now=timezone.now(),
            )
        except DistributionError as error:
            messages.error(request, str(error))
            return redirect(_way_back(request))
        return redirect("admin:distribution_export_change", export.pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show how far an export is, and lead to its file."""
        export = self.get_object(request, object_id)
        if export is None:
            raise Http404
        return TemplateResponse(request, "distribution/exports/export.html", self._context(request, export))

    def panel_view(self, request: HttpRequest, export_id: int) -> HttpResponse:
        """Answer the progress alone, for the page that asks again and again."""
        context = self._context(request, self._export(request, export_id))
        return TemplateResponse(request, "distribution/exports/progress.html", context)

    def stop_view(self, request: HttpRequest, export_id: int) -> HttpResponse:
        """Stop an export."""
        try:
            exports.stop(export=self._export(request, export_id), now=timezone.now())
        except DistributionError as error:
            messages.error(request, str(error))
        return redirect("admin:distribution_export_change", export_id)

    def file_view(self, request: HttpRequest, export_id: int) -> HttpResponse | StreamingHttpResponse:
        """Send the file, to who made it or may see what others export."""
        export = self._export(request, export_id)
        if not export.has_file:
            messages.warning(request, _("This file is not kept any more. Export the list again."))
            return redirect("admin:distribution_export_change", export_id)
        response = StreamingHttpResponse(
            exports.content(export), content_type=MEDIA_TYPES[ExportFormat(export.file_format)]
        )
        response.headers["Content-Disposition"] = f'attachment; filename="{export.file_name}"'
        response.headers["Content-Length"] = str(export.size)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _export(self, request: HttpRequest, export_id: int) -> Export:
        return get_object_or_404(self.get_queryset(request).select_related("created_by"), pk=export_id)

    def _context(self, request: HttpRequest, export: Export) -> dict[str, Any]:
        if not self.has_view_permission(request, export):
            raise PermissionDenied
        return self.admin_site.each_context(request) | {
            "title": self.list_name(export),
            "opts": self.opts,
            "export": export,
            "kind": STATE_KINDS[ImportState(export.state)],
        }

    def has_view_permission(self, request: HttpRequest, obj: Export | None = None) -> bool:
        """Whoever may export sees their own; `get_queryset` keeps those of others from them."""
        return super().has_view_permission(request, obj) or request.user.has_perm("distribution.add_export")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Exports are made on the pages of the lists."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Export | None = None) -> bool:
        """What was exported stays noted as it was."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Export | None = None) -> bool:
        """What was exported stays noted; the file goes by itself."""
        return False

    @admin.display(description=_("list"))
    def list_name(self, export: Export) -> str:
        """Give the name of the list."""
        exported = listing(export.listing)
        return str(exported.label) if exported else export.listing

    @admin.display(description=_("state"))
    def state_pill(self, export: Export) -> SafeString:
        """Dot and word."""
        context = {"kind": STATE_KINDS[ImportState(export.state)], "text": export.get_state_display()}
        return format_html("{}", render_to_string("leadmanager/components/pill.html", context))


def _way_back(request: HttpRequest) -> str:
    back = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if is_ours else "admin:distribution_export_changelist"
