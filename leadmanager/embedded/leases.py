"""Leases on the embedded server: it runs as long as one is held, in whatever process."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadmanager.embedded import errors, locks, server
from leadmanager.embedded.layout import Layout

_CHECKOUT = Path(__file__).resolve().parent.parent.parent
_STOPPING_S = 30.0
_READY_S = 60.0
_GONE_S = 8.0
_POLL_S = 0.02
_LOG_LIMIT = 10_000_000


@contextmanager
def lease(home: Path) -> Iterator[Layout]:
    """Have the server of the state directory `home` run for the length of the block.

    It is started when nobody else has it running; when ours was the last lease, it is stopped before this returns.
    Raises EmbeddedError.
    """
    layout = Layout(home)
    _make_root(layout)
    descriptor = locks.open_lock(layout.lock("lease"))
    try:
        if not locks.lock_within(descriptor, _STOPPING_S, shared=True):
            raise errors.ServerNotStarted(f"The embedded PostgreSQL in {layout.root} does not stop; end it by hand.")
        ensure_running(layout)
        yield layout
    finally:
        _release(layout, descriptor)


def ensure_running(layout: Layout) -> None:
    """See to it that the server is up and kept; for holders of a lease. Raises EmbeddedError."""
    deadline = time.monotonic() + _READY_S
    while True:
        if is_kept(layout) and server.is_ready(layout):
            return
        with locks.locked(layout.lock("start")):
            if not is_kept(layout):
                _start_keeper(layout)
        if time.monotonic() > deadline:
            raise errors.ServerNotStarted(f"The embedded PostgreSQL does not answer; see {layout.log}.")
        time.sleep(_POLL_S)


def is_kept(layout: Layout) -> bool:
    """Say whether a keeper looks after the server."""
    return not locks.is_free(layout.lock("keeper"))


def _make_root(layout: Layout) -> None:
    try:
        layout.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        layout.root.chmod(0o700)
        layout.lock("lease").touch(mode=0o600)
        if layout.log.exists() and layout.log.stat().st_size > _LOG_LIMIT:
            layout.log.replace(layout.log.with_suffix(".log.old"))
    except OSError as error:
        raise errors.HomeUnusable(
            f"{layout.root} cannot be made or written ({error.strerror}); set LEADMANAGER_HOME to a directory of yours."
        ) from None


def _start_keeper(layout: Layout) -> None:
    report, reporting = os.pipe()
    with layout.log.open("ab") as log, os.fdopen(reporting, "wb") as stdout:
        # Returns at once: the keeper leaves its starter, which it may outlive.
        subprocess.run(
            [sys.executable, "-m", "leadmanager.embedded.keeper", str(layout.home)],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=log,
            cwd=_CHECKOUT,
            start_new_session=True,
            check=False,
        )
    with os.fdopen(report, encoding="utf-8") as channel:
        said = channel.readline().strip()
    if said == "ready":
        return
    code, _, message = said.partition(" ")
    kinds = {kind.code: kind for kind in errors.EmbeddedError.__subclasses__()}
    raise kinds.get(code, errors.ServerNotStarted)(message or f"PostgreSQL's keeper did not start; see {layout.log}.")


def _release(layout: Layout, descriptor: int) -> None:
    """Give the lease back; when it was the last one, wait until the server is gone."""
    # Nobody else's when we can have it alone. When we cannot have it shared either, the keeper has it: it is stopping.
    is_last = locks.try_lock(descriptor) or not locks.try_lock(descriptor, shared=True)
    os.close(descriptor)
    deadline = time.monotonic() + _GONE_S
    while is_last and is_kept(layout) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
