"""How a receiver may behave, by the first part of the path; further parts are its arguments.

A behaviour answers by writing to the connection and gives the status that it answered, or None when the answer was
spoilt on purpose; after None the connection is closed.
"""

import asyncio
import functools
import gzip
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.receivers.requests import ReceivedRequest


@dataclass
class Connection:
    """What a behaviour has at hand. `counts` belongs to the receiver: requests so far, by path."""

    writer: asyncio.StreamWriter
    request: ReceivedRequest
    arguments: list[str]
    counts: dict[str, int] = field(default_factory=dict)

    def argument(self, place: int, default: str) -> str:
        """Give one part of the path after the behaviour's name."""
        return self.arguments[place] if len(self.arguments) > place else default

    async def answer(
        self, status: int = 200, body: bytes = b'{"ok":true}', headers: tuple[tuple[str, str], ...] = ()
    ) -> int:
        """Answer properly."""
        body = b"" if status in {204, 304} else body
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
        if not any(name.lower() == "content-type" for name, _value in headers):
            lines.append("Content-Type: application/json")
        lines += [f"{name}: {value}" for name, value in headers]
        await self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        return status

    async def send(self, data: bytes) -> None:
        """Write raw bytes."""
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Close so that the other side sees a reset instead of an end."""
        found: socket.socket = self.writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Connection], Awaitable[int | None]]


async def accept(it: Connection) -> int | None:
    """/accept: 200 at once."""
    return await it.answer()


async def status(it: Connection) -> int | None:
    """/status/422: that status."""
    return await it.answer(int(it.argument(0, "200")))


async def fail_every(it: Connection) -> int | None:
    """/fail-every/10: every tenth request is answered 500."""
    number = it.counts[it.request.path]
    return await it.answer(500 if number % int(it.argument(0, "10")) == 0 else 200)


async def unreliable(it: Connection) -> int | None:
    """/unreliable/5/5/20: 5 of 100 requests get no answer and 5 get a 500, evenly mixed, each after 20 ms."""
    lost, failed = int(it.argument(0, "5")), int(it.argument(1, "5"))
    place = it.counts[it.request.path] * 37 % 100  # 37 goes through all hundred places before it meets one again
    await asyncio.sleep(int(it.argument(2, "20")) / 1000)
    if place < lost:
        return None
    return await it.answer(500 if place < lost + failed else 200)


async def delay(it: Connection) -> int | None:
    """/delay/50: 200 after so many milliseconds."""
    await asyncio.sleep(int(it.argument(0, "50")) / 1000)
    return await it.answer()


async def hang(it: Connection) -> int | None:
    """/hang: take the request and stay silent."""
    await asyncio.sleep(3600)
    return None


async def retry_after(it: Connection) -> int | None:
    """/retry-after/30: 503 with Retry-After."""
    return await it.answer(503, headers=(("Retry-After", it.argument(0, "30")),))


async def throttle(it: Connection) -> int | None:
    """/throttle/429/30: that status with Retry-After."""
    return await it.answer(int(it.argument(0, "429")), headers=(("Retry-After", it.argument(1, "30")),))


async def redirect(it: Connection) -> int | None:
    """/redirect/http:%2F%2F...: 302 to the rest of the path."""
    return await it.answer(302, headers=(("Location", "/".join(it.arguments) or "/accept"),))


async def reset(it: Connection) -> int | None:
    """/reset: take the request, then reset the connection."""
    it.reset()
    return None


async def reset_mid_body(it: Connection) -> int | None:
    """/reset-mid-body: promise 1,000 bytes, send 10, reset."""
    await it.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789")
    await asyncio.sleep(0.05)
    it.reset()
    return None


async def short_body(it: Connection) -> int | None:
    """/short-body: promise 1,000 bytes, send 10, close."""
    await it.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789")
    return None


async def close(it: Connection) -> int | None:
    """/close: take the request and close without a byte."""
    return None


async def drip_headers(it: Connection) -> int | None:
    """/drip-headers: one byte at a time, for ever, before the headers end."""
    await it.send(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    return await _drip(it)


async def drip_body(it: Connection) -> int | None:
    """/drip-body: headers at once, then one byte at a time, for ever."""
    await it.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    return await _drip(it)


async def _drip(it: Connection) -> int | None:
    while True:
        await it.send(b"x")
        await asyncio.sleep(0.1)


async def big(it: Connection) -> int | None:
    """/big/1000000000: 200 with so many bytes."""
    left = int(it.argument(0, "1000000000"))
    await it.send(f"HTTP/1.1 200 OK\r\nContent-Length: {left}\r\n\r\n".encode())
    while left > 0:
        await it.send(b"x" * min(left, 65_536))
        left -= 65_536
    return 200


@functools.cache
def _bomb() -> bytes:
    return gzip.compress(bytes(100_000_000), 9)


async def gzip_bomb(it: Connection) -> int | None:
    """/gzip-bomb: 100 MB in 100 kB, although nobody asked for gzip."""
    return await it.answer(200, _bomb(), (("Content-Encoding", "gzip"),))


async def many_headers(it: Connection) -> int | None:
    """/many-headers/200: 200 with so many headers."""
    return await it.answer(headers=tuple((f"X-{number}", "y") for number in range(int(it.argument(0, "200")))))


async def long_header(it: Connection) -> int | None:
    """/long-header: one header of 100 kB."""
    return await it.answer(headers=(("X-Long", "y" * 100_000),))


async def bad_chunk(it: Connection) -> int | None:
    """/bad-chunk: chunked, with a length that is no number."""
    await it.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n")
    return None


async def bad_utf8(it: Connection) -> int | None:
    """/bad-utf8: JSON that is no UTF-8, with a NUL in it."""
    return await it.answer(422, b'{"why": "\xff\xfe\x00"}')


async def raw(it: Connection) -> int | None:
    """/raw/99: a status line with whatever stands in the path."""
    await it.send(f"HTTP/1.1 {it.argument(0, '99')} X\r\nContent-Length: 0\r\n\r\n".encode())
    return None


async def garbage(it: Connection) -> int | None:
    """/garbage: no HTTP at all."""
    await it.send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    return None


async def html(it: Connection) -> int | None:
    """/html/500: an error page."""
    page = "<html><body><h1>שגיאה</h1></body></html>".encode()
    return await it.answer(int(it.argument(0, "200")), page, (("Content-Type", "text/html; charset=utf-8"),))


async def echo(it: Connection) -> int | None:
    """/echo/422: answer with the request's own headers and body, credentials included."""
    head = "\n".join(f"{name}: {value}" for name, value in it.request.headers).encode("latin-1")
    return await it.answer(
        int(it.argument(0, "200")), head + b"\n" + it.request.body, (("Content-Type", "text/plain"),)
    )


