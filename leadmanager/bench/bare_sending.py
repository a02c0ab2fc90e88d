"""What sending costs without keeping any books: a bare aiohttp loop, and a job of the queue per delivery.

`python -m leadmanager.bench.bare_sending JSON` prints the requests per second of one of them: each is measured as a
process of its own, with nothing loaded that it does not need.
"""

import asyncio
import json
import logging
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import aiohttp
import uuid_utils
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.types import JSONDict

from leadmanager.bench.errors import BenchmarkFailed

_WORKERS = 100


def bare_loop(urls: Sequence[str], number: int, *, in_flight: int) -> float:
    """Send so many requests, so many at a time to each URL; give the requests per second."""
    return _in_a_process(kind="loop", urls=urls, number=number, in_flight=in_flight)


async def _bare_loop(urls: Sequence[str], number: int, in_flight: int) -> float:
    left = {url: number // len(urls) for url in urls}

    async def send(session: aiohttp.ClientSession, url: str) -> None:
        while left[url] > 0:
            left[url] -= 1
            await post(session, url)

    began = time.monotonic()
    async with _session() as session, asyncio.TaskGroup() as group:
        for url in urls:
            for _ in range(in_flight):
                group.create_task(send(session, url))
    return number / (time.monotonic() - began)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def post(session: aiohttp.ClientSession, url: str) -> None:
    """Send what a rule of `sending.Sending` sends; raises BenchmarkFailed unless it is answered with success."""
    key = str(uuid_utils.uuid7())
    body = (
        f'{{"rid":"{key}","name":"דנה לוי 1","phone":"050-1234567","email":"dana@example.co.il","city":"חיפה"}}'
    ).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": key, "User-Agent": "LeadManager/1"}
    async with session.post(url, data=body, headers=headers) as answer:
        await answer.read()
        if answer.status != 200:
            raise BenchmarkFailed(f"A receiver answered {answer.status}.")


def queue_jobs(conninfo: str, urls: Sequence[str], number: int) -> float:
    """Have so many requests sent by a job of procrastinate each, 100 jobs at a time; give the requests per second.

    A job sends and does nothing else: it neither renders, nor keeps an attempt, nor knows a limit.
    """
    return _in_a_process(kind="queue", urls=urls, number=number, conninfo=conninfo)


def _in_a_process(**wanted: Any) -> float:
    command = [sys.executable, "-m", "leadmanager.bench.bare_sending", json.dumps(wanted)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise BenchmarkFailed("The baseline failed; the lines above say why.")
    return float(done.stdout)


def main() -> None:
    """Measure what was asked for."""
    logging.getLogger("procrastinate").setLevel(
        logging.ERROR
    )  # it says that tasks of a main module are found by nobody
    wanted = json.loads(sys.argv[1])
    is_loop = wanted.pop("kind") == "loop"
    print(asyncio.run(_bare_loop(**wanted) if is_loop else _queue_jobs(**wanted)))


async def _queue_jobs(urls: Sequence[str], number: int, conninfo: str) -> float:
    app = App(connector=PsycopgConnector(conninfo=conninfo))
    sent = 0
    async with _session() as session, app.open_async():

        @app.task(name="bench.send", queue="bench")
        async def send(url: str) -> None:
            nonlocal sent
            await post(session, url)
            sent += 1

        jobs: list[JSONDict] = [{"url": urls[place % len(urls)]} for place in range(number)]
        await send.batch_defer_async(*jobs)
        began = time.monotonic()
        try:
            await app.run_worker_async(
                queues=["bench"], concurrency=_WORKERS, wait=False, install_signal_handlers=False,
                listen_notify=False, delete_jobs="always",
            )  # fmt: skip
        except ConnectorException as error:
            raise BenchmarkFailed("The queue's worker failed.") from error
        took = time.monotonic() - began
    if sent != number:
        raise BenchmarkFailed(f"The queue sent {sent} of {number}.")
    return number / took


if __name__ == "__main__":
    main()
