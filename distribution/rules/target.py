"""The address of a rule, read by one strict grammar so that no two readers can disagree about where it points."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# A rule keeps at most 2,000 characters; slots and parameters make it longer when it is sent.
MAX_LENGTH = 16_000

_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}))"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?"
    r"(?P<query>\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


class TargetRefused(ValueError):
    """The address cannot be used; `code` names why, `message` says what to write instead."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def message(self) -> str | Promise:
        """What to write instead."""
        return MESSAGES[self.code]


MESSAGES: dict[str, str | Promise] = {
    "url_unreadable": _(
        "This is not an address that can be sent to. Write it in full, in English characters only, "
        "such as https://crm.example.co.il/api/leads."
    ),
    "url_userinfo": _("Take the user name and password out of the address; they have fields of their own."),
    "url_fragment": _("Take the # and what follows it out of the address: it is never sent."),
    "url_not_https": _(
        "The address must begin with https://. Ask the client for it; http:// needs a manager's consent."
    ),
    "url_too_long": _("The address is too long."),
    "url_address_refused": _(
        "This address lies in a network that leads must not be sent to (private, local or reserved). Write the public "
        "address of the client's system, or add its network to TRANSMIT_ALLOWED_NETWORKS."
    ),
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: `host` as it is connected to (an IPv6 address without brackets)."""

    scheme: str
    host: str
    port: int
    is_literal: bool


@lru_cache(maxsize=4096)
def read_target(url: str, *, allow_http: bool) -> Target:
    """Read a rule's address strictly: ASCII, https (http only when allowed), no user info, no fragment.

    Raises `TargetRefused`. Source: reliability.md, address rules; RFC 3986.
    """
    if len(url) > MAX_LENGTH:
        raise TargetRefused("url_too_long")
    if "#" in url:
        raise TargetRefused("url_fragment")
    authority = url.partition("://")[2].partition("/")[0].partition("?")[0]
    if "@" in authority:
        raise TargetRefused("url_userinfo")
    match = _URL.fullmatch(url)
    if match is None or _BAD_ESCAPE.search(url):
        raise TargetRefused("url_unreadable")
    if match["scheme"] != "https" and not allow_http:
        raise TargetRefused("url_not_https")
    host, is_literal = _read_host(match["host"])
    port = int(match["port"]) if match["port"] else (443 if match["scheme"] == "https" else 80)
    if not 0 < port < 65_536:
        raise TargetRefused("url_unreadable")
    return Target(match["scheme"], host, port, is_literal)


def _read_host(text: str) -> tuple[str, bool]:
    try:
        if text.startswith("["):
            return str(IPv6Address(text[1:-1])), True
        # `127.1`, `0x7f.0.0.1` and `2130706433` are addresses to some readers and names to others.
        if _NUMBER.fullmatch(text.rstrip(".").rpartition(".")[2]):
            return str(IPv4Address(text)), True
    except AddressValueError:
        raise TargetRefused("url_unreadable") from None
    labels = text.removesuffix(".").split(".")
    if len(text) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise TargetRefused("url_unreadable")
    return text.lower(), False
