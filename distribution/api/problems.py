"""Errors of the intake as `application/problem+json` (RFC 9457), in the shape that every REST door here gives."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import JsonResponse
from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from distribution.rules.lead_draft import REFUSALS

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_S = 30

UNAVAILABLE = _("Leads cannot be stored at this moment. Send this one again later; it was not taken in.")


def problem(
    status: HTTPStatus, *, code: str, detail: str | Promise, headers: Mapping[str, str] | None = None, **members: Any
) -> JsonResponse:
    """Give the answer that says what is wrong."""
    document = problem_document(status, code=code, detail=detail, **members)
    return JsonResponse(document, status=status, content_type=CONTENT_TYPE, headers=headers)


def problem_document(status: HTTPStatus, *, code: str, detail: str | Promise, **members: Any) -> dict[str, Any]:
    """Give the document alone, as it stands for one item of an array."""
    return {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "code": code,
        "detail": force_str(detail),
        **members,
    }


def refusal_document(refusals: Mapping[str, str]) -> dict[str, Any]:
    """Give the document for a lead that cannot be taken in."""
    errors = [{"field": field, "code": code, "detail": force_str(REFUSALS[code])} for field, code in refusals.items()]
    return problem_document(HTTPStatus.BAD_REQUEST, code="invalid", detail=errors[0]["detail"], errors=errors)


def unavailable() -> JsonResponse:
    """Give the answer for a database that cannot be reached or cannot write: the sender tries again."""
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        code="unavailable",
        detail=UNAVAILABLE,
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )
