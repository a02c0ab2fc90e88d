"""What an attempt adds to the frozen request to prove itself; never stored with it."""

import base64
from dataclasses import dataclass
from urllib.parse import quote

from accounts.encryption import Undecryptable, decrypt
from distribution.choices import AuthKind, AuthPlace
from distribution.rules.authentication import AuthOptions, written_token
from distribution.rules.redaction import MASK
from distribution.rules.rendering import RenderFailure, check_header_value


class CredentialsUnreadable(Exception):
    """The stored secret cannot be decrypted by this installation, or no header can carry it."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What an attempt adds to the frozen request, and the texts that must never be stored or shown.

    `query` is written as an address carries it. `token` is set when it was fetched and may have run out.
    """

    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""
    secrets: tuple[str, ...] = ()
    token: str = ""

    def address(self, url: str) -> str:
        """Give an address with the parameter in it."""
        if not self.query:
            return url
        return f"{url}{'&' if '?' in url else '?'}{self.query}"


NONE = Credentials()


def reveal(ciphertext: bytes | memoryview | None) -> str:
    """Give a secret in the clear, `""` for none; raises `CredentialsUnreadable`."""
    try:
        return decrypt(ciphertext) if ciphertext is not None else ""
    except Undecryptable as error:
        raise CredentialsUnreadable from error


def read_credentials(
    kind: str, username: str, ciphertext: bytes | memoryview | None, options: AuthOptions | None = None
) -> Credentials:
    """Give the credentials that need no token, for one attempt.

    Raises `CredentialsUnreadable`. Source: RFC 7617 (Basic, UTF-8), RFC 6750 (Bearer).
    """
    return NONE if kind == AuthKind.NONE else credentials_of(kind, username, reveal(ciphertext), options)


def masked_credentials(kind: str, options: AuthOptions) -> Credentials:
    """Give what of a kind's credentials a screen may show."""
    if kind == AuthKind.BASIC:
        return Credentials((("Authorization", f"Basic {MASK}"),))
    return NONE if kind == AuthKind.NONE else credentials_of(kind, "", MASK, options, is_shown=True)


def credentials_of(
    kind: str, username: str, secret: str, options: AuthOptions | None = None, *, is_shown: bool = False
) -> Credentials:
    """Give what is sent with a secret, password or token in the clear; raises `CredentialsUnreadable`."""
    options = options or AuthOptions()
    if kind == AuthKind.BASIC:
        pair = base64.b64encode(f"{username}:{secret}".encode()).decode()
        return Credentials((("Authorization", f"Basic {pair}"),), secrets=(secret, pair))
    name, text, is_query = "Authorization", f"Bearer {secret}", False
    if kind in {AuthKind.API_KEY, AuthKind.LOGIN}:
        name, is_query = options.name, options.place == AuthPlace.QUERY
        text = secret if kind == AuthKind.API_KEY else written_token(options, secret)
    if is_query:
        written = text if is_shown else quote(text, safe="")
        return Credentials(query=f"{quote(name, safe='')}={written}", secrets=(secret, quote(secret, safe="")))
    try:
        value = text if is_shown else check_header_value(name, text)
    except RenderFailure as error:
        raise CredentialsUnreadable from error
    return Credentials(((name, value),), secrets=(secret,))
