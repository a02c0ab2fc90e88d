"""The tab משוב on the client's page: everything it said, what staff write down for it, and the files it sends."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.client_tabs import ClientTab, register
from accounts.models import User
from distribution.admin.file_forms import STATE_KINDS, FileForm
from distribution.choices import ImportState
from distribution.queries.rules import has_mail_rules
from feedback.admin.client_filter_forms import FeedbackFilterForm
from feedback.admin.file_pages import PERMISSION, file_page, file_url, upload_file
from feedback.admin.record_form import RecordForm
from feedback.models import Feedback, FeedbackFile
from feedback.queries import feedback_of_client_for_staff
from feedback.queries.client_filters import counts_by_reason, narrow_feedback
from feedback.queries.feedback_files import SHOWN_FILES, feedback_files
from feedback.services.links import revoke_links

PAGE_SIZE = 50


def feedback_tab(request: HttpRequest, client: User, context: dict[str, Any]) -> HttpResponseBase:
    """Show the client's feedback, newest first; a POST records one, or takes a file in. `?file=` is about one file."""
    if "file" in request.GET:
        return file_page(request, client, context)
    may_record = request.user.has_perm("feedback.add_feedback")
    form = RecordForm(client=client, initial={"routing": request.GET.get("routing", "")})
    file_form = FileForm()
    if request.method == "POST":
        if request.POST.get("act") == "upload-file":
            file_form = FileForm(request.POST, request.FILES)
            answer = upload_file(request, client, file_form)
        elif request.POST.get("act") == "revoke-links":
            answer = _revoke_links(request, client, may_record)
        else:
            form = RecordForm(request.POST, client=client)
            answer = _record(request, client, form, may_record)
        if answer is not None:
            return answer
    filters = FeedbackFilterForm(request.GET)
    chosen = filters.chosen()
    found = narrow_feedback(feedback_of_client_for_staff(client), chosen) if chosen else Feedback.objects.none()
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    by_reason = counts_by_reason(found) if page.object_list else []
    may_upload = request.user.has_perm(PERMISSION)
    context |= {
        "filters": filters,
        "filter_query": urlencode(filters.query()),
        "export_query": urlencode(filters.query() | {"client": client.pk}),
        "by_reason": by_reason,
        "most": max((count for _reason, count in by_reason), default=1),
        "page": page,
        "form": form if may_record else None,
        "may_revoke_links": may_record and has_mail_rules(client),
        "is_form_open": form.is_bound or "routing" in request.GET,
        "file_form": file_form if may_upload else None,
        "files": [_shown(record) for record in feedback_files(client)[:SHOWN_FILES]] if may_upload else [],
    }
    return TemplateResponse(request, "feedback/client_tab.html", context)


def _record(request: HttpRequest, client: User, form: RecordForm, may_record: bool) -> HttpResponseBase | None:
    if not may_record:
        raise PermissionDenied
    if not form.is_valid() or (result := form.record(author=cast(User, request.user))) is None:
        return None
    said_before = _("The same was said before: nothing was added.")
    messages.success(request, said_before if result.is_duplicate else _("The feedback was recorded."))
    return redirect(feedback_url(client.pk))


def _revoke_links(request: HttpRequest, client: User, may_record: bool) -> HttpResponseBase:
    if not may_record:
        raise PermissionDenied
    revoke_links(client=client, by=cast(User, request.user), now=timezone.now())
    messages.success(request, _("The links mailed so far open nothing any more. Mails from now on have links that do."))
    return redirect(feedback_url(client.pk))


def _shown(record: FeedbackFile) -> dict[str, Any]:
    return {"record": record, "kind": STATE_KINDS[ImportState(record.state)], "url": file_url(record)}


def feedback_url(client_id: int) -> str:
    """Give the address of a client's tab משוב."""
    return reverse("admin:accounts_user_tab", args=[client_id, "feedback"])


register(
    ClientTab(
        slug="feedback",
        label=_("Feedback"),
        order=30,
        permission="feedback.view_feedback",
        view=feedback_tab,
        count=lambda client: Feedback.objects.filter(routing__client=client).count(),
    )
)
