"""Web, worker and transmit are restarted one after the other while leads come in."""

import signal
import threading
from pathlib import Path

from tests.faults.account import Account
from tests.faults.place import Place, end
from tests.faults.stage import Stage, stage
from tests.faults.transmitters import Transmitters
from tests.faults.waiting import wait_until

ROUNDS = 2
# One retry: what every sender does.
TRIES = 2
_PACE_S = 0.05
_WORKERS = "SELECT count(*) FROM procrastinate_workers"


def rolling_restart(place: Place) -> Account:
    """No sender fails after one retry, and no lead goes out twice.

    Web by HUP, by which granian replaces its workers one after the other; transmit and worker by starting the next
    one before the last is told to stop.
    """
    with (
        stage(place, "rolling_restart", behaviour="delay/200", tries=TRIES) as here,
        Transmitters(place, 2) as transmitters,
    ):
        worker = place.start("worker", "django", "procrastinate", "worker")
        statuses = []
        try:
            transmitters.wait_until_at_work()
            _wait_for_workers(place, 1)
            with _Load(here) as load:
                for _ in range(ROUNDS):
                    _replace_web_workers(place)
                    transmitters.replace_oldest()
                    transmitters.replace_oldest()
                    following = place.start("worker", "django", "procrastinate", "worker")
                    _wait_for_workers(place, 2)
                    statuses.append(end(worker))
                    worker = following
            here.settle()
        finally:
            statuses.append(end(worker))
        account = here.account()
    account.more |= {"rounds": ROUNDS}
    account.expect(acknowledged=load.posted, requests=load.posted, duplicates=0, failed_intakes=0)
    if any(statuses):
        account.complaints.append(f"workers ended with {statuses}")
    return account


def _replace_web_workers(place: Place) -> None:
    web = place.web_process
    assert web is not None
    before = _children(web.pid)
    web.send_signal(signal.SIGHUP)
    wait_until(lambda: not before & _children(web.pid), "every web worker was replaced")


def _children(process: int) -> set[str]:
    return set(Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split())


def _wait_for_workers(place: Place, number: int) -> None:
    wait_until(lambda: place.query(_WORKERS)[0][0] == number, f"there are {number} workers")


class _Load:
    """Leads posted at an even pace as long as the block lasts."""

    def __init__(self, here: Stage) -> None:
        self.posted = 0
        self._here = here
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._post, daemon=True)

    def _post(self) -> None:
        while not self._enough.wait(_PACE_S):
            self._here.senders.post(1)
            self.posted += 1

    def __enter__(self) -> "_Load":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._enough.set()
        self._thread.join()
