"""What scenarios have in common: a receiver, rules that send to it, senders, and the account at the end."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from leadmanager.launch.programs import Program
from tests.faults.account import DELIVERIES, Account, balance
from tests.faults.ledger import Receiver, receiver
from tests.faults.place import Place
from tests.faults.senders import Senders
from tests.faults.waiting import WaitedInVain, wait_until

_OPEN = """
SELECT count(*) FROM distribution_delivery WHERE rule_id = ANY(%(rules)s) AND state IN ('waiting', 'sending')
"""
_WAITING = "SELECT count(*) FROM distribution_delivery WHERE rule_id = ANY(%(rules)s) AND state = 'waiting'"
# Requests that were answered; the receiver writes each into its ledger just after its answer.
_ANSWERED = """
SELECT count(*) FROM distribution_attempt attempt
JOIN distribution_delivery delivery ON delivery.id = attempt.delivery_id
WHERE delivery.rule_id = ANY(%(rules)s) AND attempt.status_code IS NOT NULL
"""


class Stage:
    """One scenario's sources, clients and rules on an installation."""

    def __init__(self, name: str, place: Place, received: Receiver, rules: list[int], senders: Senders) -> None:
        self.name = name
        self.place = place
        self.received = received
        self.rules = rules
        self.senders = senders
        self._began = time.monotonic()

    def post(self, number: int) -> None:
        """Have leads posted, and return when a third of them has reached the receiver."""
        wanted = self.received.count() + number // 3
        self.senders.post(number)
        self.wait_for_requests(wanted)

    def wait_for_requests(self, number: int) -> None:
        """Return when the receiver has had so many requests in all."""
        wait_until(lambda: self.received.count() >= number, f"{number} requests have reached the receiver")

    def catch_up(self) -> None:
        """Return when everything that was acknowledged so far is sent or leased."""
        wait_until(lambda: self.number(_WAITING) == 0, "nothing waits to be sent")

    def settle(self, *, seconds: float = 120.0) -> None:
        """Return when every lead was posted and every delivery has its final state, or never will in this time."""
        self.senders.finish()
        try:
            wait_until(lambda: self.number(_OPEN) == 0, "every delivery has its final state", seconds=seconds)
            answered = self.number(_ANSWERED)
            wait_until(lambda: self.received.count() >= answered, "the ledger has every answer", seconds=seconds)
        except WaitedInVain as error:
            print(f"faults: {self.name}: {error}", file=sys.stderr)

    def account(self) -> Account:
        """Give the account; what senders were answered wrongly is complained about."""
        account = balance(
            name=self.name,
            acknowledged=self.senders.acknowledged,
            requests=self.received.requests(),
            rows=self.place.query(DELIVERIES, {"rules": self.rules}),
        )
        account.more |= {
            "unavailable": self.senders.unavailable,
            "broken_off": self.senders.broken_off,
            "failed_intakes": len(self.senders.failed),
            "seconds": round(time.monotonic() - self._began, 1),
        }
        account.complaints += self.senders.wrong[:5]
        return account

    def number(self, statement: str) -> int:
        """Give the number that a statement about the scenario's `rules` counts."""
        return int(self.place.query(statement, {"rules": self.rules})[0][0])


@contextmanager
def stage(
    place: Place, name: str, *, behaviour: str = "accept", rules: int = 4, tries: int = 2, notes: str = ""
) -> Iterator[Stage]:
    """Set up a scenario: web served, so many sources each with a client's rule, the receiver behaving as given.

    Senders try each lead `tries` times; `notes` is what they write into each.
    """
    place.serve()
    with receiver(place.home / f"{name}.ledger") as received:
        urls = [f"{received.base}{behaviour}/{name}-{number}" for number in range(rules)]
        made = _populate(place, name, urls)
        senders = Senders(name=name, port=place.port, tokens=[each["token"] for each in made], tries=tries, notes=notes)
        try:
            yield Stage(name, place, received, [each["rule"] for each in made], senders)
        finally:
            senders.end()


def _populate(place: Place, name: str, urls: list[str]) -> list[dict[str, Any]]:
    wanted = json.dumps({"name": name, "urls": urls})
    program = Program("populate", ("tests.faults.populate", wanted), {"DATABASE_URL": place.database.url})
    with program.start(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        said, _ = process.communicate()
    if process.returncode != 0:
        raise RuntimeError("the scenario's rules could not be made; the lines above say why")
    made: list[dict[str, Any]] = json.loads(said)
    return made
