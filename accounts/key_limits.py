"""What a key is limited to besides its time: networks that it is accepted from."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def normal_network(text: str) -> str:
    """Give a network or a single address in its normal form; raises ValueError when it is none.

    Bits beyond the prefix are refused: whoever writes 10.1.2.3/8 may mean one machine or sixteen million.
    """
    return str(ipaddress.ip_network(text.strip()))


def is_accepted_from(networks: str, address: str) -> bool:
    """Say whether an address lies in one of the networks (separated by spaces); an unknown address never does."""
    try:
        given = ipaddress.ip_address(address)
    except ValueError:
        return False
    # A dual-stack socket shows IPv4 as ::ffff:a.b.c.d.
    mapped = given.ipv4_mapped if isinstance(given, ipaddress.IPv6Address) else None
    return any((mapped or given) in network for network in _networks(networks))


@lru_cache(maxsize=1024)
def _networks(texts: str) -> Iterable[Network]:
    return tuple(ipaddress.ip_network(text) for text in texts.split())
