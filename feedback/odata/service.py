"""The Django view: from HttpRequest to an operation, and from its answer to HttpResponse."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.urls import URLPattern, re_path
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.odata.context import Context
from feedback.odata.dispatcher import Dispatcher, failure
from feedback.odata.errors import BadRequest, PayloadTooLarge
from feedback.odata.languages import language_of_request, speaking
from feedback.odata.model import Declaration
from feedback.odata.operation import Answer, Authorize, Headers, Limits, Meter, Operation, unmetered, unrestricted

_EXPOSED = (
    "ETag, OData-Version, OData-EntityId, Location, Preference-Applied, Retry-After, Repeatability-Result, "
    "Idempotency-Replayed, RateLimit, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"
)
_VARY = "Accept, Accept-Language, Authorization, OData-MaxVersion, Prefer"
_SAFE = "(),:@=$!*;-._~"
_TUNNELLED = ("PATCH", "PUT", "DELETE", "MERGE")


class ODataService:
    """Serves a declaration under `root` (a path that begins and ends with a slash).

    `authenticate(request)` gives the principal or raises `errors.Unauthorized` (or another ODataError); it is asked
    for every request but the CORS preflight, and once for a whole batch. `clock()` gives an aware time.
    `meter(context, requests)` counts requests and refuses too many, `authorize(context, to_write)` refuses what the
    principal may not do (module `operation`).
    """

    def __init__(
        self,
        *,
        declaration: Declaration,
        root: str,
        authenticate: Callable[[HttpRequest], Any],
        clock: Callable[[], dt.datetime] = timezone.now,
        limits: Limits | None = None,
        meter: Meter = unmetered,
        authorize: Authorize = unrestricted,
    ) -> None:
        self.declaration = declaration
        self.limits = limits or Limits()
        self._root = root
        self._authenticate = authenticate
        self._clock = clock
        self._meter = meter
        self._dispatcher = Dispatcher(declaration, self.limits, meter, authorize)

    @property
    def urls(self) -> list[URLPattern]:
        """Patterns for the project's `urlpatterns`: the root, with and without its last slash, and everything below."""
        plain = self._root.strip("/")
        return [re_path(rf"^{plain}(?:/(?P<path>.*))?\Z", self._view())]

    def _view(self) -> Callable[..., HttpResponse]:
        def odata(request: HttpRequest, path: str | None = None) -> HttpResponse:
            return self.respond(request, path or "")

        odata.csrf_exempt = True  # type: ignore[attr-defined]  # keys come in headers, never in cookies
        return odata

    def respond(self, request: HttpRequest, path: str) -> HttpResponse:
        """Answer one HTTP request for a decoded path below the root."""
        language = language_of_request(request)
        with speaking(language):
            return self._response(request, self._answer(request, path, language))

    def _answer(self, request: HttpRequest, path: str, language: str) -> Answer:
        if request.method == "OPTIONS":
            return _preflight(request)
        try:
            principal = self._authenticate(request)
            operation = self._operation(request, path, principal, language)
            counted = self._meter(operation.context, 1)
        except Exception as error:  # a key can be unreadable, too often used, or not to be looked up just now
            answer = failure(error)
            answer.headers |= {"OData-Version": "4.0", "Content-Language": language}
            return answer
        answer = self._dispatcher.answer(operation)
        answer.headers = {**counted, **answer.headers}
        return answer

    def _operation(self, request: HttpRequest, path: str, principal: Any, language: str) -> Operation:
        headers = _headers(request)
        context = Context(
            request=request,
            principal=principal,
            language=language,
            now=self._clock(),
            root=request.build_absolute_uri(self._root),
        )
        return Operation(
            method=_method(request, headers),
            path=encoded_path(path),
            query=request.META.get("QUERY_STRING", ""),
            headers=headers,
            body=self._body(request, path),
            context=context,
        )

    def _body(self, request: HttpRequest, path: str) -> bytes:
        limit = self.limits.batch_bytes if path == "$batch" else self.limits.body_bytes
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > limit:
            raise _too_large(limit)
        try:
            # Django reads as much as Content-Length says, which a body in chunks does not have.
            is_chunked = request.META.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked"
            body = (request.META["wsgi.input"] if is_chunked else request).read(limit + 1)
        except (UnreadablePostError, OSError):
            raise BadRequest(_("The body could not be read.")) from None
        if len(body) > limit:
            raise _too_large(limit)
        return body

    def _response(self, request: HttpRequest, answer: Answer) -> HttpResponse:
        content = answer.body.encode("utf-8", "replace")  # an error may quote a lone surrogate
        response = HttpResponse(content if request.method != "HEAD" else b"", status=answer.status)
        if answer.content_type:
            response.headers["Content-Type"] = answer.content_type
        else:
            del response.headers["Content-Type"]
        if answer.status not in (204, 304):
            response.headers["Content-Length"] = str(len(content))
        for name, value in answer.headers.items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store" if request.method != "GET" else "private, no-cache")
        response.headers["Vary"] = _VARY
        if "HTTP_ORIGIN" in request.META:
            # Credentials come in headers that a foreign page must know, never in cookies: any origin may ask.
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = _EXPOSED
        return response


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(_("The body may have %(limit)s bytes at most.") % {"limit": limit})


def _headers(request: HttpRequest) -> Headers:
    meta = request.META

    def header(name: str) -> str:
        key = name.upper().replace("-", "_")
        if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            return str(meta.get(key, ""))
        return str(meta.get(f"HTTP_{key}", ""))

    return header


def _method(request: HttpRequest, headers: Headers) -> str:
    """The method; a POST may carry another one in `X-HTTP-Method`, where proxies let POST pass only."""
    method = (request.method or "GET").upper()
    wanted = (headers("X-HTTP-Method") or headers("X-HTTP-Method-Override")).upper()
    if method == "POST" and wanted in _TUNNELLED:
        return "PATCH" if wanted == "MERGE" else wanted
    return method


def encoded_path(path: str) -> str:
    """Encode a path that the server has decoded already; a slash inside quotes belongs to a key and is encoded."""
    if "'" not in path:
        return quote(path, safe="/" + _SAFE)
    pieces = path.split("'")
    # Every second piece stands inside quotes.
    return "'".join(quote(piece, safe=_SAFE if at % 2 else "/" + _SAFE) for at, piece in enumerate(pieces))


def _preflight(request: HttpRequest) -> Answer:
    return Answer(
        204,
        headers={
            "Allow": "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS",
            "Access-Control-Allow-Methods": "GET, HEAD, POST, PATCH, PUT, DELETE",
            "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", "*"),
            "Access-Control-Max-Age": "86400",
            "OData-Version": "4.0",
        },
    )
