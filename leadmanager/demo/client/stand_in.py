"""The parts of the stand-in, running together in one event loop."""

import asyncio
import random
from collections.abc import Awaitable
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

from leadmanager.demo.agreed import STAND_IN_HOST
from leadmanager.demo.client.reporting import Reporter
from leadmanager.demo.client.systems import Systems
from leadmanager.demo.client.website import Website


class StandIn:
    """Clients' systems that listen at a port, their people who answer, and a website whose visitors leave details.

    `pace` multiplies every pause: 1 is for people who watch, 0 for tests.
    """

    def __init__(self, demo: dict[str, Any], *, port: int, pace: float = 1.0, failure_rate: float = 0.08) -> None:
        chance = random.Random()  # noqa: S311 - who answers what decides nothing
        self._reporter = Reporter(demo, pace=pace, chance=chance)
        self.systems = Systems(on_lead=self._reporter.take_on, chance=chance, failure_rate=failure_rate)
        self._website = Website(demo, pace=pace, chance=chance)
        self._port = port
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Listen and begin; raises OSError when the port is taken."""
        self._runner = web.AppRunner(self.systems.application(), access_log=None, handle_signals=False)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, STAND_IN_HOST, self._port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20), trust_env=False)
        self._begin(self._website.run(self._session))
        self._begin(self._reporter.run(self._session))
        return self

    async def work(self) -> None:
        """Go on until one of the parts fails, and raise what it failed with."""
        await asyncio.gather(*self._tasks)

    def _begin(self, work: Awaitable[None]) -> None:
        self._tasks.append(asyncio.ensure_future(work))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()
        await self._runner.cleanup()
