"""The stand-in for clients' systems has the manners of real ones, and ends when it is told to."""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from leadmanager.demo import agreed
from leadmanager.demo.client.systems import Systems, TakenLead
from leadmanager.launch.commands import demo
from leadmanager.launch.errors import LaunchError

FORM = {
    "sp": agreed.COLLEGE_SP,
    "secret": agreed.COLLEGE_SECRET,
    "firstname": "נועה לוי",
    "mobilephone": "0501234567",
    "ref": "r-1",
}
JSON = {"contact": {"name": {"first": "נועה", "last": "לוי"}, "phones": ["+972501234567"]}, "externalRef": "r-2"}
QUERY = {"n": "נועה לוי", "p": "0501234567", "c": agreed.CENTRE_CODE, "rid": "17"}


class NoChance(random.Random):
    """Nothing that happens now and then happens."""

    def random(self) -> float:
        return 0.99


def talk(conversation: Callable[[TestClient[Any, Any]], Awaitable[None]], **options: Any) -> list[TakenLead]:
    """Talk to the systems; give the leads they took in."""
    taken: list[TakenLead] = []

    async def run() -> None:
        systems = Systems(**({"on_lead": taken.append, "chance": NoChance(), "failure_rate": 0.0} | options))
        async with TestClient(TestServer(systems.application())) as client:
            await conversation(client)

    asyncio.run(run())
    return taken


def test_each_system_takes_a_lead_in_its_own_way_and_keeps_the_routing_id() -> None:
    async def conversation(client: TestClient[Any, Any]) -> None:
        college = await client.post(agreed.COLLEGE_PATH, data=FORM)
        assert (college.status, await college.text()) == (200, "OK")
        bearer = {"Authorization": f"Bearer {agreed.ESTATE_TOKEN}"}
        estate = await client.post(agreed.ESTATE_PATH, json=JSON, headers=bearer)
        assert estate.status == 201
        assert set((await estate.json())["data"]) == {"leadId"}
        centre = await client.get(agreed.CENTRE_PATH, params=QUERY)
        assert centre.status == 200
        assert agreed.CENTRE_SUCCESS in (await centre.read()).decode("windows-1255")

    taken = talk(conversation)

    assert [(lead.client, lead.routing) for lead in taken] == [
        (agreed.COLLEGE, "r-1"),
        (agreed.ESTATE, "r-2"),
        (agreed.CENTRE, "17"),
    ]


def test_unknown_credentials_are_refused_everywhere() -> None:
    async def conversation(client: TestClient[Any, Any]) -> None:
        assert (await client.post(agreed.COLLEGE_PATH, data=FORM | {"secret": "guess"})).status == 403
        assert (await client.post(agreed.ESTATE_PATH, json=JSON)).status == 401
        assert (await client.get(agreed.CENTRE_PATH, params=QUERY | {"c": "x"})).status == 403

    assert talk(conversation) == []


def test_the_same_idempotency_key_again_changes_nothing() -> None:
    async def conversation(client: TestClient[Any, Any]) -> None:
        for _ in range(3):
            response = await client.post(agreed.COLLEGE_PATH, data=FORM, headers={"Idempotency-Key": "k"})
            assert response.status == 200

    assert len(talk(conversation)) == 1


def test_a_busy_system_takes_nothing_in() -> None:
    async def conversation(client: TestClient[Any, Any]) -> None:
        assert (await client.post(agreed.COLLEGE_PATH, data=FORM)).status == 503

    assert talk(conversation, failure_rate=1.0) == []


@pytest.mark.parametrize("body", [b"", b"[]", b'{"contact": 5}', b'{"contact": {"name": {}}}'])
def test_a_body_that_is_no_lead_is_refused(body: bytes) -> None:
    async def conversation(client: TestClient[Any, Any]) -> None:
        assert (await client.post(agreed.ESTATE_PATH, data=body)).status in {409, 422}

    assert talk(conversation) == []


def process(port: int) -> subprocess.Popen[str]:
    nobody = {
        "base_url": "http://127.0.0.1:9",
        "clients": [],
        "reasons": [],
        "sources": [{"name": "x", "token": "t"}],
    }
    return subprocess.Popen(
        [sys.executable, "-m", "leadmanager.demo.client"],
        env=os.environ | {"DEMO": json.dumps(nobody), "DEMO_CLIENT_PORT": str(port), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_term_ends_it_cleanly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with process(port) as stand_in:
        assert stand_in.stdout is not None
        assert f":{port}/" in stand_in.stdout.readline()
        stand_in.send_signal(signal.SIGTERM)
        assert stand_in.wait(20) == 0


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, process(taken.getsockname()[1]) as stand_in:
        said, _ = stand_in.communicate(timeout=20)

    assert stand_in.returncode == 1
    assert "is in use; set DEMO_CLIENT_PORT" in said
    assert len(said.splitlines()) == 1


def test_the_launcher_looks_at_the_port_before_it_starts_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("DEMO_CLIENT_PORT", str(taken.getsockname()[1]))
        with pytest.raises(LaunchError, match="is in use; set DEMO_CLIENT_PORT"):
            demo.main([])


@pytest.mark.parametrize("text", ["many", "0", "70000"])
def test_a_port_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("DEMO_CLIENT_PORT", text)

    with pytest.raises(LaunchError, match="DEMO_CLIENT_PORT is"):
        demo.main([])
