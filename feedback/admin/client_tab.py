"""The tab משוב on the client's page: everything the client said, and what staff write down for it."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.client_tabs import ClientTab, register
from accounts.models import User
from feedback.admin.record_form import RecordForm
from feedback.models import Feedback
from feedback.queries import feedback_of_client_for_staff

PAGE_SIZE = 50


def feedback_tab(request: HttpRequest, client: User, context: dict[str, Any]) -> HttpResponseBase:
    """Show the client's feedback, newest first; a POST records one."""
    may_record = request.user.has_perm("feedback.add_feedback")
    form = RecordForm(request.POST or None, client=client, initial={"routing": request.GET.get("routing", "")})
    if request.method == "POST":
        if not may_record:
            raise PermissionDenied
        if form.is_valid() and (result := form.record(author=cast(User, request.user))) is not None:
            said_before = _("The same was said before: nothing was added.")
            messages.success(request, said_before if result.is_duplicate else _("The feedback was recorded."))
            return redirect(feedback_url(client.pk))
    page = Paginator(feedback_of_client_for_staff(client), PAGE_SIZE).get_page(request.GET.get("page"))
    context |= {
        "page": page,
        "form": form if may_record else None,
        "is_form_open": form.is_bound or "routing" in request.GET,
    }
    return TemplateResponse(request, "feedback/client_tab.html", context)


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
