"""Addresses that clients send: which of them lie below the service root."""

from urllib.parse import urlsplit


def below_root(address: str, root: str) -> str | None:
    """Give the part of an absolute URL or an absolute path below the root, None for another place.

    The scheme does not count: behind a proxy that ends TLS, clients and the service may see different ones. A
    relative address is given back as it is.
    """
    if "://" in address.partition("?")[0]:
        own, given = root.partition("://")[2], address.partition("://")[2]
        host, _slash, _path = own.partition("/")
        if given[: len(host)].lower() != host.lower() or not given[len(host) :].startswith(own[len(host) :]):
            return None
        return given[len(own) :]
    if not address.startswith("/"):
        return address
    path = urlsplit(root).path
    return address[len(path) :] if address.startswith(path) else None
