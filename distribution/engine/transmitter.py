"""The transmit loop. The Delivery table is the queue; PostgreSQL coordinates any number of these.

1. Claim what is due for all destinations at once, put it together, freeze it, insert the attempts; commit.
2. Send each as a task of its own; every one ends at its deadline.
3. Record in batches what came of it; what failed is due again later, by the database's clock.

What attempts show about their destinations is kept with the rules, which the next claim goes by (`watching`). A
process that dies between 1 and 3 leaves leases behind, which end: its deliveries are due again, with the same bytes
under the same key (or are held for a person, if the rule wants that).
"""

import asyncio
import contextlib
import logging
import resource
import time
from collections.abc import Coroutine, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

from distribution.engine import claiming, roll_call, statements, watching
from distribution.engine.connections import Connection, SteadyConnection, notifications
from distribution.engine.exchanging import exchange
from distribution.engine.recording import Result, record
from distribution.engine.roll_call import RollCall
from distribution.engine.versions import VersionCache
from distribution.engine.wire import Wire
from distribution.rules.breaker import Limits

logger = logging.getLogger(__name__)

POLL_S = 0.5
ROLL_CALL_S = 5.0
MOST_PER_CLAIM = 500
MOST_PER_RECORD = 500
# A moment in which single completions become a batch; far below what anybody notices in a delivery.
GATHER_S = 0.01
LAST_WORDS_S = 3.0
CEILING = 5_000
_OTHER_FILES = 200


