"""Django's middleware for people who log in.

Under `LINK_PATHS` only a token in the address opens anything: there is no session, no user of one, no message, and no
cookie that a foreign page could make use of. The views are exempt from the CSRF check.
"""

from collections.abc import Awaitable

from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware import csrf
from django.utils.deprecation import MiddlewareMixin

from leadmanager.middleware import LINK_PATHS


class _ForPeople(MiddlewareMixin):
    """Passes on as they are the requests that no cookie belongs to."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer the request."""
        if request.path.startswith(LINK_PATHS):
            return self.get_response(request)
        return super().__call__(request)


class SessionMiddleware(_ForPeople, sessions.SessionMiddleware):
    """Sessions."""


class CsrfViewMiddleware(_ForPeople, csrf.CsrfViewMiddleware):
    """The CSRF check."""


class AuthenticationMiddleware(_ForPeople, auth.AuthenticationMiddleware):
    """The user of the session."""


class MessageMiddleware(_ForPeople, messages.MessageMiddleware):
    """Messages after a redirect."""
