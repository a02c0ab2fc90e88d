"""The door of every page behind a kit's link: who may come in, in which language, and what never gets out."""

import functools
from collections.abc import Callable
from time import time as seconds_now
from typing import Any, Concatenate

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from accounts.rate_limit import count_link_use
from feedback.choices import KitPart
from feedback.errors import KitError, KitLinkUnknown
from feedback.models import KitHandover
from feedback.services.kit import note_opening, open_link

SHEETS = [f"leadmanager/css/{name}.css" for name in ("tokens", "base", "controls", "components", "panels", "admin")]
# Of one link: tries and files, each of which is some work.
USES_PER_MINUTE = 30
# Programs that fetch a link to show what it leads to, when it is sent in a chat or passes a mail filter.
_PREVIEWERS = ("whatsapp", "facebookexternalhit", "telegrambot", "slackbot", "skypeuripreview", "linkedinbot", "bot/")
_HEADERS = {
    # The address holds the token: it goes to nobody, into no cache and into no search engine.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}

View = Callable[Concatenate[HttpRequest, KitHandover, ...], HttpResponse]


def kit_door(view: View) -> Callable[..., HttpResponse]:
    """Let whoever has an open link in; the view is given the kit instead of the token.

    Exempt from the CSRF check: no cookie opens anything here, and a foreign page does not know the token.
    """

    @csrf_exempt
    @functools.wraps(view)
    def through(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        now = timezone.now()
        try:
            handover = open_link(token, now=now)
        except KitError as error:
            status = 404 if isinstance(error, KitLinkUnknown) else 410
            language = _language(request, translation.get_language())
            with translation.override(language):
                response = HttpResponse(render_page("feedback/kit/closed.html", {"error": error}), status=status)
        else:
            language = _language(request, handover.language)
            with translation.override(language):
                response = view(request, handover, *args, **kwargs)
        response.headers.setdefault("Content-Language", language)
        for name, value in _HEADERS.items():
            response.headers[name] = value
        return response

    return through


def render_page(template: str, context: dict[str, Any]) -> str:
    """Give a page in the language of the moment; nothing of the request gets into it."""
    return render_to_string(template, {"sheets": SHEETS} | context)


def opened(request: HttpRequest, handover: KitHandover, part: KitPart) -> None:
    """Note that a part was opened, unless a program only looked where the link leads."""
    agent = request.headers.get("User-Agent", "").lower()
    if request.method != "HEAD" and not any(name in agent for name in _PREVIEWERS):
        note_opening(handover=handover, part=part, now=timezone.now())


def too_many(handover: KitHandover) -> HttpResponse | None:
    """Count a use of the link; the answer to give when there were too many in a minute, else None."""
    digest = bytes(handover.token_digest or b"")
    allowance = count_link_use(digest, limit=USES_PER_MINUTE, now=seconds_now())
    if not allowance.retry_after_s:
        return None
    error = _("Too much in a short time. Go back, and try again in %(seconds)s seconds.") % {
        "seconds": allowance.retry_after_s
    }
    page = render_page("feedback/kit/closed.html", {"error": error})
    return HttpResponse(page, status=429, headers={"Retry-After": str(allowance.retry_after_s)})


def address_of(name: str, request: HttpRequest, *arguments: str) -> str:
    """Give the address of another page behind the link that this request came by."""
    if request.resolver_match is None:
        raise ValueError("asked outside a request")
    return reverse(name, args=[request.resolver_match.kwargs["token"], *arguments])


def _language(request: HttpRequest, otherwise: str | None) -> str:
    asked = request.GET.get("language", "")
    return asked if asked in dict(settings.LANGUAGES) else otherwise or settings.LANGUAGE_CODE
