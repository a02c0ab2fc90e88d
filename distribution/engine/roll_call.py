"""Which transmit processes live: each holds a lock on a file of its own, which the kernel frees at its death.

A lease would otherwise hold its rule's places until it ends (the rule's timeout and 30 s). A process whose lock is
free cannot be sending any more, whatever killed it, so its leases may end at once: nothing that a living process
sends is ever taken from it. Only processes that share the directory see each other; on other machines leases end by
time, as ever.
"""

import fcntl
import logging
import os
import secrets
import time
from pathlib import Path
from uuid import UUID

from distribution.engine import statements
from distribution.engine.connections import Connection

logger = logging.getLogger(__name__)

# The database may still be about to commit the last claim of a process when it is found dead.
LAST_COMMIT_S = 120.0
_KEY_BYTES = 8
_SUFFIX = ".transmit"


class RollCall:
    """One process's presence in a directory, and what it sees of the others; None as directory: it is alone."""

    def __init__(self, directory: Path | None) -> None:
        self._key = secrets.token_bytes(_KEY_BYTES)
        self._path = directory / (self._key.hex() + _SUFFIX) if directory is not None else None
        self._file: int | None = None
        self._found_dead: dict[Path, float] = {}

    def new_lease(self) -> UUID:
        """Make the mark of one claim: whose it is, and a part of its own."""
        return UUID(bytes=self._key + secrets.token_bytes(_KEY_BYTES))

    def enter(self) -> None:
        """Be present from now on until the process ends. Where that cannot be, leases end by time only."""
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError as error:
            logger.warning("other transmit processes cannot see this one: %s", error.strerror)

    def leave(self) -> None:
        """Leave, with nothing left under way."""
        if self._file is not None and self._path is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = None

    def dead(self) -> list[bytes]:
        """Give the keys of processes that died and may have left leases behind."""
        if self._path is None:
            return []
        found = [path for path in self._path.parent.glob("*" + _SUFFIX) if _is_free(path)]
        now = time.monotonic()
        for path in found:
            if now - self._found_dead.setdefault(path, now) > LAST_COMMIT_S:
                path.unlink(missing_ok=True)
        return [bytes.fromhex(path.name.removesuffix(_SUFFIX)) for path in found]


def _is_free(path: Path) -> bool:
    """Tell whether nobody holds the lock; a file that cannot be looked at is taken for held."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(file)
    return True


async def expire_leases(connection: Connection, keys: list[bytes]) -> int:
    """End the leases of dead processes; gives how many there were."""
    number = 0
    for key in keys:
        edges = {"first": UUID(bytes=key + bytes(_KEY_BYTES)), "last": UUID(bytes=key + b"\xff" * _KEY_BYTES)}
        number += (await connection.execute(statements.EXPIRE_LEASES, edges)).rowcount
    return number
