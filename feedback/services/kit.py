"""Client kits: handing one over, opening it by its link, showing the key once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from accounts.encryption import Undecryptable, decrypt, encrypt
from accounts.key_format import keyed_digest, random_characters
from accounts.models import User
from accounts.queries import current_key
from accounts.services import reveal_api_key
from distribution.services import test_routing
from feedback.choices import KitPart, KitWay
from feedback.errors import KitKeyNotShown, KitLinkEnded, KitLinkNotReadable, KitLinkUnknown
from feedback.models import KitHandover
from feedback.queries.kit import handover_by_digest, kit_contents

# Recognisable when it leaks; 190 random bits behind it.
TOKEN_PREFIX = "lmkit"  # noqa: S105 - what every token begins with
TOKEN_LENGTH = 32

OPENED_SQL = """
INSERT INTO feedback_kitopening (handover_id, part, first_at, last_at, count) VALUES (%s, %s, %s, %s, 1)
ON CONFLICT (handover_id, part) DO UPDATE SET
    last_at = excluded.last_at, count = least(feedback_kitopening.count + 1, 1000000)
"""


@dataclass(frozen=True, kw_only=True)
class KitLink:
    """A kit handed over by a link, with the token that stands in the link's address."""

    handover: KitHandover
    token: str


def hand_over_link(
    *, client: User, language: str, valid_for: timedelta, offers_key: bool, by: User | None, now: datetime
) -> KitLink:
    """Make a link to the client's kit that ends after `valid_for`; with `offers_key` it shows the API key once."""
    token = TOKEN_PREFIX + random_characters(TOKEN_LENGTH)
    test_routing(client=client, now=now)
    handover = KitHandover.objects.create(
        client=client,
        way=KitWay.LINK,
        language=language,
        snapshot=kit_contents(client).snapshot(),
        handed_at=now,
        handed_by=by,
        token_digest=keyed_digest(token),
        token_ciphertext=encrypt(token),
        expires_at=now + valid_for,
        offers_key=offers_key,
    )
    return KitLink(handover=handover, token=token)


def hand_over_file(*, client: User, way: KitWay, language: str, by: User | None, now: datetime) -> KitHandover:
    """Note that staff took the client's kit as a file, to hand it over themselves."""
    return KitHandover.objects.create(
        client=client,
        way=way,
        language=language,
        snapshot=kit_contents(client).snapshot(),
        handed_at=now,
        handed_by=by,
    )


def link_token(handover: KitHandover) -> str:
    """Give the token of a link once more, to send the link again.

    Raises `KitLinkNotReadable` when this installation cannot decrypt it.
    """
    if handover.token_ciphertext is None:
        raise KitLinkNotReadable
    try:
        return decrypt(handover.token_ciphertext)
    except Undecryptable as error:
        raise KitLinkNotReadable from error


def revoke_link(*, handover: KitHandover, now: datetime) -> None:
    """End a link at once; what was downloaded by it stays with the client."""
    KitHandover.objects.links().filter(pk=handover.pk, revoked_at__isnull=True).update(revoked_at=now)


def allow_key_again(*, handover: KitHandover, now: datetime) -> None:
    """Let an open link show the API key once more.

    Raises `KitLinkEnded` when it is not open any longer.
    """
    if not handover.is_open(now):
        raise KitLinkEnded
    KitHandover.objects.filter(pk=handover.pk).update(offers_key=True, key_shown_at=None)


def open_link(token: str, *, now: datetime) -> KitHandover:
    """Give the kit that a link leads to.

    Raises `KitLinkUnknown`, or `KitLinkEnded` when it expired, was revoked, or its client is switched off.
    """
    handover = handover_by_digest(keyed_digest(token))
    if handover is None:
        raise KitLinkUnknown
    if not handover.is_open(now) or not handover.client.is_active:
        raise KitLinkEnded
    return handover


def note_opening(*, handover: KitHandover, part: KitPart, now: datetime) -> None:
    """Note that a part of the kit was opened."""
    with connection.cursor() as cursor:
        cursor.execute(OPENED_SQL, [handover.pk, part.value, now, now])


def show_key_once(*, handover: KitHandover, now: datetime) -> str:
    """Give the client's API key, the one time that a link shows it; noted in the client's history.

    Raises `KitKeyNotShown` when the link shows none, or has shown it; `KeyNotReadable` (and nothing is used up)
    when the key's text cannot be read.
    """
    with transaction.atomic():
        open_for_key = KitHandover.objects.filter(
            pk=handover.pk, offers_key=True, key_shown_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now
        )
        key = current_key(handover.client, now=now)
        if key is None or not open_for_key.update(key_shown_at=now):
            raise KitKeyNotShown
        text = reveal_api_key(key=key, by=handover.handed_by, what=_("API key shown by the client kit"))
        note_opening(handover=handover, part=KitPart.KEY, now=now)
        return text
