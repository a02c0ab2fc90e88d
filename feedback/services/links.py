"""The feedback links of a mail: signed, so that nobody can make up one for another routing, and good for a time."""

import base64
import uuid
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner, b62_decode
from django.urls import reverse

from accounts.models import User
from distribution.models import Routing
from feedback.errors import LinkExpired, LinkUnknown
from feedback.models import LinkRevocation

# A point, since mail programs end a link at a colon more readily.
_signer = TimestampSigner(salt="feedback.links", sep=".")


def link_token(routing_id: uuid.UUID) -> str:
    """Give the part of a link that stands for the routing, beginning its time now."""
    return _signer.sign(base64.urlsafe_b64encode(routing_id.bytes).decode().rstrip("="))


def link_path(token: str, reason_id: int) -> str:
    """Give the address of the page that asks whether this is what became of the lead."""
    return reverse("feedback-link", args=[token, reason_id])


def routing_of_link(token: str) -> Routing:
    """Give the routing of a link, with its client.

    Raises `LinkUnknown` for what this installation never signed and for what the client may not see (any more), and
    `LinkExpired` when the link's time is over or the client's links were revoked since.
    """
    routing_id, made_at = read_link(token)
    routing = (
        Routing.objects.select_related("client")
        .filter(pk=routing_id, client__is_active=True, visible_at__isnull=False)
        .first()
    )
    if routing is None:
        raise LinkUnknown
    if LinkRevocation.objects.filter(client=routing.client, revoked_at__gt=made_at).exists():
        raise LinkExpired
    return routing


def revoke_links(*, client: User, by: User | None, now: datetime) -> None:
    """Let no link that was mailed to a client until now open anything; later mails have links that do."""
    # A link knows its second only: those made within this one end as well.
    end = now.replace(microsecond=0) + timedelta(seconds=1)
    LinkRevocation.objects.update_or_create(client=client, defaults={"revoked_at": end, "revoked_by": by})


def read_link(token: str) -> tuple[uuid.UUID, datetime]:
    """Give the routing of a link, and when the link was made.

    Raises `LinkUnknown` for what this installation never signed, and `LinkExpired` when its time
    (`FEEDBACK_LINK_DAYS`) is over.
    """
    try:
        text = _signer.unsign(token, max_age=timedelta(days=settings.FEEDBACK_LINK_DAYS))
    except SignatureExpired:
        raise LinkExpired from None
    except BadSignature:
        raise LinkUnknown from None
    made_at = datetime.fromtimestamp(b62_decode(token.split(".")[1]), UTC)
    return uuid.UUID(bytes=base64.urlsafe_b64decode(text + "==")), made_at
