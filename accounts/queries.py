"""What can be asked about users and keys: the door other apps use."""

from datetime import datetime

from accounts.models import ApiKey, User
from accounts.statements import read_first

# What a request needs to know about its key and its client; the rest is read when somebody asks for it.
_KEY_FIELDS = ("id", "client_id", "key_id", "last_four", "created_at", "expires_at", "revoked_at", "last_used_at")
_CLIENT_FIELDS = ("id", "role", "name", "company", "username", "language", "time_zone", "is_active")
_KEY_SQL = f"""
SELECT {", ".join(f"key.{name}" for name in _KEY_FIELDS)}, {", ".join(f"client.{name}" for name in _CLIENT_FIELDS)}
FROM accounts_apikey key JOIN accounts_user client ON client.id = key.client_id
WHERE key.digest = $1
"""  # noqa: S608 - constants only


def current_key(client: User, *, now: datetime) -> ApiKey | None:
    """Give the key a client should use: the live one that does not end, else the one that ends last."""
    return ApiKey.objects.live(now).filter(client=client).order_by("-created_at").first()


def key_by_digest(digest: bytes) -> ApiKey | None:
    """Give the key with this keyed digest and its client, live or not: every request of a client asks this first."""
    rows = read_first(_KEY_SQL, (digest,))
    if not rows:
        return None
    (row,) = rows
    key = ApiKey.from_db("default", _KEY_FIELDS, row[: len(_KEY_FIELDS)])
    key.client = User.from_db("default", _CLIENT_FIELDS, row[len(_KEY_FIELDS) :])
    return key