def affordable_ceiling(wanted: int = CEILING) -> int:
    """Give how many requests this process may have open, raising the limit of open files as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - _OTHER_FILES))


class Transmitter:
    """One transmit loop. `run` ends only by `stop`."""

    def __init__(
        self,
        conninfo: str,
        *,
        wire: Wire,
        backoff_s: Sequence[float],
        ceiling: int = CEILING,
        limits: Limits | None = None,
        presence: Path | None = None,
    ) -> None:
        """Prepare a loop.

        `conninfo` leads to the database itself (LISTEN passes no transaction pooler); `backoff_s` holds the seconds
        before the 2nd, 3rd, ... attempt; `ceiling` is the most requests under way at a time; `limits` are the
        breaker's; `presence` is the directory in which processes see each other live (see `roll_call`).
        """
        self._conninfo = conninfo
        self._wire = wire
        self._backoff_s = list(backoff_s)
        self._ceiling = ceiling
        self._limits = limits or Limits()
        self._presence = RollCall(presence)
        self._next_roll_call = 0.0
        self._versions = VersionCache()
        self._claims = SteadyConnection(conninfo)
        self._records = SteadyConnection(conninfo)
        self._open_leases: list[UUID] = []
        self._under_way: set[UUID] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._results: list[Result] = []
        self._seen: list[watching.Seen] = []
        self._wake = asyncio.Event()
        self._has_results = asyncio.Event()
        self._is_idle = asyncio.Event()
        self._stopping = asyncio.Event()
        self._cutting = asyncio.Event()

    def stop(self, *, within_s: float | None = None) -> None:
        """Claim nothing more and end when everything under way is recorded; called again: cut it off at once.

        `within_s` cuts off what is still under way after that many seconds. What is cut off reads "outcome unknown"
        and is due again.
        """
        if self._stopping.is_set():
            self._cutting.set()
            return
        self._stopping.set()
        self._wake.set()
        if within_s is not None:
            asyncio.get_running_loop().call_later(within_s, self._cutting.set)

    def cut(self) -> None:
        """End now: what is under way is cut off."""
        self.stop()
        self._cutting.set()

    async def run(self) -> None:
        """Transmit until told to stop. Does not end for any failure of the database or of a client's system."""
        self._presence.enter()
        helpers = {asyncio.create_task(self._listen()), asyncio.create_task(self._record_results())}
        try:
            await self._until_cut(self._claim_until_stopped(), helpers)
            await self._until_cut(self._until_idle(), helpers)
            if self._under_way or self._open_leases:
                await self._cut_off()
            if not (self._under_way or self._open_leases):
                self._presence.leave()
        finally:
            for task in helpers:
                task.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            await self._claims.close()
            await self._records.close()

    async def _until_cut(self, work: Coroutine[None, None, None], helpers: set[asyncio.Task[None]]) -> None:
        """Do some work, but no longer than until everything is to be cut off; a helper that fails ends it all."""
        task, cutting = asyncio.create_task(work), asyncio.create_task(self._cut_wanted())
        done, _pending = await asyncio.wait({task, cutting, *helpers}, return_when=asyncio.FIRST_COMPLETED)
        for unfinished in {task, cutting} - done:
            unfinished.cancel()
        await asyncio.gather(task, cutting, return_exceptions=True)
        for finished in done:
            finished.result()

    async def _cut_wanted(self) -> None:
        await self._cutting.wait()

    async def _claim(self, connection: Connection, places: int) -> list[claiming.Job]:
        await self._release_open_leases(connection)
        lease = self._presence.new_lease()
        self._open_leases.append(lease)  # until we know that it was committed, and what it holds
        jobs = await claiming.claim(connection, places=places, lease=lease, versions=self._versions)
        self._open_leases.clear()
        return jobs

    async def _release_open_leases(self, connection: Connection) -> None:
        """Make due again what a claim holds that was interrupted before we knew of it."""
        if self._open_leases:
            await connection.execute(statements.RELEASE, {"leases": self._open_leases})
            self._open_leases.clear()

    async def _claim_until_stopped(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            await self._keep_what_was_seen()
            await self._call_the_roll()
            places = min(self._ceiling - len(self._under_way), MOST_PER_CLAIM)
            jobs = await self._claims.run(partial(self._claim, places=places)) if places > 0 else []
            for job in jobs:
                self._start(job)
            if len(jobs) < MOST_PER_CLAIM:
                await self._wait_for_work()

    async def _keep_what_was_seen(self) -> None:
        """Keep how destinations fare; by the claims' own connection, so that its own claims are never in the way."""
        if self._seen:
            seen, self._seen = self._seen, []
            self._seen += await self._claims.run(partial(watching.keep, seen=seen, limits=self._limits))

    async def _call_the_roll(self) -> None:
        """From time to time, end the leases of processes that died."""
        if time.monotonic() < self._next_roll_call:
            return
        self._next_roll_call = time.monotonic() + ROLL_CALL_S
        if dead := self._presence.dead():
            number = await self._claims.run(partial(roll_call.expire_leases, keys=dead))
            if number:
                logger.warning("%d deliveries were left behind by a transmit process that died", number)

    async def _wait_for_work(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await self._wake.wait()
        if self._under_way and not self._stopping.is_set():
            await asyncio.sleep(GATHER_S)

    def _start(self, job: claiming.Job) -> None:
        self._under_way.add(job.attempt_id)
        self._is_idle.clear()
        task = asyncio.create_task(self._send(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, job: claiming.Job) -> None:
        exchanged = await exchange(
            self._wire,
            version=job.version,
            request=job.request,
            allow_http=job.allow_http,
            attempts_made=job.attempts_made,
            backoff_s=self._backoff_s,
            started_at=job.started_at,
            after_unknown=job.after_unknown,
        )
        result = Result(job, exchanged)
        self._results.append(result)
        self._has_results.set()
        if seen := watching.noteworthy(result):
            self._seen.append(seen)  # before the delivery's place is free again, so that the next claim knows
            self._wake.set()

    async def _record_results(self) -> None:
        while True:
            await self._has_results.wait()
            if len(self._under_way) > len(self._results):
                await asyncio.sleep(GATHER_S)
            batch, self._results = self._results[:MOST_PER_RECORD], self._results[MOST_PER_RECORD:]
            if not self._results:
                self._has_results.clear()
            await record(self._records, batch)
            self._under_way.difference_update(result.job.attempt_id for result in batch)
            self._wake.set()
            if not self._under_way:
                self._is_idle.set()

    async def _until_idle(self) -> None:
        while self._under_way:
            await self._is_idle.wait()
        await self._keep_what_was_seen()

    async def _cut_off(self) -> None:
        """Break off what is under way and record it as such, as long as the database listens."""
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await self._until_idle()
                await self._claims.close()  # its transaction was broken off in the middle
                await self._claims.run(self._release_open_leases)

    async def _listen(self) -> None:
        async for _said in notifications(self._conninfo):
            self._wake.set()
