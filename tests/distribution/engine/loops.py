"""Running real transmit loops in tests: on a thread of their own, against the test database."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models.functions import Now
from psycopg.conninfo import make_conninfo

from distribution.engine.transmitter import Transmitter
from distribution.engine.wire import Wire
from distribution.models import Delivery, Lead, Routing, Rule

LOOPBACK = ("127.0.0.0/8:*", "[::1]/128:*")
AT_ONCE = (0.001,) * 30
GIVE_UP_WAITING_S = 60.0


def test_conninfo() -> str:
    """Give the way to the test database, for connections that are not Django's."""
    given = connection.settings_dict
    parts = {"dbname": given["NAME"], "user": given["USER"], "password": given["PASSWORD"]}
    parts |= {"host": given["HOST"], "port": given["PORT"]}
    return make_conninfo(**{name: value for name, value in parts.items() if value})


test_conninfo.__test__ = False  # type: ignore[attr-defined]


class RunningLoop:
    """A transmit loop at work on a thread; ends with the block that started it."""

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._started = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="transmit", daemon=True)
        self.error: BaseException | None = None

    def start(self) -> "RunningLoop":
        """Start and wait until it can be told to stop."""
        self.thread.start()
        assert self._started.wait(10)
        return self

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with Wire(allowed_networks=LOOPBACK) as wire:
            self.transmitter = Transmitter(test_conninfo(), wire=wire, **self._options)
            self._started.set()
            try:
                await self.transmitter.run()
            except BaseException as error:
                self.error = error
                raise

    def stop(self, **options: Any) -> None:
        """Tell the loop to stop, as TERM does."""
        self._loop.call_soon_threadsafe(lambda: self.transmitter.stop(**options))

    def cut(self) -> None:
        """Tell the loop to cut off, as INT does."""
        if self.thread.is_alive():
            self._loop.call_soon_threadsafe(self.transmitter.cut)

    def join(self) -> None:
        """Wait for its end."""
        self.thread.join(30)
        assert not self.thread.is_alive()
        assert self.error is None


@contextlib.contextmanager
def transmitting(
    *, number: int = 1, backoff_s: Sequence[float] = AT_ONCE, ceiling: int = 500, **options: Any
) -> Iterator[list[RunningLoop]]:
    """Run so many loops as long as the block lasts."""
    loops = [RunningLoop(backoff_s=backoff_s, ceiling=ceiling, **options).start() for _ in range(number)]
    try:
        yield loops
    finally:
        for loop in loops:
            loop.cut()
        for loop in loops:
            loop.join()


def until(condition: Callable[[], bool], *, timeout_s: float = GIVE_UP_WAITING_S) -> None:
    """Wait for something that another thread or process brings about."""
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not happen in time")
        threading.Event().wait(0.02)


def until_closed(number: int | None = None) -> None:
    """Wait until no delivery is open."""
    until(lambda: not Delivery.objects.open().exists())
    if number is not None:
        assert Delivery.objects.count() == number


def make_deliveries(rule: Rule, number: int) -> list[Delivery]:
    """Make leads given to a rule's client, due now by the database's clock."""
    leads = Lead.objects.bulk_create(
        Lead(
            origin="test",
            name=f"דנה לוי {place}",
            phone="050-1234567",
            phone_normalized="+972501234567",
        )
        for place in range(number)
    )
    routings = Routing.objects.bulk_create(Routing(lead=lead, client_id=rule.client_id) for lead in leads)
    return Delivery.objects.bulk_create(Delivery(routing=routing, rule=rule) for routing in routings)


def make_due() -> None:
    """Make every waiting or leased delivery due, instead of waiting for its time."""
    Delivery.objects.open().update(due_at=Now())
