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
from feedback.documents.public_address import public_address
from feedback.documents.samples import EXAMPLE_ID, EXAMPLE_NUMBER, EXAMPLE_REASON
from feedback.queries import reasons_for_clients
from feedback.rules.recipes import RECIPES


def sending_guide(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show the guide by which a client's developer connects; `?language=` gives it in the client's language."""
    context = {
        "title": _("Data sending guide"),
        "reasons": reasons_for_clients(),
        "example_id": EXAMPLE_ID,
        "example_number": EXAMPLE_NUMBER,
        "example_reason": EXAMPLE_REASON,
    }
    return _printable(request, site, "feedback/sending_guide.html", context)


def feasibility(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show the questions that tell whether a client's system can take part; `?language=` as above."""
    context = {"title": _("Does the system fit?"), "questions": QUESTIONS, "recipes": RECIPES}
    return _printable(request, site, "feedback/feasibility.html", context)


def asked_language(request: HttpRequest, otherwise: str | None) -> str:
    """Give the language that `?language=` asks for, `otherwise` where it asks for none of ours."""
    asked = request.GET.get("language", "")
    return asked if asked in dict(settings.LANGUAGES) else otherwise or settings.LANGUAGE_CODE


def _printable(request: HttpRequest, site: AdminSite, template: str, context: dict[str, Any]) -> HttpResponse:
    if not request.user.has_perm("feedback.view_reason"):
        raise PermissionDenied
    language = asked_language(request, translation.get_language())
    with translation.override(language):
        common = site.each_context(request) | {"language": language, "address": public_address(request)}
        page = HttpResponse(render_to_string(template, common | context, request=request))
        page.headers["Content-Language"] = language
        return page
