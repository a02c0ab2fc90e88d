"""Transmit processes that come and go."""

import os
import signal
import subprocess
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.faults.place import Place, end
from tests.faults.waiting import wait_until

SETTINGS = "tests.faults.settings"
# A process has one connection that claims and one that listens before it has sent anything.
_CONNECTIONS_EACH = 2
_CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'transmit'"


class Transmitters:
    """So many transmit processes of an installation, the oldest first; they end with the block."""

    def __init__(self, place: Place, number: int) -> None:
        """Prepare; entering the block starts them."""
        self.killed = 0
        self._place = place
        self._number = number
        self._processes: list[int] = []
        self._nursery: subprocess.Popen[bytes] | None = None

    def wait_until_at_work(self, *, others: int = 0) -> None:
        """Return when every process has its connections, and so many that somebody else started."""
        wanted = _CONNECTIONS_EACH * (len(self._processes) + others)
        wait_until(lambda: self._connected() >= wanted, "the transmit processes are at work")

    def kill_oldest(self) -> None:
        """Kill the oldest in whatever it does, and start another instead."""
        self._kill(self._processes.pop(0))
        self._start(1)

    def kill_all(self) -> None:
        """Kill all and start as many."""
        while self._processes:
            self._kill(self._processes.pop())
        self._start(self._number)

    def replace_oldest(self) -> None:
        """Start another; when it is at work, have the oldest finish what it has begun, and end."""
        self._start(1)
        self.wait_until_at_work()
        oldest = self._processes.pop(0)
        os.kill(oldest, signal.SIGTERM)
        wait_until(lambda: not _lives(oldest), "the transmit process finished")

    def _start(self, number: int) -> None:
        assert self._nursery is not None
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        for _ in range(number):
            self._nursery.stdin.write(b"\n")
            self._nursery.stdin.flush()
            self._processes.append(int(self._nursery.stdout.readline()))

    def _kill(self, process: int) -> None:
        os.kill(process, signal.SIGKILL)
        wait_until(lambda: not _lives(process), "the killed process is gone")
        self.killed += 1

    def _connected(self) -> int:
        return int(self._place.query(_CONNECTED)[0][0])

    def __enter__(self) -> Self:
        self._nursery = self._place.start(
            "transmit", "tests.faults.nursery", "transmit", settings=SETTINGS, is_talked_to=True
        )
        self._start(self._number)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGINT)
        for process in self._processes:
            wait_until(lambda: not _lives(process), "the transmit process ended")  # noqa: B023 - called at once
        assert self._nursery is not None
        end(self._nursery)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
