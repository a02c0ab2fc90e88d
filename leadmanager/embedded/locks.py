"""`flock`s: advisory locks that the kernel releases with the last process that holds the open file."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_POLL_S = 0.02


def open_lock(path: Path) -> int:
    """Open the lock file for locking; give the descriptor, which children do not inherit."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock if it is free now; give whether it was."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_within(descriptor: int, seconds: float, *, shared: bool = False) -> bool:
    """Take the lock as soon as it is free, waiting at most `seconds`; give whether it was taken."""
    deadline = time.monotonic() + seconds
    while not try_lock(descriptor, shared=shared):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def lock(descriptor: int) -> None:
    """Take the lock alone, waiting as long as it takes."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def is_free(path: Path) -> bool:
    """Say whether nobody holds the lock alone."""
    if not path.exists():
        return True
    descriptor = open_lock(path)
    try:
        return try_lock(descriptor, shared=True)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock alone for the length of the block."""
    descriptor = open_lock(path)
    try:
        lock(descriptor)
        yield
    finally:
        os.close(descriptor)
