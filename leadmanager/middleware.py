"""What every answer passes through: the content security policy, and the person's language and time zone."""

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)

Handler = Callable[[HttpRequest], HttpResponse]

# A client kit is opened by its link alone, in the language that it was made in.
LINK_PATHS = ("/kit/",)


def content_security_policy(get_response: Handler) -> Handler:
    """Forbid every page anything that does not come from this server, inline code included."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return middleware


def language_and_time_zone(get_response: Handler) -> Handler:
    """Speak the user's own language and clock; before login the language cookie's, else Hebrew.

    Browsers' Accept-Language is not asked: the agency works in Hebrew whatever its computers say.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(LINK_PATHS):
            language, zone = settings.LANGUAGE_CODE, settings.TIME_ZONE
        else:
            language, zone = _choice_of(request)
        with translation.override(language), timezone.override(zoneinfo.ZoneInfo(zone)):
            request.LANGUAGE_CODE = language
            response = get_response(request)
            response.headers.setdefault("Content-Language", language)
            return response

    return middleware


def _choice_of(request: HttpRequest) -> tuple[str, str]:
    user = request.user
    if user.is_authenticated:
        return user.language, user.time_zone
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    known = dict(settings.LANGUAGES)
    return (cookie if cookie in known else settings.LANGUAGE_CODE), settings.TIME_ZONE
