"""`unshare -Urn python -m tests.network_guard.inside`: try every vector and print what was touched, as JSON.

In a new network namespace all of IPv4 and IPv6 is routed to `lo`, so that any connection whatever, wherever it is
meant to go, ends at the listener here, which writes down the address it was opened to. Allowed addresses are stand-ins
for clients' systems, all others are canaries. The environment names proxies on canaries.
"""

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

CANARY = "169.254.169.254"
PROXY_PORT = 3128
for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
    os.environ[name] = os.environ[name.lower()] = f"http://{CANARY}:{PROXY_PORT}"
os.environ.pop("NO_PROXY", None)
os.environ.pop("no_proxy", None)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadmanager.settings")

import django  # noqa: E402

django.setup()

from distribution.engine import wire as wire_module  # noqa: E402
from distribution.engine.wire import Outgoing, Wire, WireError  # noqa: E402
from distribution.errors import TargetNotAllowed  # noqa: E402
from distribution.services import transmission  # noqa: E402
from tests.distribution.rules.test_address_policy import ALLOWED, REFUSED  # noqa: E402

PORTS = (80, PROXY_PORT)
URLS_REFUSED = (
    "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.0.0.1./",
    "http://[::1%25lo]/", "http://[1.2.3.4]/", "http://example.com@127.0.0.1/", "http://8.8.8.8#@127.0.0.1/",
    "http://8.8.8.8\\@127.0.0.1/", "//127.0.0.1/", "http:/127.0.0.1/", "http://127。0。0。1/", "http://①②⑦.0.0.1/",
    "http://[::ffff:7f00:1]/", "http://[::ffff:a9fe:a9fe]/", "http://[0:0:0:0:0:ffff:127.0.0.1]/", "http://localhost/",
    "http://LOCALHOST/", "http://localhost./", "file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/",
)  # fmt: skip


@dataclass(frozen=True)
class Vector:
    """One request; `answers` are what the name in `url` resolves to, question after question."""

    name: str
    url: str
    is_allowed: bool
    answers: tuple[tuple[str, ...], ...] = ()
    status: int = 200
    reaches: str | None = None


def vectors() -> Iterator[Vector]:
    """Give every vector."""
    good, bad = ALLOWED.split(), REFUSED.split()
    for address in good:
        yield Vector("address", f"http://{_literal(address)}/", True, reaches=address)
        yield Vector("name", "http://crm.example.com/", True, ((address,),), reaches=address)
    for address in bad:
        yield Vector("address", f"http://{_literal(address)}/", False)
        yield Vector("name", "http://crm.example.com/", False, ((address,),))
        yield Vector("one of two", "http://crm.example.com/", False, (("8.8.8.8", address),))
        yield Vector("changed since it was saved", "http://crm.example.com/", False, (("8.8.8.8",), (address,)))
        yield Vector(
            "changed after the check", "http://crm.example.com/", True, (("8.8.8.8",), (address,)), 200, "8.8.8.8"
        )
        to = quote(f"http://{_literal(address)}/", safe="")
        yield Vector("redirect", f"http://1.1.1.1/redirect/{to}", True, status=302, reaches="1.1.1.1")
    for url in URLS_REFUSED:
        yield Vector("spelling", url, False)


def _literal(address: str) -> str:
    return f"[{address}]" if ":" in address else address


class Listener:
    """Everything's other end. `touched` holds the addresses that connections were opened to, in their order."""

    def __init__(self) -> None:
        self.touched: list[str] = []

    async def start(self) -> None:
        """Listen at every address."""
        for port in PORTS:
            await asyncio.start_server(self._serve, "0.0.0.0", port)  # noqa: S104 - of a network of our own
            await asyncio.start_server(self._serve, "::", port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.touched.append(writer.get_extra_info("sockname")[0])
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ")[1].decode("ascii")
        first, extra = "200 OK", ""
        if path.startswith("/redirect/"):
            first, extra = "302 Found", f"Location: {unquote(path.removeprefix('/redirect/'))}\r\n"
        writer.write(f"HTTP/1.1 {first}\r\n{extra}Content-Length: 2\r\nConnection: close\r\n\r\nok".encode())
        await writer.drain()
        writer.close()


class Names:
    """The name server: gives the next answer to each question, the last one for ever."""

    def __init__(self, answers: tuple[tuple[str, ...], ...]) -> None:
        self._answers = list(answers)

    def look_up(self, host: str, port: int) -> list[tuple[int, str]]:
        """Stand in for `wire.look_up`."""
        if not self._answers:
            return _REAL_LOOK_UP(host, port)
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, each) for each in found]


_REAL_LOOK_UP = wire_module.look_up


async def tried(vector: Vector, listener: Listener) -> str:
    """Try one vector; give what is wrong with what happened, empty when nothing is."""
    names = Names(vector.answers)
    wire_module.look_up = transmission.look_up = names.look_up
    before = len(listener.touched)
    status = None
    try:
        if vector.name == "changed since it was saved":
            transmission.check_target(url=vector.url, allow_http=True)  # passes, and uses up the good answer
        async with Wire() as wire:
            status = (await wire.send(Outgoing("POST", vector.url, [], b"x", 5.0, True))).status
    except TargetNotAllowed:
        return "refused when it was saved"
    except WireError:
        pass
    touched = listener.touched[before:]
    if not vector.is_allowed:
        return f"touched {touched}, answered {status}" if touched or status is not None else ""
    if touched != [vector.reaches] or status != vector.status:
        return f"touched {touched}, answered {status}"
    return ""


async def main() -> dict[str, Any]:
    """Try all."""
    listener = Listener()
    await listener.start()
    # That nothing is touched means something only where everything could be.
    _reader, writer = await asyncio.open_connection(CANARY, 80)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    await _reader.read()
    writer.close()
    control, listener.touched = list(listener.touched), []
    all_vectors = list(vectors())
    wrong = [
        [each.name, each.url, *map(str, each.answers), said]
        for each in all_vectors
        if (said := await tried(each, listener))
    ]
    good = set(ALLOWED.split())
    return {
        "control": control,
        "vectors": len(all_vectors),
        "connections": len(listener.touched),
        "canaries_touched": sorted(set(listener.touched) - good),
        "wrong": wrong,
    }


if __name__ == "__main__":
    for command in (
        "link set lo up", "route add local 0.0.0.0/0 dev lo", "-6 route add local ::/0 dev lo",
    ):  # fmt: skip
        subprocess.run(["ip", *command.split()], check=True)
    print(json.dumps(asyncio.run(main())))
