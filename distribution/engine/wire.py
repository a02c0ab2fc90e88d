"""The wire: the one module that opens connections to clients' systems.

Every socket goes to an address that was vetted a moment before, through no proxy and along no redirect; every
exchange ends at its deadline by the wall clock, and no answer is read beyond 64 kB. Source: reliability.md,
“Address rules”. Errors:

    WireError                 the exchange did not bring a whole answer; `code` is a key of `rules.outcome`
      NothingSent             no connection was made: connect_failed, dns_failed, tls_failed, address_refused, ...
      AnswerMissing           the request may have arrived: timeout, broken_off, bad_response, ...
"""

import asyncio
import logging
import math
import socket
import ssl
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import http_exceptions
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from distribution.rules.address_policy import is_allowed, read_allowed_network
from distribution.rules.outcome import BROKEN_OFF
from distribution.rules.target import TargetRefused, read_target

logger = logging.getLogger(__name__)

READ_CAP = 65_536
MAX_HEADERS = 100
USER_AGENT = "LeadManager/1"
# Shorter than what servers keep idle connections for, so that ours is the side that closes them: a connection closed
# under a request on its way leaves nobody knowing whether it arrived.
KEEP_ALIVE_S = 2.0
DNS_CACHE_S = 10
DNS_THREADS = 64  # a name server that hangs for some destinations must not make the others wait

_OWN_HEADERS = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}


class WireError(Exception):
    """The exchange did not bring a whole answer."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail


class NothingSent(WireError):
    """No connection was made, so the client's system knows nothing of the request."""


class AnswerMissing(WireError):
    """The request may have arrived, but no whole answer came back."""


class _AddressRefused(OSError):
    """Raised inside aiohttp's connecting, which lets only OSError through in every case."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request as it goes out, credentials filled in. `deadline_s` is wall-clock seconds for all of it;
    `ca_certificate` (PEM) is trusted beside the usual authorities, for this request only."""

    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes | None
    deadline_s: float
    allow_http: bool = False
    ca_certificate: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: at most `READ_CAP` bytes of body; `is_cut` when there was more."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    is_cut: bool

    def header(self, name: str) -> str | None:
        """Give the first header of a name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class _VettingResolver(AbstractResolver):
    """Resolves a name and refuses it when any of its addresses is refused."""

    def __init__(self, allowed_networks: Sequence[str]) -> None:
        self._allowed_networks = allowed_networks
        self._threads = ThreadPoolExecutor(DNS_THREADS, thread_name_prefix="dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up, host, port)
        for _family, address in found:
            if not is_allowed(address, port, allowed_networks=self._allowed_networks):
                raise _AddressRefused(f"{host} is {address}")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=kind,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, address in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def look_up(host: str, port: int) -> list[tuple[int, str]]:
    """Give the (family, address) pairs of a name; raises OSError when it has none."""
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys((int(row[0]), str(row[4][0])) for row in rows))


class Wire:
    """Sends requests. One per event loop; close it, or use it as an async context manager."""

    def __init__(self, *, allowed_networks: Sequence[str] = (), resolver: AbstractResolver | None = None) -> None:
        """Prepare; `allowed_networks` as in the setting TRANSMIT_ALLOWED_NETWORKS, `resolver` for tests only.

        Raises `AllowedNetworkUnreadable` now, rather than at the first address.
        """
        self._allowed_networks = tuple(allowed_networks)
        for text in self._allowed_networks:
            read_allowed_network(text)
        self._resolver = resolver or _VettingResolver(self._allowed_networks)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close idle connections."""
        if self._session is not None:
            await self._session.close()
        await self._resolver.close()

    async def send(self, outgoing: Outgoing) -> Answer:
        """Send one request and give the answer; raises `WireError`, and nothing else.

        Ends at the deadline whatever the other side does.
        """
        try:
            target = read_target(outgoing.url, allow_http=outgoing.allow_http)
        except TargetRefused as error:
            raise NothingSent("url_refused", error.code) from None
        if target.is_literal and not is_allowed(target.host, target.port, allowed_networks=self._allowed_networks):
            raise NothingSent("address_refused", target.host)
        try:
            async with asyncio.timeout(outgoing.deadline_s):
                return await self._exchange(outgoing)
        except WireError:
            raise
        except Exception as error:  # every failure becomes a decision about the delivery, never a crash of the loop
            raise _translated(error) from error

    async def _exchange(self, outgoing: Outgoing) -> Answer:
        async with self._open_session().request(
            outgoing.method,
            URL(outgoing.url, encoded=True),
            headers=[*_OWN_HEADERS.items(), *outgoing.headers],
            data=outgoing.body,
            allow_redirects=False,
            ssl=tls_context(outgoing.ca_certificate) if outgoing.ca_certificate else True,
            timeout=_connecting_within(outgoing.deadline_s),
        ) as response:
            if len(response.raw_headers) > MAX_HEADERS:
                response.close()
                raise AnswerMissing("too_many_headers", str(len(response.raw_headers)))
            try:
                body, is_cut = await _read_capped(response)
            except (aiohttp.ClientError, http_exceptions.HttpProcessingError):
                raise AnswerMissing(BROKEN_OFF, f"HTTP {response.status}") from None
            headers = [(_readable(name), _readable(value)) for name, value in response.raw_headers]
            return Answer(response.status, headers, body, is_cut)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=self._resolver,
                socket_factory=self._open_socket,
                ttl_dns_cache=DNS_CACHE_S,
                keepalive_timeout=KEEP_ALIVE_S,
                limit=0,  # the loop's ceiling and the rules' limits count, not the connector's
                limit_per_host=0,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
                read_bufsize=READ_CAP // 2,
            )
            # aiohttp repeats GET and PUT by itself on a connection that broke; a repeat is our decision, and counted.
            self._session._retry_connection = False
        return self._session

    def _open_socket(self, address: Any) -> socket.socket:
        """Make the socket for an address aiohttp is about to connect to: the last check, on the very address."""
        family, kind, protocol, _name, place = address
        if not is_allowed(place[0], place[1], allowed_networks=self._allowed_networks):
            raise _AddressRefused(place[0])
        return socket.socket(family, kind, protocol)


