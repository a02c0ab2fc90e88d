"""The page for the client's developer: ten lines to the first feedback, in five languages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from feedback import queries
from feedback.documents.public_address import public_address
from feedback.documents.samples import samples

SHEETS = [f"leadmanager/css/{name}.css" for name in ("tokens", "base", "controls", "components", "panels")]


@require_safe
def developer_page(request: HttpRequest) -> HttpResponse:
    """Show the way to the first feedback; open to everybody, since it holds nothing of anybody."""
    address = public_address(request)
    context = {
        "address": address,
        "samples": samples(address),
        "reasons": queries.reasons_for_clients(),
        "sheets": SHEETS,
    }
    return render(request, "feedback/developer_page.html", context)
