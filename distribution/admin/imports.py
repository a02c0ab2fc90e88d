"""Importing files: upload, match the columns, see what will happen, start; progress and result on the same page."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from distribution.admin.file_forms import STATE_KINDS, FileForm, shown_columns
from distribution.choices import ImportState
from distribution.errors import LeadImportError
from distribution.models import LeadImport, Source
from distribution.rules.fields import FIELD_LABELS, FURTHER
from distribution.rules.lead_draft import REFUSALS
from distribution.rules.spreadsheets import csv_lines
from distribution.services import file_runs, imports

# What the page of progress links to, by the names of its addresses.
URL_NAMES = {"page": "change", "panel": "panel", "refused": "refused", "cancel": "cancel", "go_on": "go_on"}


class UploadForm(FileForm):
    """Which source, which file."""

    source = forms.ModelChoiceField(label=gettext_lazy("source"), queryset=Source.objects.active())
    field_order = ("source", "file")


@admin.register(LeadImport)
class LeadImportAdmin(admin.ModelAdmin):
    """The list of imports, and the page of each."""

    list_display = ("file", "source", "state_pill", "rows_total", "rows_created", "rows_present", "created_at")
    list_filter = ("state", "source")
    list_select_related = ("source",)
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[LeadImport]:
        """Leave the files themselves in the database."""
        return super().get_queryset(request).defer("content", "refused_rows")

    def get_urls(self) -> list[URLPattern]:
        """Add what the page of an import does."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:import_id>/panel/", wrap(require_GET(self.panel_view)), name="distribution_leadimport_panel"),
            path("<int:import_id>/match/", wrap(require_POST(self.match_view)), name="distribution_leadimport_match"),
            path(
                "<int:import_id>/cancel/", wrap(require_POST(self.cancel_view)), name="distribution_leadimport_cancel"
            ),
            path("<int:import_id>/go-on/", wrap(require_POST(self.go_on_view)), name="distribution_leadimport_go_on"),
            path(
                "<int:import_id>/refused.csv",
                wrap(require_GET(self.refused_view)),
                name="distribution_leadimport_refused",
            ),
            *super().get_urls(),
        ]

    def has_change_permission(self, request: HttpRequest, obj: LeadImport | None = None) -> bool:
        """An import's page has its own buttons, for who may add imports."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LeadImport | None = None) -> bool:
        """Keep what says where leads came from."""
        return False

    @admin.display(description=gettext_lazy("file"))
    def file(self, record: LeadImport) -> SafeString:
        """The file's name, isolated."""
        return format_html('<bdi dir="auto">{}</bdi>', record.file_name)

    @admin.display(description=gettext_lazy("state"))
    def state_pill(self, record: LeadImport) -> SafeString:
        """Where it stands, as dot and word."""
        return render_to_string(
            "leadmanager/components/pill.html",
            {"kind": STATE_KINDS[ImportState(record.state)], "text": record.get_state_display()},
        )

    # ---- upload ----

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take a file in and go on to the matching of its columns."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None, initial={"source": request.GET.get("source")})
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                record = imports.upload(
                    source=form.cleaned_data["source"],
                    file_name=file.name,
                    content=file.read(),
                    by=request.user if isinstance(request.user, User) else None,
                    now=timezone.now(),
                )
                return redirect("admin:distribution_leadimport_change", record.pk)
            except LeadImportError as error:
                form.add_error("file", str(error))
        context = self.admin_site.each_context(request) | {"title": _("File import"), "opts": self.opts, "form": form}
        return TemplateResponse(request, "distribution/import_upload.html", context | (extra_context or {}))

    # ---- one import ----

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show where an import stands: columns to be matched, progress, or result."""
        if not object_id.isdecimal():
            raise Http404
        record = self._record(request, int(object_id))
        if record.state == ImportState.MATCHING:
            return self._matching_page(request, record, record.matching, skip_present=record.skip_present)
        return TemplateResponse(request, "distribution/import_page.html", self._context(request, record))

    def panel_view(self, request: HttpRequest, import_id: int) -> HttpResponse:
        """Answer the progress alone, for the page that asks again and again."""
        record = self._record(request, import_id)
        return TemplateResponse(request, "distribution/file_progress.html", self._context(request, record))

    def match_view(self, request: HttpRequest, import_id: int) -> HttpResponse:
        """Count again with the columns as they were matched, or start."""
        record = self._record(request, import_id, to_act=True)
        matching = {column: request.POST.get(f"column-{place}", FURTHER) for place, column in enumerate(record.columns)}
        skip_present = bool(request.POST.get("skip_present"))
        if request.POST.get("act") != "start":
            return self._matching_page(request, record, matching, skip_present=skip_present)
        return self._do(
            request, record, lambda: imports.start(record=record, matching=matching, skip_present=skip_present)
        )

    def cancel_view(self, request: HttpRequest, import_id: int) -> HttpResponse:
        """Stop an import."""
        record = self._record(request, import_id, to_act=True)
        return self._do(request, record, lambda: file_runs.cancel(record=record, now=timezone.now()))

    def go_on_view(self, request: HttpRequest, import_id: int) -> HttpResponse:
        """Go on with an import that stopped."""
        record = self._record(request, import_id, to_act=True)
        return self._do(request, record, lambda: imports.go_on(record=record))

    def refused_view(self, request: HttpRequest, import_id: int) -> StreamingHttpResponse:
        """Give the refused rows as a file that can be mended and uploaded again."""
        record = self._record(request, import_id)
        response = StreamingHttpResponse(
            csv_lines(imports.refused_rows(record)), content_type="text/csv; charset=utf-8"
        )
        name = slugify(record.file_name.rpartition(".")[0]) or "leads"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}-refused.csv"'
        response.headers["Cache-Control"] = "no-store"
        return response

    def _record(self, request: HttpRequest, import_id: int, *, to_act: bool = False) -> LeadImport:
        record = get_object_or_404(self.get_queryset(request).select_related("source", "created_by"), pk=import_id)
        if not (self.has_add_permission(request) if to_act else self.has_view_permission(request, record)):
            raise PermissionDenied
        return record

    def _do(self, request: HttpRequest, record: LeadImport, act: Any) -> HttpResponse:
        try:
            act()
        except LeadImportError as error:
            messages.error(request, str(error))
        return redirect("admin:distribution_leadimport_change", record.pk)

    def _context(self, request: HttpRequest, record: LeadImport) -> dict[str, Any]:
        return self.admin_site.each_context(request) | {
            "title": record.file_name,
            "opts": self.opts,
            "record": record,
            "kind": STATE_KINDS[ImportState(record.state)],
            "may_act": self.has_add_permission(request),
            "refused": record.rows_refused,
            "figures": [(_("new leads"), record.rows_created), (_("here already"), record.rows_present)],
            "note": _(
                "The file of refused rows says the reason beside each. Mend it and upload it again: rows that are in "
                "are not imported twice."
            ),
            "urls": {
                name: reverse(f"admin:distribution_leadimport_{view}", args=[record.pk])
                for name, view in URL_NAMES.items()
            },
        }

    def _matching_page(
        self, request: HttpRequest, record: LeadImport, matching: dict[str, str], *, skip_present: bool
    ) -> HttpResponse:
        context = self._context(request, record)
        try:
            seen = imports.preview(record, matching, skip_present=skip_present)
        except LeadImportError as error:
            messages.error(request, str(error))
            seen = imports.Preview()
        context |= {
            "columns": shown_columns(record.columns, matching, seen.rows, otherwise=FURTHER),
            "fields": FIELD_LABELS.items(),
            "preview": seen,
            "reasons": [(REFUSALS[code], count) for code, count in seen.reasons.items()],
            "skip_present": skip_present,
        }
        return TemplateResponse(request, "distribution/import_matching.html", context)