async def say(it: Connection) -> int | None:
    """/say/422/HEX/HEX: that status, with a body and a Content-Type in hexadecimal (see `saying`)."""
    body = bytes.fromhex(it.argument(1, ""))
    return await it.answer(
        int(it.argument(0, "200")), body, (("Content-Type", bytes.fromhex(it.argument(2, "")).decode()),)
    )


def saying(status: int, body: bytes | str, content_type: str = "application/json") -> str:
    """Give the path at which a receiver answers so."""
    content = body.encode() if isinstance(body, str) else body
    return f"say/{status}/{content.hex()}/{content_type.encode().hex()}"


async def hebrew_1255(it: Connection) -> int | None:
    """/hebrew-1255: a success page in windows-1255."""
    page = "<html>הליד נקלט בהצלחה</html>".encode("windows-1255")
    return await it.answer(200, page, (("Content-Type", "text/html; charset=windows-1255"),))


async def deep_json(it: Connection) -> int | None:
    """/deep-json/100000: that many opening brackets."""
    return await it.answer(200, b"[" * int(it.argument(0, "60000")))


BEHAVIOURS: dict[str, Behaviour] = {
    behaviour.__name__.replace("_", "-"): behaviour
    for behaviour in (
        accept, bad_chunk, bad_utf8, big, close, deep_json, delay, drip_body, drip_headers, echo, fail_every, garbage,
        gzip_bomb, hang, hebrew_1255, html, long_header, many_headers, raw, redirect, reset, reset_mid_body,
        retry_after, say, short_body, status, throttle, unreliable,
    )
}  # fmt: skip