@lru_cache(maxsize=256)
def tls_context(ca_certificate: str) -> ssl.SSLContext:
    """Give a context that also trusts an authority of a rule's own; raises `ssl.SSLError` for what is no certificate.

    Connections are pooled by their context, so no other rule's request ever goes over one made by it.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=ca_certificate)
    return context


@lru_cache(maxsize=256)
def _connecting_within(deadline_s: float) -> aiohttp.ClientTimeout:
    """Have connecting end a little before the deadline, so that it is known that nothing was sent."""
    return aiohttp.ClientTimeout(total=None, sock_connect=deadline_s * 0.9, ceil_threshold=math.inf)


async def _read_capped(response: aiohttp.ClientResponse) -> tuple[bytes, bool]:
    """Read up to the cap; what is beyond is dropped with its connection."""
    chunks: list[bytes] = []
    length = 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        length += len(chunk)
        if length > READ_CAP:
            response.close()
            return b"".join(chunks)[:READ_CAP], True
    return b"".join(chunks), False


def _readable(raw: bytes) -> str:
    """Give a header as text that JSON and the database can hold, whatever bytes it was made of."""
    return raw.decode("utf-8", "replace").replace("\x00", "\ufffd")


def _translated(error: Exception) -> WireError:
    """Name what went wrong, for the decision and for the person who reads it."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return NothingSent("connect_failed", "")
    if isinstance(error, TimeoutError):
        return AnswerMissing("timeout")
    if isinstance(error, (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError)):
        return NothingSent("tls_failed", _reason(error))
    if isinstance(error, aiohttp.ClientConnectorError):
        if isinstance(error.os_error, _AddressRefused):
            return NothingSent("address_refused", str(error.os_error))
        is_name = isinstance(error, aiohttp.ClientConnectorDNSError)
        return NothingSent("dns_failed" if is_name else "connect_failed", error.os_error.strerror or "")
    if isinstance(error, _AddressRefused):
        return NothingSent("address_refused", str(error))
    if isinstance(error, aiohttp.InvalidURL):
        return NothingSent("url_refused", "")
    if isinstance(error, (aiohttp.ClientResponseError, http_exceptions.HttpProcessingError)):
        # aiohttp tells the two apart by its words only.
        is_too_much = any(words in str(error) for words in ("Too many headers", "Got more than"))
        return AnswerMissing("too_many_headers" if is_too_much else "bad_response")
    if isinstance(error, (aiohttp.ClientError, ConnectionError, OSError)):
        # Disconnected, reset, or less than Content-Length promised.
        return AnswerMissing(BROKEN_OFF, "")
    logger.exception("the wire failed unexpectedly", exc_info=error)
    return AnswerMissing("internal_error", type(error).__name__)


def _reason(error: Exception) -> str:
    reason = getattr(getattr(error, "certificate_error", error), "verify_message", "")
    return str(reason)[:200]


class Stopwatch:
    """Milliseconds since it was made, by a clock that is never set."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def elapsed_ms(self) -> int:
        """Whole milliseconds so far."""
        return int((time.monotonic() - self._started) * 1000)
