"""Transmit processes that come and go."""

import subprocess
from types import TracebackType
from typing import Self

from tests.faults.place import Place, end
from tests.faults.waiting import wait_until

_ARGUMENTS = ("django", "transmit")
# A process has one connection that claims and one that listens before it has sent anything.
_CONNECTIONS_EACH = 2
_CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'transmit'"
# What a killed process had leased, once nobody transmits: due now instead of when the lease ends.
_RECOVER = """
UPDATE distribution_delivery SET due_at = now()
WHERE rule_id = ANY(%(rules)s) AND state = 'sending' AND due_at > now()
"""


class Transmitters:
    """So many transmit processes of an installation, the oldest first; they end with the block."""

    def __init__(self, place: Place, number: int = 0) -> None:
        self._place = place
        self.processes: list[subprocess.Popen[bytes]] = []
        self.killed = 0
        self._start(number)

    def start(self, arguments: tuple[str, ...] = _ARGUMENTS) -> None:
        """Start one more and wait until all are at work."""
        self._launch(arguments)
        self.wait_until_at_work()

    def wait_until_at_work(self) -> None:
        """Return when every process has its connections."""
        wanted = _CONNECTIONS_EACH * len(self.processes)
        wait_until(lambda: self._connected() >= wanted, "the transmit processes are at work")

    def stop_oldest(self) -> int:
        """Have the oldest finish what it does and end; give its exit status."""
        return end(self.processes.pop(0))

    def kill_oldest(self) -> None:
        """Kill the oldest in whatever it does, and start another instead."""
        self._kill(self.processes.pop(0))
        self._start(1)

    def kill_all(self, rules: list[int]) -> None:
        """Kill all and start as many; the leases they left behind end now, as time would have it."""
        number = len(self.processes)
        while self.processes:
            self._kill(self.processes.pop())
        # Only when their last transactions are decided is it certain which leases are nobody's.
        wait_until(lambda: self._connected() == 0, "the database noticed that nobody transmits")
        self._place.query(_RECOVER, {"rules": rules})
        self._start(number)

    def _start(self, number: int) -> None:
        for _ in range(number):
            self._launch(_ARGUMENTS)

    def _launch(self, arguments: tuple[str, ...]) -> None:
        self.processes.append(self._place.start("transmit", *arguments, settings="tests.faults.settings"))

    def _kill(self, process: "subprocess.Popen[bytes]") -> None:
        process.kill()
        process.wait()
        self.killed += 1

    def _connected(self) -> int:
        return int(self._place.query(_CONNECTED)[0][0])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            end(process)
