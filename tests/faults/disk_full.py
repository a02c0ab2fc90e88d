"""The database's disk fills up under load, and is freed again."""

from pathlib import Path

from tests.faults.account import Account
from tests.faults.place import Place, installation
from tests.faults.stage import Stage, stage
from tests.faults.transmitters import Transmitters
from tests.faults.waiting import wait_until

DISK_MEGABYTES = 160
BEFORE, AFTER = 100, 100
# Each lead is long, so that what is left of the disk is soon used up.
NOTES = "x" * 20_000
REFUSALS = 40
MOST_LEADS = 5_000
TRIES = 2
_BLOCK = bytes(65_536)


def disk_full() -> Account:
    """On a full disk nobody gets a 201 for a lead that is not kept: 503 with Retry-After; with room again it goes on.

    On an installation of its own, as its database is on a small disk. Raises NotPossibleHere where such a disk cannot
    be mounted.
    """
    with (
        installation(database_megabytes=DISK_MEGABYTES) as place,
        stage(place, "disk_full", tries=TRIES, notes=NOTES) as here,
        Transmitters(place, 1) as transmitters,
    ):
        transmitters.wait_until_at_work()
        here.post(BEFORE)
        here.senders.finish()
        ballast = _fill(place)
        posted = 0
        while here.senders.unavailable < REFUSALS and posted < MOST_LEADS:
            here.senders.post(20)
            here.senders.finish()
            posted += 20
        acknowledged_when_full = len(here.senders.acknowledged) - BEFORE
        ballast.unlink()
        wait_until(lambda: _goes_on(here), "leads are taken in again")
        here.post(AFTER)
        here.settle()
        account = here.account()
    account.more |= {"acknowledged_when_full": acknowledged_when_full}
    if here.senders.unavailable < REFUSALS:
        account.complaints.append("the disk was never full")
    return account


def _fill(place: Place) -> Path:
    """Use up the rest of the disk; give the file that does."""
    ballast = place.home / "postgres" / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(_BLOCK)
        except OSError:
            return ballast


def _goes_on(here: Stage) -> bool:
    before = len(here.senders.acknowledged)
    here.senders.post(1)
    here.senders.finish()
    return len(here.senders.acknowledged) > before
