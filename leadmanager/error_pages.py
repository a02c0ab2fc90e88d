"""Errors outside any view: machines get JSON in their protocol's form, people get Django's pages."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views import defaults

from feedback.odata.languages import language_of_request


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django itself refused: a wrong Host, a body beyond the bound."""
    message = _("The request cannot be read. Check its address, its headers and its size.")
    return _machine_answer(request, 400, "bad_request", message) or defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that leads nowhere."""
    message = _("There is nothing at this address.")
    return _machine_answer(request, 404, "not_found", message) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer when we failed; the log has the reason."""
    message = _("Something went wrong here. Send the same again later; we see the error in our log.")
    return _machine_answer(request, 500, "server_error", message) or defaults.server_error(request)


def _machine_answer(request: HttpRequest, status: int, code: str, message: Promise) -> HttpResponse | None:
    # The middleware that chooses the language may not have been reached.
    language = language_of_request(request)
    with translation.override(language):
        text = str(message)
    headers = {"Content-Language": language}
    if request.path.startswith("/api/"):
        title = HttpResponse(status=status).reason_phrase
        problem = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": text}
        return JsonResponse(problem, status=status, content_type="application/problem+json", headers=headers)
    if request.path.startswith("/odata/"):
        error = {"error": {"code": code, "message": text}}
        return JsonResponse(error, status=status, headers=headers | {"OData-Version": "4.0"})
    return None
