"""Choosing Hebrew or English: kept on the user, and in a cookie for the login page."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from django.views.i18n import LANGUAGE_QUERY_PARAMETER, set_language

from accounts import services


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember the language named in `language` and go back to the page named in `next`."""
    language = request.POST.get(LANGUAGE_QUERY_PARAMETER, "")
    if request.user.is_authenticated and language in {"he", "en"}:
        services.choose_language(user=request.user, language=language)
    return set_language(request)
