"""What a pasted request's headers say: how it proves itself, which are its own, and which only its sender's."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from distribution.choices import AuthKind, AuthPlace, Placement
from distribution.rules.fields import comparable
from distribution.rules.pasting.curl import decoded_basic
from distribution.rules.pasting.guessing import real_secret
from distribution.rules.rendering import PROTECTED_HEADERS, RenderFailure, check_header_value, is_header_name
from distribution.rules.sketches import SketchedMapping
from distribution.rules.values import CONSTANT, SECRET

_KEY_HEADERS = frozenset(
    {
        "xapikey", "apikey", "xapitoken", "apitoken", "xauthtoken", "authtoken", "xaccesstoken", "accesstoken", "token",
        "xtoken", "xauthkey", "privatetoken", "xauth", "xsecret", "ocpapimsubscriptionkey", "xapisecret", "apisecret",
        "xclientsecret", "xappkey", "appkey",
    }
)  # fmt: skip
# What browsers and tools add about themselves.
_OF_THE_SENDER = frozenset(
    {
        "accept", "accept-language", "user-agent", "origin", "referer", "cache-control", "pragma", "dnt", "priority",
        "postman-token", "x-requested-with", "cookie", "accept-charset", "if-none-match", "if-modified-since",
    }
)  # fmt: skip


@dataclass(kw_only=True)
class Proof:
    """How a request proves itself; `kind` is none until something was found."""

    kind: str = AuthKind.NONE
    username: str = ""
    secret: str = ""
    options: dict[str, str] = field(default_factory=dict)

    def basic(self, username: str, password: str) -> None:
        """Take user name and password."""
        self.kind, self.username, self.secret = AuthKind.BASIC, username[:200], real_secret(password)

    def api_key(self, place: str, name: str, value: str) -> None:
        """Take a key that stands in a header or parameter."""
        self.kind, self.secret = AuthKind.API_KEY, real_secret(value)
        self.options = {"place": place, "name": name}

    def notes(self) -> list[str]:
        """Say what was recognised, and what is still to be entered."""
        if self.kind == AuthKind.NONE:
            return []
        if self.secret:
            return [_("Authentication was recognised; its secret was put into its field and is kept encrypted.")]
        return [_("Authentication was recognised, but not its secret. Enter it in the section Authentication.")]


@dataclass(kw_only=True)
class Headers:
    """What was read: content type and SOAPAction, mappings of headers, and names that were left out."""

    content_type: str = ""
    soap_action: str = ""
    mappings: list[SketchedMapping] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_headers(headers: Iterable[tuple[str, str]], proof: Proof) -> Headers:
    """Read headers, putting what proves who asks into `proof`."""
    read = Headers()
    seen: set[str] = set()
    for name, value in headers:
        lowered = name.lower()
        if lowered == "content-type":
            read.content_type = value
        elif lowered == "soapaction":
            read.soap_action = value.strip('"')[:200]
        elif lowered == "authorization":
            _read_authorization(value, proof)
        elif lowered in _OF_THE_SENDER or lowered.startswith("sec-") or lowered in PROTECTED_HEADERS:
            read.left_out.append(name)
        elif lowered in seen or len(name) > 200 or not is_header_name(name):
            read.left_out.append(name[:60])
        elif comparable(name) in _KEY_HEADERS and proof.kind == AuthKind.NONE:
            proof.api_key(AuthPlace.HEADER, name, value)
        else:
            _read_other(name, value, read)
        seen.add(lowered)
    return read


def _read_authorization(value: str, proof: Proof) -> None:
    scheme, _space, credentials = value.partition(" ")
    credentials = credentials.strip()
    if scheme.lower() == "basic":
        proof.basic(*(decoded_basic(credentials) or ("", "")))
    elif scheme.lower() == "bearer":
        proof.kind, proof.secret = AuthKind.BEARER, real_secret(credentials)
    else:
        proof.api_key(AuthPlace.HEADER, "Authorization", value)


def _read_other(name: str, value: str, read: Headers) -> None:
    mapping = SketchedMapping(source=CONSTANT, name=name, constant=value, placement=Placement.HEADER)
    if comparable(name) in _KEY_HEADERS:
        mapping = SketchedMapping(source=SECRET, name=name, secret=real_secret(value), placement=Placement.HEADER)
    try:
        check_header_value(name, value)
    except RenderFailure:
        read.left_out.append(name)
    else:
        read.mappings.append(mapping)
