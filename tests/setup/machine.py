"""Looking at and talking to real processes, without guessing how long things take."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from leadmanager.embedded import OWNER_ROLE, database_url, locks
from leadmanager.embedded.layout import Layout

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 60

_HOLD = """
import sys
from pathlib import Path
from leadmanager.embedded.leases import ensure_running, lease
with lease(Path(sys.argv[1])) as layout:
    print("up", flush=True)
    for line in sys.stdin:
        ensure_running(layout)
        print("up", flush=True)
"""


def wait_until(look: Callable[[], object], what: str, *, seconds: float = PATIENCE_S) -> None:
    """Return as soon as `look` gives something true; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.02)


def environment(home: Path, **more: str) -> dict[str, str]:
    """Give the environment for a process of ours with a home of its own, none of the surrounding test run's."""
    ours = ("DATABASE_", "LEADMANAGER_", "SECRET_KEY", "DIGEST_KEY", "ENCRYPTION_KEYS", "DJANGO_", "PORT", "PUBLIC_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONPATH": str(CHECKOUT), "LEADMANAGER_HOME": str(home), **more}


class Holder:
    """A process that holds a lease on the embedded server."""

    def __init__(self, home: Path, **more: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _HOLD, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(home, **more),
        )

    def wait_until_up(self) -> None:
        """Return when the lease was given."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "up\n"

    def ask_for_it_again(self) -> None:
        """Have the holder see to it that the server runs."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.wait_until_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.communicate()


def query(home: Path, statement: str, *, role: str = OWNER_ROLE) -> Any:
    """Give the first value of a statement's answer, None for a statement without one."""
    with psycopg.connect(database_url(home, role=role), autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def answers(home: Path) -> bool:
    """Say whether the server of `home` takes connections."""
    try:
        return bool(query(home, "SELECT true"))
    except psycopg.OperationalError:
        return False


def postmaster(home: Path) -> int:
    """Give the process id of the server of `home`."""
    return int((Layout(home).data / "postmaster.pid").read_text(encoding="ascii").split()[0])


def keeper(home: Path) -> int:
    """Give the process id of the keeper of `home`."""
    (found,) = [
        process for process in processes_of(home) if b"leadmanager.embedded.keeper" in _read(f"/proc/{process}/cmdline")
    ]
    return found


def processes_of(home: Path) -> list[int]:
    """Give the living processes that were started for `home`, by their environment."""
    wanted = f"LEADMANAGER_HOME={home}".encode()
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdecimal() and wanted in _read(f"/proc/{entry.name}/environ").split(b"\0")
    ]


def nothing_runs(home: Path) -> bool:
    """Say whether neither a server nor its keeper nor anything else of `home` lives."""
    layout = Layout(home)
    return locks.is_free(layout.lock("server")) and locks.is_free(layout.lock("keeper")) and not processes_of(home)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:  # gone, or somebody else's
        return b""
