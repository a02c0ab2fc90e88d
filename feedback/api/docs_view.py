"""The OpenAPI document, and the page that shows it: our own markup, so that nothing is inline or from another host."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response


class SchemaView(SpectacularAPIView):
    """The OpenAPI document: for programs and their makers, so it reads the same in every language."""

    authentication_classes = []
    permission_classes = []

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give the document, in English."""
        with translation.override("en"):
            response = super().get(request, *args, **kwargs)
        response.headers["Content-Language"] = "en"
        return response


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Show the REST doors, to read and to try."""
    return render(request, "feedback/api_docs.html")
