"""What can be asked about users and keys: the door other apps use."""

from datetime import datetime
from typing import NamedTuple

from accounts.models import ApiKey, User
from accounts.statements import read_first

_CALLER = """
SELECT
    key.id, key.client_id, coalesce(key.last_used_at >= $2::timestamptz - interval '1 minute', false),
    key.may_read, key.may_write, CASE WHEN key.networks <> '{}' THEN array_to_string(key.networks, ' ') END
FROM accounts_apikey key JOIN accounts_user client ON client.id = key.client_id AND client.is_active
WHERE key.digest = $1 AND key.revoked_at IS NULL AND (key.expires_at IS NULL OR key.expires_at > $2::timestamptz)
"""


class Caller(NamedTuple):
    """A client's system with a live key, as every request of one meets it: the ids of both.

    `is_noted` says whether the key's `last_used_at` is right to the minute: one write a minute and key is enough,
    however busy the client is. `networks` are those that the key is accepted from, separated by spaces; None for all.
    """

    key_id: int
    client_id: int
    is_noted: bool
    may_read: bool
    may_write: bool
    networks: str | None

    @property
    def is_authenticated(self) -> bool:
        """What DRF asks of its users."""
        return True


def current_key(client: User, *, now: datetime) -> ApiKey | None:
    """Give the key a client should use; None when it has none, or only one that was replaced."""
    return ApiKey.objects.live(now).current().filter(client=client).first()


def key_before(client: User, *, now: datetime) -> ApiKey | None:
    """Give the key that was replaced and still lets the client in."""
    return ApiKey.objects.live(now).before().filter(client=client).first()


def caller_by_digest(digest: bytes, *, now: datetime) -> Caller | None:
    """Give whose live key has this keyed digest: every request of a client asks this first."""
    rows = read_first(_CALLER, (digest, now))
    return Caller(*rows[0]) if rows else None
