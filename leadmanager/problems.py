"""REST errors as `application/problem+json` (RFC 9457)."""

from typing import Any

from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """Give the problem document for an error that a REST view raised; None lets Django handle the rest.

    Members: `type`, `title`, `status`, `detail`, `code`, and `errors` (a list of `{field, code, detail}`) where
    single fields were wrong.
    """
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
        document |= {"code": codes if isinstance(codes, str) else "error", "detail": str(api_error.detail)}
    else:
        document |= {"code": "forbidden" if response.status_code == status.HTTP_403_FORBIDDEN else "error"}
    response.data = document
    response.content_type = "application/problem+json"
    return response


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
