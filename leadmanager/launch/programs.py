"""The programs that a start runs beside each other, each a Python module with its arguments."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadmanager.launch.database import Database

CHECKOUT = Path(__file__).resolve().parent.parent.parent

# Requests wait for the database most of their time, so a process takes several; Python uses one core a process.
WEB_PROCESSES = min(os.cpu_count() or 1, 4)
# At a HUP a worker is told to go so long after its successor was started, loaded or not: a busy machine needs longer
# than granian's own 3.5 s, and nobody would answer meanwhile.
RESPAWN_S = 10
WEB_THREADS = min(2 * (os.cpu_count() or 1) + 1, 8)


@dataclass(frozen=True)
class Program:
    """One process to run."""

    name: str
    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, **options: Any) -> subprocess.Popen[Any]:
        """Start it as a child that ends with this process; `options` are `subprocess.Popen`'s."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "leadmanager.settings",
            **self.environment,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "leadmanager.launch.child", str(os.getpid()), *self.arguments],
            env=environment,
            start_new_session=True,  # Ctrl-C reaches us alone; we tell the children in order
            **options,
        )


def host() -> str:
    """Give the address to listen at: this machine only, unless a public address was named."""
    return "0.0.0.0" if os.environ.get("PUBLIC_URL", "").strip() else "127.0.0.1"  # noqa: S104


def web(database: Database, port: int) -> Program:
    """Give the web server."""
    return Program(
        "web",
        (
            "granian", "--interface", "wsgi", "--host", host(), "--port", str(port), "--no-ws",
            "--workers", str(WEB_PROCESSES), "--blocking-threads", str(WEB_THREADS), "--respawn-failed-workers",
            "--respawn-interval", str(RESPAWN_S),
            "--workers-kill-timeout", "3", "--log-level", "warning", "leadmanager.wsgi:application",
        ),
        {"DATABASE_URL": database.url, "PORT": str(port)},
    )  # fmt: skip


def background(database: Database, port: int) -> tuple[Program, ...]:
    """Give what works without being asked: the worker and the transmit loop."""
    environment = {"DATABASE_URL": database.url, "DATABASE_DIRECT_URL": database.direct_url, "PORT": str(port)}
    return (
        # The worker's own connection is the one that must not go through a transaction-pooling proxy.
        Program("worker", ("django", "procrastinate", "worker"), environment | {"DATABASE_URL": database.direct_url}),
        # Within the supervisor's grace: what is cut off is recorded as such and due again at the next start, at once.
        Program("transmit", ("django", "transmit", "--stop-within", "3"), environment),
    )
