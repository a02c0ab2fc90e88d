"""REST errors as `application/problem+json` (RFC 9457)."""

from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

RETRY_AFTER_S = 5


class Unavailable(exceptions.APIException):
    """The database does not answer or cannot write."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"
    default_detail = _("We cannot answer now. Nothing was lost here: send the same again in a few seconds.")
    wait = RETRY_AFTER_S  # becomes Retry-After (RFC 9110, 10.2.3)


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """Give the problem document for an error that a REST view raised; None lets Django handle the rest.

    Members: `type`, `title`, `status`, `detail`, `code`, and `errors` (a list of `{field, code, detail}`) where
    single fields were wrong.
    """
    if isinstance(error, OperationalError | InterfaceError):
        error = Unavailable()  # no connection, no disk, no lock: ours to mend, and worth sending again
    response = exception_handler(error, context)
    if response is None:
        return None
    api_error = exceptions.NotFound() if isinstance(error, Http404) else error
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": str(response.status_text).title(),
        "status": response.status_code,
    }
    if isinstance(api_error, exceptions.ValidationError):
        errors = _field_errors(api_error.get_full_details())
        document |= {"code": "invalid", "detail": errors[0]["detail"] if errors else "", "errors": errors}
    elif isinstance(api_error, exceptions.APIException):
        codes = api_error.get_codes()
        document |= {"code": codes if isinstance(codes, str) else "error", "detail": _detail(api_error)}
        document |= getattr(api_error, "members", {})  # what an app's own error adds
    else:
        document |= {"code": "forbidden" if response.status_code == status.HTTP_403_FORBIDDEN else "error"}
    response.data = document
    response.content_type = "application/problem+json"
    return response


def _detail(error: exceptions.APIException) -> str:
    """Give the message; the framework's own are not there in Hebrew."""
    if isinstance(error, exceptions.MethodNotAllowed):
        return gettext("This address does not take this method. The header Allow names those that it takes.")
    if isinstance(error, exceptions.NotFound) and error.detail == exceptions.NotFound.default_detail:
        return gettext("There is nothing at this address.")
    return str(error.detail)


def _field_errors(details: Any, path: str = "") -> list[dict[str, str]]:
    if isinstance(details, list):
        indexed = len(details) > 1 and all("message" not in entry for entry in details if entry)
        found: list[dict[str, str]] = []
        for index, entry in enumerate(details):
            found += _field_errors(entry, f"{path}[{index}]" if indexed else path)
        return found
    if "message" in details and not isinstance(details["message"], dict | list):
        return [{"field": path, "code": str(details["code"]), "detail": str(details["message"])}]
    found = []
    for name, entry in details.items():
        found += _field_errors(entry, f"{path}.{name}" if path else str(name))
    return found
