"""The feedback links of a mail: signed, so that nobody can make up one for another routing, and good for a time."""

import base64
import uuid
from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.urls import reverse

from feedback.errors import LinkExpired, LinkUnknown

# A point, since mail programs end a link at a colon more readily.
_signer = TimestampSigner(salt="feedback.links", sep=".")


def link_token(routing_id: uuid.UUID) -> str:
    """Give the part of a link that stands for the routing, beginning its time now."""
    return _signer.sign(base64.urlsafe_b64encode(routing_id.bytes).decode().rstrip("="))


def link_path(token: str, reason_id: int) -> str:
    """Give the address of the page that asks whether this is what became of the lead."""
    return reverse("feedback-link", args=[token, reason_id])


def read_link(token: str) -> uuid.UUID:
    """Give the routing of a link.

    Raises `LinkUnknown` for what this installation never signed, and `LinkExpired` when its time
    (`FEEDBACK_LINK_DAYS`) is over.
    """
    try:
        text = _signer.unsign(token, max_age=timedelta(days=settings.FEEDBACK_LINK_DAYS))
    except SignatureExpired:
        raise LinkExpired from None
    except BadSignature:
        raise LinkUnknown from None
    return uuid.UUID(bytes=base64.urlsafe_b64decode(text + "=="))
