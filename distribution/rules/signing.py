"""Standard Webhooks 1.0: the signature by which a client's system knows that a request is ours."""

import base64
import binascii
import hashlib
import hmac

PREFIX = "whsec_"


class SigningSecretUnreadable(ValueError):
    """The secret is not `whsec_` and the base64 of 24 to 64 bytes."""


def signing_key(secret: str) -> bytes:
    """Give the key's bytes; raises `SigningSecretUnreadable`."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise SigningSecretUnreadable from None
    if not 24 <= len(key) <= 64:
        raise SigningSecretUnreadable
    return key


def signature_headers(key: bytes, *, message_id: str, timestamp: int, body: bytes) -> tuple[tuple[str, str], ...]:
    """Give the three headers; `timestamp` in seconds since 1970."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return (
        ("webhook-id", message_id),
        ("webhook-timestamp", str(timestamp)),
        ("webhook-signature", f"v1,{digest}"),
    )
