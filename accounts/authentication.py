"""API keys on requests: Bearer (RFC 6750), `X-API-Key`, and Basic (RFC 7617) with the key in either field.

Never in the query string: addresses end up in logs.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from accounts import services
from accounts.addresses import client_address
from accounts.errors import InvalidKey, KeyRefused, ScopeMissing
from accounts.key_format import PREFIX
from accounts.queries import Caller

# Basic first: Excel and browsers act on the first challenge they understand.
CHALLENGE = 'Basic realm="Lead Manager", charset="UTF-8", Bearer realm="Lead Manager"'

READING_NOT_ALLOWED = _("This API key may write feedback, but not read. Ask the agency for a key that may read.")
WRITING_NOT_ALLOWED = _("This API key may read, but not write feedback. Ask the agency for a key that may write.")


def key_from_headers(meta: Mapping[str, Any]) -> str | None:
    """Give the key that a request presents, or None when it presents none.

    `meta` is `request.META`: Django's `request.headers` copies them all. Basic may carry the key as user name
    or as password (Priority sends it as user name with the password `PAT`).
    """
    direct = meta.get("HTTP_X_API_KEY", "").strip()
    if direct:
        return direct
    scheme, _, credentials = meta.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    credentials = credentials.strip()
    if scheme.lower() == "bearer":
        return credentials
    if scheme.lower() == "basic":
        return _key_from_basic(credentials)
    return None


def _key_from_basic(credentials: str) -> str:
    try:
        decoded = base64.b64decode(credentials, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
    user, _, password = decoded.partition(":")
    return password if password.startswith(PREFIX) else user


def authenticate_headers(meta: Mapping[str, Any]) -> Caller:
    """Give whose live key a request presents.

    Raises `InvalidKey` when it presents none or one that does not let in, `AddressRefused` when it comes from
    elsewhere than the key is accepted from.
    """
    presented = key_from_headers(meta)
    if presented is None:
        raise InvalidKey
    return services.authenticate_api_key(presented, now=timezone.now(), address=client_address(meta))


def require_scope(caller: Caller, *, to_write: bool) -> None:
    """Raise `ScopeMissing` when a key may not read, or not write feedback."""
    if not (caller.may_write if to_write else caller.may_read):
        raise ScopeMissing(WRITING_NOT_ALLOWED if to_write else READING_NOT_ALLOWED)


class ApiKeyAuthentication(BaseAuthentication):
    """DRF's door: `request.user` and `request.auth` become the caller. Cookies open nothing here."""

    def authenticate(self, request: Request) -> tuple[Caller, Caller]:
        """Let a live key in; anything else, also no key at all, is 401; a key from where it is not accepted 403."""
        try:
            caller = authenticate_headers(request.META)
        except InvalidKey as error:
            raise AuthenticationFailed(force_str(error), code=error.code) from None
        except KeyRefused as error:
            raise PermissionDenied(force_str(error), code=error.code) from None
        return caller, caller

    def authenticate_header(self, request: Request) -> str:
        """Give the challenge of the 401."""
        return CHALLENGE
