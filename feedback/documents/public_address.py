"""The address under which clients reach this installation."""

from django.conf import settings
from django.http import HttpRequest


def public_address(request: HttpRequest) -> str:
    """Give the address that stands in everything handed to clients, without a slash at its end."""
    return settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
