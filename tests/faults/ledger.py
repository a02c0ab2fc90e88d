"""The receiver as a process, and its ledger of every request."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadmanager.launch.programs import CHECKOUT


@dataclass(frozen=True)
class Request:
    """One request as the receiver had it. `status` None: it was taken, but its answer was lost."""

    path: str
    key: str | None
    status: int | None
    body: bytes
    sameness: str
    """Everything that may not differ between requests of one key."""

    @property
    def is_taken(self) -> bool:
        """Whether the client's system has the lead by this request."""
        return self.status is None or 200 <= self.status < 300

    @property
    def fields(self) -> dict[str, Any]:
        """What the body says; empty when it is no JSON object."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Receiver:
    """A receiver at work and what it has written down."""

    def __init__(self, base: str, ledger: Path) -> None:
        self.base = base
        self._ledger = ledger

    def count(self) -> int:
        """Give how many requests there were so far."""
        return self._ledger.read_bytes().count(b"\n")

    def requests(self) -> list[Request]:
        """Give every request, in the order of their answers."""
        lines = [json.loads(line) for line in self._ledger.read_text("utf-8").splitlines()]
        return [
            Request(
                path=line["path"],
                key=line["key"],
                status=line["status"],
                body=bytes.fromhex(line["body"]),
                sameness=json.dumps([line["method"], line["path"], line["headers"], line["body"]]),
            )
            for line in lines
        ]


@contextmanager
def receiver(ledger: Path) -> Iterator[Receiver]:
    """Run the receiver as long as the block lasts."""
    ledger.touch()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.receivers", "--ledger", str(ledger)], stdout=subprocess.PIPE, cwd=CHECKOUT
    ) as process:
        try:
            assert process.stdout is not None
            yield Receiver(process.stdout.readline().decode("ascii").strip(), ledger)
        finally:
            process.kill()
