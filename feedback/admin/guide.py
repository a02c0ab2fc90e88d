"""What is handed to a client (guide, step 1 and part C): can its system take part, and how it sends feedback."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from feedback.admin.feasibility import QUESTIONS
from feedback.queries import reasons_for_clients


def sending_guide(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show the guide by which a client's developer connects; `?language=` gives it in the client's language."""
    context = {"title": _("Data sending guide"), "reasons": reasons_for_clients()}
    return _printable(request, site, "feedback/sending_guide.html", context)


def feasibility(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show the questions that tell whether a client's system can take part; `?language=` as above."""
    return _printable(
        request, site, "feedback/feasibility.html", {"title": _("Does the system fit?"), "questions": QUESTIONS}
    )


def public_address(request: HttpRequest) -> str:
    """Give the address under which clients reach this installation, without a slash at its end."""
    return settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")


def _printable(request: HttpRequest, site: AdminSite, template: str, context: dict[str, Any]) -> HttpResponse:
    if not request.user.has_perm("feedback.view_reason"):
        raise PermissionDenied
    asked = request.GET.get("language", "")
    language = asked if asked in dict(settings.LANGUAGES) else translation.get_language()
    with translation.override(language):
        common = site.each_context(request) | {"language": language, "address": public_address(request)}
        page = HttpResponse(render_to_string(template, common | context, request=request))
        page.headers["Content-Language"] = language
        return page
