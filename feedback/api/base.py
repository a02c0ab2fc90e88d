"""What the REST views have in common: JSON whatever is asked for, and only what belongs to the key's client."""

from collections.abc import Iterable
from time import time as seconds_now
from typing import Any, cast

from django.http import HttpRequest
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import require_scope
from accounts.errors import ScopeMissing
from accounts.queries import Caller
from accounts.rate_limit import count_requests
from feedback.api.json_parser import JsonParser

TOO_MANY_REQUESTS = _("Too many requests in a minute. Send this one again after the seconds that Retry-After says.")


class AlwaysJson(BaseContentNegotiation):
    """There is one form: whoever asks for another is better served with it than refused."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        """Give the only parser."""
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Give the only renderer."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type or ""


class TooManyRequests(APIException):
    """The key has used up what it may ask for in a minute."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_code = "too_many_requests"
    default_detail = TOO_MANY_REQUESTS


class ClientView(GenericAPIView[Any]):
    """A view behind a client's key; the key's requests are counted."""

    content_negotiation_class = AlwaysJson
    parser_classes = [JsonParser]
    answer_headers: dict[str, str]

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Begin without headers of our own: whoever has some to add, adds them."""
        super().setup(request, *args, **kwargs)
        self.answer_headers = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let the request in and count it; 403 for what the key may not do, 429 beyond what it may ask for."""
        super().initial(request, *args, **kwargs)
        allowance = count_requests(self.caller.key_id, 1, now=seconds_now())
        if allowance is not None:
            self.answer_headers |= allowance.headers()
            if allowance.retry_after_s:
                raise TooManyRequests
        if request.method != "OPTIONS":
            try:
                require_scope(self.caller, to_write=request.method not in SAFE_METHODS)
            except ScopeMissing as error:
                raise PermissionDenied(str(error), code=error.code) from None

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Add the headers that belong to every answer, refusals included."""
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in self.answer_headers.items():
            response.headers[name] = value
        patch_vary_headers(response, ("Accept-Language", "Authorization", "X-API-Key"))
        return response

    @property
    def caller(self) -> Caller:
        """Whose key was presented."""
        return cast(Caller, self.request.auth)


class NoSuchAddress(APIView):
    """Every address under /api/ that is none of ours: 404 in JSON, whoever asks."""

    content_negotiation_class = AlwaysJson
    authentication_classes = []
    permission_classes = []
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Answer before the method is looked at."""
        raise NotFound(_("There is nothing at this address. The addresses are described at /api/docs/."))
