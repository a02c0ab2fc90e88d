"""How a rule's request proves itself: what each kind needs, the requests that bring a token, and the token found.

Sources: RFC 7617 (Basic), RFC 6750 (Bearer), RFC 6749 (OAuth 2: 2.3.1 and 4.4, client credentials; 5.1 its answer).
"""

import base64
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from distribution.choices import AnswerPart, AuthKind, AuthPlace, ClientAuth, LoginFormat
from distribution.rules.received import ReceivedAnswer
from distribution.rules.rendering import templates
from distribution.rules.rendering.bodies import json_string

TOKEN_KINDS = frozenset({AuthKind.OAUTH2, AuthKind.LOGIN})
# A token without a lifetime of its own (RFC 6749, 5.1, leaves it open) is fetched again after this.
OAUTH_LIFETIME_S = 300.0
SLOTS_OF_LOGIN = frozenset({"username", "secret"})
SLOT_OF_TOKEN = frozenset({"token"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthOptions:
    """What a kind of authentication needs beside user name and secret; kept in `RuleVersion.auth_options`.

    `place` and `name` say where a key or token goes, `written` how it is written there; `token_url` is where a token
    comes from; `login_*` make the login request and `token_part` and `token_path` find the token in its answer, which
    is used for `lifetime_min` minutes.
    """

    place: str = AuthPlace.HEADER
    name: str = "Authorization"
    written: str = "Bearer {{token}}"
    token_url: str = ""
    client_auth: str = ClientAuth.BASIC
    scope: str = ""
    login_method: str = "POST"
    login_format: str = LoginFormat.JSON
    login_body: str = ""
    token_part: str = AnswerPart.JSON
    token_path: str = ""
    lifetime_min: int = 20


OPTION_NAMES = tuple(field.name for field in dataclasses.fields(AuthOptions))
# Which of them each kind has; the others are not kept.
OPTIONS_OF: dict[str, tuple[str, ...]] = {
    AuthKind.API_KEY: ("place", "name"),
    AuthKind.OAUTH2: ("token_url", "client_auth", "scope"),
    AuthKind.LOGIN: (
        "token_url", "login_method", "login_format", "login_body", "token_part", "token_path", "lifetime_min", "place",
        "name", "written",
    ),
}  # fmt: skip


def read_options(stored: Mapping[str, Any]) -> AuthOptions:
    """Give the options of a version, defaults where it names none."""
    return AuthOptions(**{name: stored[name] for name in OPTION_NAMES if name in stored})


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request that brings a token, secrets in the clear or masked, as it was asked for."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


def token_request(kind: str, options: AuthOptions, *, username: str, secret: str) -> TokenRequest:
    """Make the request that brings a token; with the mask for a secret, what of it is kept and shown."""
    return _oauth_request(options, username, secret) if kind == AuthKind.OAUTH2 else _login(options, username, secret)


def _oauth_request(options: AuthOptions, client_id: str, secret: str) -> TokenRequest:
    fields = {"grant_type": "client_credentials"} | ({"scope": options.scope} if options.scope else {})
    headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")]
    if options.client_auth == ClientAuth.BASIC:
        pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
        headers.append(("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
    else:
        fields |= {"client_id": client_id, "client_secret": secret}
    return TokenRequest("POST", options.token_url, tuple(headers), urlencode(fields).encode())


def _login(options: AuthOptions, username: str, secret: str) -> TokenRequest:
    values = {"username": username, "secret": secret}
    url = _filled(options.token_url, values, lambda text: quote(text, safe=""))
    if options.login_method == "GET":
        return TokenRequest("GET", url, (), None)
    is_json = options.login_format == LoginFormat.JSON
    body = _filled(options.login_body, values, json_string if is_json else lambda text: quote(text, safe=""))
    content_type = "application/json" if is_json else "application/x-www-form-urlencoded"
    return TokenRequest(options.login_method, url, (("Content-Type", content_type),), body.encode())


def _filled(text: str, values: Mapping[str, str], escape: Callable[[str], str]) -> str:
    return templates.filled(templates.parse(text), lambda slot: escape(values[slot.name]))


def written_token(options: AuthOptions, token: str) -> str:
    """Give what stands in the header or parameter for a token."""
    return templates.filled(templates.parse(options.written), lambda slot: token)


@dataclass(frozen=True, slots=True)
class FoundToken:
    """A token, and for how many seconds it may be used."""

    token: str
    lifetime_s: float


def find_token(
    kind: str, options: AuthOptions, *, status: int, headers: Sequence[tuple[str, str]], body: bytes
) -> FoundToken | None:
    """Find the token in the answer to a token request; None when there is none."""
    answer = ReceivedAnswer(status=status, headers=headers, body=body)
    if kind == AuthKind.OAUTH2:
        token = answer.value(AnswerPart.JSON, "access_token")
        lifetime_s = _seconds(answer.value(AnswerPart.JSON, "expires_in"))
    else:
        token = answer.value(options.token_part, options.token_path)
        if token and options.token_part == AnswerPart.HEADER and options.token_path.lower() == "set-cookie":
            token = token.partition(";")[0]
        lifetime_s = options.lifetime_min * 60.0
    token = (token or "").strip().strip('"')
    return FoundToken(token, lifetime_s) if token else None


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdecimal() and len(text) < 12 else OAUTH_LIFETIME_S


def slots_in(text: str) -> Iterator[str]:
    """Give the names of the slots of a text; raises `TemplateUnreadable`."""
    return (part.name for part in templates.parse(text) if isinstance(part, templates.Slot))
