"""`python -m leadmanager.bench.receiver MILLISECONDS PORTS`: clients' systems that cost as little as they can.

Prints its ports as JSON. A POST is answered 200 after so many milliseconds, one whose path begins with `/hang` never;
`GET /arrivals` gives the times (`time.time()`) at which requests arrived, and forgets them.
"""

import asyncio
import json
import re
import sys
import time

_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'


class Answering(asyncio.Protocol):
    """One connection."""

    def __init__(self, delay_s: float, arrivals: list[float]) -> None:
        self._delay_s = delay_s
        self._arrivals = arrivals
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what asyncio gives for TCP
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._buffer, 0, end)
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < whole:
                return
            head, self._buffer = self._buffer[:end], self._buffer[whole:]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        if head.startswith(b"GET /arrivals"):
            said = json.dumps(self._arrivals).encode()
            self._arrivals.clear()
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(said) + said)
            return
        self._arrivals.append(time.time())
        if not head.startswith(b"POST /hang"):
            asyncio.get_running_loop().call_later(self._delay_s, self._transport.write, _ANSWER)


async def main(delay_ms: float, ports: int) -> None:
    """Serve until killed."""
    arrivals: list[float] = []
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_server(lambda: Answering(delay_ms / 1000, arrivals), "127.0.0.1", 0, backlog=4_096)
        for _ in range(ports)
    ]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in made]), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), int(sys.argv[2])))
