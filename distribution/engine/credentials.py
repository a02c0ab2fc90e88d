"""A rule's credentials, filled in per attempt and never stored with a request."""

import base64
from dataclasses import dataclass

from accounts.encryption import Undecryptable, decrypt
from distribution.choices import AuthKind
from distribution.rules.rendering import RenderFailure, check_header_value


class CredentialsUnreadable(Exception):
    """The stored secret cannot be decrypted by this installation, or no header can carry it."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What an attempt adds to the frozen request, and the texts that must never be stored or shown."""

    headers: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()


NONE = Credentials()


def read_credentials(kind: str, username: str, ciphertext: bytes | memoryview | None) -> Credentials:
    """Give a version's credentials in the clear, for one attempt.

    Raises `CredentialsUnreadable`. Source: RFC 7617 (Basic, UTF-8), RFC 6750 (Bearer).
    """
    if kind == AuthKind.NONE:
        return NONE
    try:
        secret = decrypt(ciphertext) if ciphertext is not None else ""
    except Undecryptable as error:
        raise CredentialsUnreadable from error
    if kind == AuthKind.BEARER:
        try:
            return Credentials((("Authorization", check_header_value("Authorization", f"Bearer {secret}")),), (secret,))
        except RenderFailure as error:
            raise CredentialsUnreadable from error
    pair = base64.b64encode(f"{username}:{secret}".encode()).decode()
    return Credentials((("Authorization", f"Basic {pair}"),), (secret, pair))
