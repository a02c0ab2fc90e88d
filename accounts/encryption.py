"""Secrets at rest: encrypted by keys that live outside the database (Fernet; the newest key encrypts, all decrypt)."""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from accounts.errors import EncryptionKeyUnusable


class Undecryptable(Exception):
    """The ciphertext was made under a key that this installation does not have."""


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> bytes:
    """Give the ciphertext of a secret.

    Raises `EncryptionKeyUnusable` when the installation has no key to encrypt with.
    """
    try:
        fernet = _fernet(tuple(settings.ENCRYPTION_KEYS))
    except ValueError as error:
        raise EncryptionKeyUnusable from error
    return fernet.encrypt(text.encode())


def renewed(ciphertext: bytes | memoryview) -> bytes | None:
    """Give a secret's ciphertext under the newest key; None when it is that already.

    Raises `Undecryptable` when none of the installation's keys opens it, `EncryptionKeyUnusable` without a newest one.
    """
    keys = tuple(settings.ENCRYPTION_KEYS)
    secret = bytes(ciphertext)
    try:
        _fernet(keys[:1]).decrypt(secret)
    except InvalidToken:
        try:
            return _fernet(keys).rotate(secret)
        except InvalidToken as error:
            raise Undecryptable from error
    except ValueError as error:
        raise EncryptionKeyUnusable from error
    return None


def decrypt(ciphertext: bytes | memoryview) -> str:
    """Give the secret back.

    Raises `Undecryptable` when none of the installation's keys opens it.
    """
    try:
        return _fernet(tuple(settings.ENCRYPTION_KEYS)).decrypt(bytes(ciphertext)).decode()
    except (InvalidToken, ValueError) as error:
        raise Undecryptable from error
