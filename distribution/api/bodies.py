"""From the body of a request to postings: JSON object or array, form fields, multipart form."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from distribution.rules.payloads import (
    Posting,
    Unreadable,
    clean,
    posting_of_form,
    posting_of_json,
    read_form,
    read_json,
)

BODY_LIMIT = 5_000_000
ARRAY_LIMIT = 1_000


class BodyRefused(Exception):
    """The body as a whole cannot be taken; `status` and `code` say why."""

    def __init__(self, status: HTTPStatus, code: str, detail: str | Promise) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


@dataclass(frozen=True)
class Body:
    """What was posted: one posting, or an array of them in which None stands for an item that is no object."""

    postings: Sequence[Posting | None]
    is_array: bool = False


def read_body(request: HttpRequest) -> Body:
    """Give what a request posts. A body that begins like JSON is JSON, whatever its Content-Type says.

    Raises `BodyRefused`.
    """
    try:
        if request.content_type == "multipart/form-data":
            pairs = [(clean(name), clean(value)) for name, values in request.POST.lists() for value in values]
            return Body([posting_of_form(pairs)])
        body = request.body
    except (RequestDataTooBig, TooManyFieldsSent):
        raise _too_large() from None
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError, LookupError) as error:
        raise _malformed(str(error)) from None
    if len(body) > BODY_LIMIT:
        raise _too_large()
    try:
        if "json" in (request.content_type or "") or body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
            return _json_body(body)
        if request.content_type in ("application/x-www-form-urlencoded", "text/plain", ""):
            return Body([posting_of_form(read_form(body, (request.content_params or {}).get("charset", "utf-8")))])
    except Unreadable as error:
        raise _malformed(str(error)) from None
    raise BodyRefused(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        _("Send the lead as JSON or as form fields, and name it in Content-Type."),
    )


def _json_body(body: bytes) -> Body:
    value = read_json(body)
    if isinstance(value, dict):
        return Body([posting_of_json(value)])
    if not isinstance(value, list) or not value:
        raise _malformed(_("Send one lead as a JSON object, or several as an array of objects."))
    if len(value) > ARRAY_LIMIT:
        raise BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_many", _("Send at most 1,000 leads in one array."))
    return Body([posting_of_json(item) if isinstance(item, dict) else None for item in value], is_array=True)


def _malformed(detail: str | Promise) -> BodyRefused:
    return BodyRefused(HTTPStatus.BAD_REQUEST, "malformed", detail)


def _too_large() -> BodyRefused:
    return BodyRefused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", _("The body is too large: send at most 5 MB at a time.")
    )
