"""Senders of leads: threads that post over HTTP and keep their own list of what was acknowledged."""

import http.client
import json
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.waiting import WaitedInVain

_TIMEOUT_S = 20.0
_LONGEST_PAUSE_S = 1.0


@dataclass(frozen=True)
class Posting:
    """One lead of one source; its name is like no other's."""

    name: str
    number: int
    token: str


class Senders:
    """A few senders at work.

    What they met: leads `acknowledged` and `failed` (tried as often as allowed), answers of 503 (`unavailable`) and
    connections `broken_off`, both tried again, and anything else (`wrong`).
    """

    def __init__(self, *, name: str, port: int, tokens: Sequence[str], tries: int, notes: str = "") -> None:
        """Prepare; each lead is posted at most `tries` times, until it is acknowledged."""
        self.acknowledged: set[str] = set()
        self.failed: list[str] = []
        self.wrong: list[str] = []
        self.unavailable = 0
        self.broken_off = 0
        self._name = name
        self._port = port
        self._tokens = tokens
        self._tries = tries
        self._notes = notes
        self._posted = 0
        self._open = 0
        self._changed = threading.Condition()
        self._queue: queue.SimpleQueue[Posting | None] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(4)]
        for thread in self._threads:
            thread.start()

    def post(self, number: int) -> None:
        """Have so many more leads posted, the sources in turn."""
        for _ in range(number):
            token = self._tokens[self._posted % len(self._tokens)]
            self._posted += 1
            with self._changed:
                self._open += 1
            self._queue.put(Posting(f"{self._name} {self._posted:06}", self._posted, token))

    def finish(self, *, seconds: float = 120.0) -> None:
        """Return when everything was posted and answered for."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._open == 0, seconds):
                raise WaitedInVain(f"{self._open} leads are still being posted after {seconds:g} s")

    def end(self) -> None:
        """End the senders, whatever is left to post."""
        self._ending.set()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(_TIMEOUT_S)

    def _work(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
        while (posting := self._queue.get()) is not None and not self._ending.is_set():
            is_acknowledged = self._deliver(connection, posting)
            with self._changed:
                (self.acknowledged.add if is_acknowledged else self.failed.append)(posting.name)
                self._open -= 1
                self._changed.notify_all()
        connection.close()

    def _deliver(self, connection: http.client.HTTPConnection, posting: Posting) -> bool:
        for attempt in range(self._tries):
            if attempt:
                self._ending.wait(min(0.2 * attempt, _LONGEST_PAUSE_S))
            try:
                status, retry_after = self._post(connection, posting)
            except (OSError, http.client.HTTPException):
                connection.close()
                self.broken_off += 1
                continue
            if status in {200, 201}:
                return True
            if status == http.client.SERVICE_UNAVAILABLE and retry_after:
                self.unavailable += 1
                continue
            self.wrong.append(f"{status} for {posting.name}, Retry-After {retry_after}")
        return False

    def _post(self, connection: http.client.HTTPConnection, posting: Posting) -> tuple[int, str | None]:
        lead = {
            "id": posting.name,
            "name": posting.name,
            "phone": f"050-{posting.number:07}",
            "notes": self._notes,
        }
        headers = {"Content-Type": "application/json", "X-Source-Token": posting.token}
        connection.request("POST", "/api/v1/leads/", json.dumps(lead), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Retry-After")
