"""Pages of a client's feedback file, on its tab משוב: upload, match the columns, progress and result."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from distribution.admin.file_forms import STATE_KINDS, FileForm, shown_columns
from distribution.choices import ImportState
from distribution.errors import LeadImportError
from distribution.rules.spreadsheets import csv_lines
from distribution.services import file_runs
from feedback.models import FeedbackFile
from feedback.queries.feedback_files import feedback_files
from feedback.rules.file_rows import FIELD_LABELS, REFUSALS, UNUSED
from feedback.services import feedback_files as files

PERMISSION = "feedback.add_feedbackfile"


def upload_file(request: HttpRequest, client: User, form: FileForm) -> HttpResponseBase | None:
    """Take a file in and go on to the matching of its columns; None when the form says what is wrong."""
    _require(request)
    if not form.is_valid():
        return None
    file = form.cleaned_data["file"]
    try:
        record = files.upload(
            client=client,
            file_name=file.name,
            content=file.read(),
            by=request.user if isinstance(request.user, User) else None,
            now=timezone.now(),
        )
    except LeadImportError as error:
        form.add_error("file", str(error))
        return None
    return redirect(file_url(record))


def file_page(request: HttpRequest, client: User, context: dict[str, Any]) -> HttpResponseBase:
    """Answer whatever is asked about the file that `?file=` names; a POST does what `act` says."""
    _require(request)
    number = request.GET["file"]
    if not number.isdecimal() or len(number) > 18:
        raise Http404
    record = get_object_or_404(feedback_files(client), pk=int(number))
    if request.method == "POST":
        return _act(request, record, context)
    part = request.GET.get("part", "")
    if part == "refused":
        return _refused(record)
    if record.state == ImportState.MATCHING:
        return _matching_page(request, record, context, record.matching)
    template = "distribution/file_progress.html" if part == "panel" else "feedback/file_page.html"
    return TemplateResponse(request, template, context | _context(record))


def file_url(record: FeedbackFile, **parts: str) -> str:
    """Give the address of a file's page on the client's tab, or of a part of it."""
    query = "".join(f"&{name}={value}" for name, value in parts.items())
    return f"{reverse('admin:accounts_user_tab', args=[record.client_id, 'feedback'])}?file={record.pk}{query}"


def _require(request: HttpRequest) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied


def _act(request: HttpRequest, record: FeedbackFile, context: dict[str, Any]) -> HttpResponseBase:
    act = request.POST.get("act") or request.GET.get("act", "")
    matching = {column: request.POST.get(f"column-{place}", UNUSED) for place, column in enumerate(record.columns)}
    if act == "preview" and record.state == ImportState.MATCHING:
        return _matching_page(request, record, context, matching)
    try:
        if act == "start":
            files.start(record=record, matching=matching)
        elif act == "cancel":
            file_runs.cancel(record=record, now=timezone.now())
        elif act == "go_on":
            files.go_on(record)
    except LeadImportError as error:
        messages.error(request, str(error))
    return redirect(file_url(record))


def _refused(record: FeedbackFile) -> StreamingHttpResponse:
    name = slugify(record.file_name.rpartition(".")[0]) or "feedback"
    response = StreamingHttpResponse(csv_lines(files.refused_rows(record)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-refused.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _context(record: FeedbackFile) -> dict[str, Any]:
    return {
        "record": record,
        "kind": STATE_KINDS[ImportState(record.state)],
        "may_act": True,
        "refused": record.rows_refused,
        "figures": [(_("recorded"), record.rows_recorded), (_("said before"), record.rows_repeated)],
        "note": _(
            "The file of refused rows says the reason beside each. Mend it and upload it again: what is recorded is "
            "not recorded twice."
        ),
        "urls": {
            "page": file_url(record),
            "panel": file_url(record, part="panel"),
            "refused": file_url(record, part="refused"),
            "cancel": file_url(record, act="cancel"),
            "go_on": file_url(record, act="go_on"),
        },
    }


def _matching_page(
    request: HttpRequest, record: FeedbackFile, context: dict[str, Any], matching: dict[str, str]
) -> HttpResponseBase:
    try:
        seen = files.preview(record, matching)
    except LeadImportError as error:
        messages.error(request, str(error))
        seen = files.Preview()
    context |= _context(record) | {
        "columns": shown_columns(record.columns, matching, seen.rows, otherwise=UNUSED),
        "fields": FIELD_LABELS.items(),
        "preview": seen,
        "reasons": [(REFUSALS[code], count) for code, count in seen.reasons.items()],
    }
    return TemplateResponse(request, "feedback/file_matching.html", context)
