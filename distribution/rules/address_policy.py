"""Which addresses a request may go to: an explicit list, because `ipaddress.is_global` is no policy.

What the standard library calls global includes addresses that wrap others (NAT64, 6to4) and the metadata service of
a large cloud. So: IPv4 minus the special-purpose registries of IANA, IPv6 only inside 2000::/3 minus the same, and
metadata addresses never, whatever an allow-list says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

REFUSED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers; metadata of Alibaba
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host
        "169.254.0.0/16",  # link-local, metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; metadata of Oracle
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
ALLOWED_V6 = IPv6Network("2000::/3")
REFUSED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
        "2620:4f:8000::/48",  # AS112
    )
)
METADATA: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "169.254.0.0/16",
        "168.63.129.16/32",
        "100.100.100.200/32",
        "192.0.0.192/32",
        "fd00:ec2::/32",
        "fd20:ce::/32",
        "fe80::/10",
    )
)
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = IPv6Network("::/96")
_NO_BRACKETS = str.maketrans("", "", "[]")


class AllowedNetworkUnreadable(ValueError):
    """An entry of the allow-list is not CIDR:port."""


@dataclass(frozen=True)
class AllowedNetwork:
    """A network that rules may reach although the policy refuses it; port None is every port."""

    network: Network
    port: int | None

    def covers(self, address: Address, port: int) -> bool:
        """Tell whether this entry lets a connection through."""
        return address.version == self.network.version and address in self.network and self.port in {None, port}


@lru_cache(maxsize=64)
def read_allowed_network(text: str) -> AllowedNetwork:
    """Read `10.1.2.0/24:443`, `[fd00::/8]:443` or, for every port, `10.1.2.3/32:*`.

    Raises `AllowedNetworkUnreadable`.
    """
    network, separator, port = text.rpartition(":")
    try:
        if not separator or not (port == "*" or (port.isascii() and port.isdecimal() and 0 < int(port) < 65_536)):
            raise AllowedNetworkUnreadable(text)
        return AllowedNetwork(ip_network(network.translate(_NO_BRACKETS)), None if port == "*" else int(port))
    except ValueError as error:
        raise AllowedNetworkUnreadable(
            f"{text!r} is not of the form CIDR:port, such as 10.1.2.0/24:443 or 10.1.2.3/32:*"
        ) from error


def is_allowed(address: str, port: int, *, allowed_networks: Sequence[str] = ()) -> bool:
    """Tell whether a socket may be opened to an IP address.

    `allowed_networks` are entries of the setting TRANSMIT_ALLOWED_NETWORKS; they never open a metadata address.
    """
    return _is_allowed(address, port, tuple(allowed_networks))


@lru_cache(maxsize=4096)
def _is_allowed(address: str, port: int, allowed_networks: tuple[str, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.scope_id is not None:
        return False
    if any(_is_metadata(meant) for meant in _meant_by(parsed)):
        return False
    if any(read_allowed_network(text).covers(parsed, port) for text in allowed_networks):
        return True
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in REFUSED_V4)
    return parsed in ALLOWED_V6 and not any(parsed in network for network in REFUSED_V6)


def _is_metadata(address: Address) -> bool:
    return any(address.version == network.version and address in network for network in METADATA)


def _meant_by(address: Address) -> Iterator[Address]:
    """Give the address and the IPv4 addresses that gateways would read out of it."""
    yield address
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _COMPATIBLE or any(address in network for network in _NAT64):
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
