"""The page that shows the OpenAPI document: our own markup, so that nothing on it is inline or from another host."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Show the REST doors, to read and to try."""
    return render(request, "feedback/api_docs.html")
