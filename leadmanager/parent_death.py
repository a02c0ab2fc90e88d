"""Ending with the parent, so that nothing stays behind when it is killed without a chance to clean up."""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_POLL_S = 0.5


def end_with_parent(parent: int) -> None:
    """Have this process killed as soon as the process `parent`, which started it, is gone.

    The kernel does it on Linux; elsewhere a thread watches. To be called from the process that shall end: the
    kernel forgets the wish on fork, so granian's workers ask for themselves.
    """
    if sys.platform == "linux":
        signal_at_parent_death(parent, signal.SIGKILL)()
    else:
        threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def signal_at_parent_death(parent: int, number: signal.Signals) -> Callable[[], None]:
    """Give a function that, run in a child just before exec, asks for `number` at the death of `parent`.

    On systems other than Linux the function does nothing.
    """
    if sys.platform != "linux":
        return lambda: None
    libc = ctypes.CDLL(None)  # loaded here: between fork and exec nothing should be

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), number)

    return ask


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_S)
    os.kill(os.getpid(), signal.SIGKILL)
