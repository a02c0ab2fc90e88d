"""The receiver: takes requests, remembers them, behaves as their path says."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from tests.receivers.behaviours import Connection
from tests.receivers.catalogue import behave
from tests.receivers.requests import ReceivedRequest, read_request


class Receiver:
    """A client's system on this machine. `requests` holds everything it was sent, in order of arrival."""

    def __init__(
        self,
        *,
        on_request: Callable[[ReceivedRequest], None] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare; `on_request` hears of every request once it was answered, `tls` makes it https."""
        self._tls = tls
        self.requests: list[ReceivedRequest] = []
        self.host = "127.0.0.1"
        self.port = 0
        self._counts: dict[str, int] = defaultdict(int)
        self._on_request = on_request
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._arrived = threading.Condition()

    def url(self, behaviour: str = "accept") -> str:
        """Give the address of a behaviour, such as `fail-every/10`."""
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}/{behaviour}"

    def wait_for(self, number: int, *, timeout_s: float = 20.0) -> list[ReceivedRequest]:
        """Wait until so many requests have arrived (answered or not), and give them."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.requests) >= number, timeout_s):
                raise AssertionError(f"only {len(self.requests)} of {number} requests arrived")
            return list(self.requests)

    async def start(self, *, port: int = 0) -> None:
        """Begin to listen on the loopback address."""
        self._server = await asyncio.start_server(
            self._serve, self.host, port, limit=1_000_000, backlog=1_024, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End, whatever hangs."""
        assert self._server is not None
        self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while (request := await read_request(reader)) is not None:
                await self._answer(request, writer)
                if request.answered is None:
                    break
        except (asyncio.CancelledError, ConnectionError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answer(self, request: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        self._counts[request.path] += 1
        with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()
        name, *arguments = [unquote(part) for part in request.path.partition("?")[0].split("/")[1:]]
        request.answered = await behave(name, Connection(writer, request, arguments, self._counts))
        if self._on_request is not None:
            self._on_request(request)


@contextlib.contextmanager
def receiving(
    *, on_request: Callable[[ReceivedRequest], None] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    """Run a receiver on a thread of its own as long as the block lasts."""
    receiver = Receiver(on_request=on_request, tls=tls)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="receiver", daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(receiver.start(), loop).result(10)
    try:
        yield receiver
    finally:
        asyncio.run_coroutine_threadsafe(receiver.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """Give a port that refuses connections, and that nobody else can take meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
