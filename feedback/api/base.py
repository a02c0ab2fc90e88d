"""What the REST views have in common: JSON whatever is asked for, and only what belongs to the key's client."""

from collections.abc import Iterable
from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import ApiKey, User
from feedback.api.json_parser import JsonParser


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


class ClientView(GenericAPIView[Any]):
    """A view behind a client's key."""

    content_negotiation_class = AlwaysJson
    parser_classes = [JsonParser]

    @property
    def client(self) -> User:
        """The client whose key was presented."""
        return cast(User, self.request.user)

    @property
    def api_key(self) -> ApiKey:
        """The key that was presented."""
        return cast(ApiKey, self.request.auth)


class NoSuchAddress(APIView):
    """Every address under /api/ that is none of ours: 404 in JSON, whoever asks."""

    content_negotiation_class = AlwaysJson
    authentication_classes = []
    permission_classes = []
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Answer before the method is looked at."""
        raise NotFound(_("There is nothing at this address. The addresses are described at /api/docs/."))
