"""The real server on the test database, and for every client program an account of its own with leads and feedback."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import User
from distribution.models import Routing
from feedback.choices import Door
from feedback.services import FeedbackInput, record_feedback
from leadmanager.launch.database import Database
from leadmanager.launch.programs import web
from leadmanager.launch.serving import answers
from tests.clients.programs import PROGRAMS, ClientProgram
from tests.factories import ClientFactory, LeadFactory, RoutingFactory, SourceFactory, api_key

FAMILIES = ["כהן", "לוי", "מזרחי", "פרץ", "ביטון"]
CITIES = ["חיפה", "תל אביב-יפו", "באר שבע"]
ROUTINGS = 30
SAID = 10  # of them have feedback already
START_S = 60


@dataclass(frozen=True)
class Account:
    """A client of the agency, as its developer knows it: the address of the service, a key, ids of routings."""

    owner: User
    key: str
    routings: list[Routing]

    @property
    def expanded(self) -> Routing:
        """Has feedback already."""
        return self.routings[0]

    @property
    def posted(self) -> Routing:
        """Gets its first feedback by POST."""
        return self.routings[SAID]

    @property
    def patched(self) -> Routing:
        """Gets its first feedback by PATCH."""
        return self.routings[SAID + 1]

    @property
    def batched(self) -> list[Routing]:
        """Get theirs in one batch."""
        return self.routings[SAID + 2 : SAID + 4]


@dataclass
class Session:
    """One run of a client program: what it reported, and what it said on the way."""

    account: Account
    report: dict[str, Any] = field(default_factory=dict)
    output: str = ""


@pytest.fixture(scope="session")
def service_root(django_db_setup: None) -> Iterator[str]:
    """Serve the test database by the product's own web server; give the address of the service."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    process = web(Database(url=url, owner_url=url, direct_url=url, embedded=None), port).start()
    try:
        deadline = time.monotonic() + START_S
        while not answers(port):
            assert process.poll() is None, "the web server ended"
            assert time.monotonic() < deadline, "the web server does not answer"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/odata/"
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def open_account(service_root: str, django_db_blocker: Any) -> Callable[[], Account]:
    """Give a function that makes a client with routings, some of them with feedback."""

    def make() -> Account:
        with django_db_blocker.unblock():
            owner = ClientFactory()
            source = SourceFactory()
            leads = [
                LeadFactory(
                    source=source,
                    external_id=f"{number}",
                    name=f"נועה {FAMILIES[number % len(FAMILIES)]}",
                    city=CITIES[number % len(CITIES)],
                )
                for number in range(ROUTINGS)
            ]
            routings = [RoutingFactory(lead=lead, client=owner) for lead in leads]
            _say(owner, routings[:SAID])
            return Account(owner=owner, key=api_key(owner), routings=routings)

    return make


def _say(owner: User, routings: list[Routing]) -> None:
    now = timezone.now()
    for age, reason, comment in ((2, 1, "לא ענתה"), (1, 3, "נקבעה פגישה ליום א'")):
        items = [
            FeedbackInput(
                routing_id=routing.pk,
                reason_id=reason,
                comment=comment,
                amount=Decimal("1500.50"),
                occurred_at=now - timedelta(days=age),
            )
            for routing in routings
        ]
        for result in record_feedback(client_id=owner.pk, items=items, door=Door.ODATA, now=now):
            result.unwrap()


@pytest.fixture(scope="session", params=PROGRAMS, ids=lambda program: program.name)
def program(request: pytest.FixtureRequest) -> ClientProgram:
    """Each of the client programs in turn."""
    return request.param


@pytest.fixture(scope="session")
def session(
    program: ClientProgram, service_root: str, open_account: Callable[[], Account], tmp_path_factory: Any
) -> Session:
    """Run the client program once against an account of its own."""
    account = open_account()
    task = {
        "root": service_root,
        "key": account.key,
        "directory": str(tmp_path_factory.mktemp(program.name)),
        "family": FAMILIES[1],
        "city": CITIES[0],
        "expand": str(account.expanded.pk),
        "post": str(account.posted.pk),
        "patch": str(account.patched.pk),
        "batch": [str(routing.pk) for routing in account.batched],
    }
    done = subprocess.run(
        program.command,
        cwd=Path(__file__).parent,
        env={**os.environ, "TASK": json.dumps(task), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    found = Session(account, output=done.stdout)
    for line in done.stdout.splitlines():
        if line.startswith("REPORT "):
            thing, value = json.loads(line.removeprefix("REPORT "))
            found.report[thing] = value
    return found
