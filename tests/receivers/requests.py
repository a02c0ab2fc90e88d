"""A request as it came over the socket."""

import asyncio
import time
from dataclasses import dataclass, field


@dataclass
class ReceivedRequest:
    """One request, byte for byte; `answered` is the status given, None when the answer failed on purpose."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    at: float = field(default_factory=time.monotonic)
    answered: int | None = None

    def header(self, name: str) -> str | None:
        """Give the first header of a name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def key(self) -> str | None:
        """The idempotency key."""
        return self.header("Idempotency-Key")


async def read_request(reader: asyncio.StreamReader) -> ReceivedRequest | None:
    """Read one request; None when the other side closed the connection before it was whole."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, path, _version = first.split(" ", 2)
    headers = [(name, value.strip()) for name, _colon, value in (line.partition(":") for line in lines)]
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    try:
        body = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return ReceivedRequest(method, path, headers, body)
