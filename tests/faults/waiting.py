"""Waiting for what other processes bring about."""

import time
from collections.abc import Callable


class WaitedInVain(Exception):
    """It did not happen in time."""


def wait_until(look: Callable[[], object], what: str, *, seconds: float = 60.0) -> None:
    """Return as soon as `look` gives something true; raises WaitedInVain after `seconds`."""
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            raise WaitedInVain(f"waited {seconds:g} s in vain until {what}")
        time.sleep(0.05)
