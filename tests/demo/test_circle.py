"""The whole circle over real HTTP: website -> intake -> rule -> the client's system -> feedback."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from django.utils import timezone

from distribution.models import Routing
from leadmanager.demo import agreed
from leadmanager.demo.client.stand_in import StandIn
from leadmanager.demo.make import make_demo
from tests.distribution.engine.loops import transmitting, until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def standing_in(demo: dict[str, Any], port: int) -> Iterator[None]:
    """Run the stand-in in a thread of its own."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()

    async def stand_in() -> None:
        async with StandIn(demo, port=port, pace=0, failure_rate=0):
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(stand_in(),))
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


def test_new_leads_reach_every_client_and_come_back_as_feedback(live_server: Any) -> None:
    port = free_port()
    demo = asdict(make_demo(base_url=live_server.url, stand_in=port, now=timezone.now()))
    new = Routing.objects.filter(lead__external_id__startswith="web-", current_feedback__isnull=False)
    clients = {agreed.COLLEGE, agreed.ESTATE, agreed.CENTRE}

    with transmitting(), standing_in(demo, port):
        until(lambda: set(new.values_list("client__name", flat=True)) == clients)

    assert all(routing.delivered_at for routing in new)
