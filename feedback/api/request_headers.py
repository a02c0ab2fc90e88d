"""The headers with which a REST request promises to be one that may come again."""

import hashlib
import json
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from feedback.odata.errors import ODataError
from feedback.odata.idempotency import idempotency_of
from feedback.services import RequestKey


class KeyInvalid(APIException):
    """An idempotency key, or what belongs to it, that cannot be read."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "idempotency_key_invalid"


_NOT_EXECUTED = (status.HTTP_401_UNAUTHORIZED, status.HTTP_429_TOO_MANY_REQUESTS)
_REJECTED = (status.HTTP_412_PRECONDITION_FAILED, status.HTTP_422_UNPROCESSABLE_ENTITY)


def request_key(request: Request, body: Any) -> RequestKey | None:
    """Give the key of a request, None without one. Equal bodies have equal fingerprints, however they are spelled.

    Raises `KeyInvalid`.
    """
    meta = request.META
    try:
        promise = idempotency_of(lambda name: str(meta.get(_meta_name(name), "")))
    except ODataError as error:
        raise KeyInvalid(error.message) from None
    if promise is None:
        return None
    try:
        canonical = json.dumps(["feedback", body], sort_keys=True, default=str)
    except RecursionError:
        raise ParseError(_("The body is nested too deeply.")) from None
    fingerprint = hashlib.sha256(canonical.encode()).digest()
    return RequestKey(text=promise.key, fingerprint=fingerprint, first_sent=promise.first_sent)


def repeatability_result(request: Request, response: Response) -> dict[str, str]:
    """Give the header that says whether the promise was kept (OASIS Repeatable Requests 1.0); none without one."""
    if "HTTP_REPEATABILITY_REQUEST_ID" not in request.META and "HTTP_REPEATABILITY_FIRST_SENT" not in request.META:
        return {}
    if response.status_code in _NOT_EXECUTED or response.status_code >= 500:
        return {}
    is_rejected = response.status_code in _REJECTED or _code(response) == KeyInvalid.default_code
    return {"Repeatability-Result": "rejected" if is_rejected else "accepted"}


def _code(response: Response) -> str:
    return str(response.data.get("code", "")) if isinstance(response.data, dict) else ""


def _meta_name(name: str) -> str:
    return "HTTP_" + name.upper().replace("-", "_")
