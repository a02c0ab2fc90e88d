"""The text of an API key: `lm_`, ten characters of key id, 32 of secret, six of checksum, all of them `[A-Za-z0-9]`.

The prefix makes a leaked key recognisable, the checksum tells a typing mistake from an unknown key without a
query, and the id names a key in logs without giving it away.
"""

import hmac
import secrets
import string
import zlib
from functools import lru_cache

from django.conf import settings

PREFIX = "lm_"
ID_LENGTH = 10
SECRET_LENGTH = 32
CHECKSUM_LENGTH = 6
LENGTH = len(PREFIX) + ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]


def random_characters(count: int) -> str:
    """Give letters and digits that nobody can guess: 5.95 random bits each."""
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def new_key_text() -> str:
    """Make a key: 190 random bits behind a random id."""
    body = PREFIX + random_characters(ID_LENGTH + SECRET_LENGTH)
    return body + checksum(body)


def checksum(body: str) -> str:
    """Give the CRC-32 of a key's text before its checksum, as six base-62 digits."""
    rest, last = divmod(zlib.crc32(body.encode()), len(_PAIRS))
    first, middle = divmod(rest, len(_PAIRS))
    return _PAIRS[first] + _PAIRS[middle] + _PAIRS[last]


def is_well_formed(text: str) -> bool:
    """Say whether a text has a key's shape and checksum; an unknown key can still have both."""
    if len(text) != LENGTH or not text.startswith(PREFIX) or not text.isascii() or not text[len(PREFIX) :].isalnum():
        return False
    return hmac.compare_digest(checksum(text[:-CHECKSUM_LENGTH]), text[-CHECKSUM_LENGTH:])


def key_id(text: str) -> str:
    """Give the id part of a well-formed key."""
    return text[len(PREFIX) : len(PREFIX) + ID_LENGTH]


def keyed_digest(text: str) -> bytes:
    """Give the HMAC-SHA256 of a credential under this installation's digest key: what the database stores."""
    keyed = _keyed(settings.DIGEST_KEY).copy()
    keyed.update(text.encode("utf-8", "surrogateescape"))
    return keyed.digest()


@lru_cache(maxsize=1)
def _keyed(key: str) -> hmac.HMAC:
    return hmac.new(key.encode(), digestmod="sha256")  # taking the key in costs more than the rest
