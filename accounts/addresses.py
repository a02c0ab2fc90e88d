"""From which address a request comes."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings


def client_address(meta: Mapping[str, Any]) -> str:
    """Give the address that a request comes from, empty when it is not known.

    Behind a proxy of our own (TRUSTED_PROXY) that is what the proxy wrote last; whatever stands before it in
    X-Forwarded-For came with the request, and anybody can write it.
    """
    if settings.IS_BEHIND_PROXY:
        forwarded: str = meta.get("HTTP_X_FORWARDED_FOR", "")
        return forwarded.rpartition(",")[2].strip()
    return str(meta.get("REMOTE_ADDR", ""))
