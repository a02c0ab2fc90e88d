"""An installation of the product in a temporary home, with a database server of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from leadmanager.bench.place import free_port
from leadmanager.embedded import OWNER_ROLE, database_url
from leadmanager.embedded.layout import Layout
from leadmanager.embedded.leases import lease
from leadmanager.launch.database import Database
from leadmanager.launch.preparation import prepare
from leadmanager.launch.programs import Program, web
from leadmanager.launch.serving import answers
from tests.faults.waiting import wait_until

LOOPBACK = "127.0.0.0/8:*"
# What is set for the product on this machine must not reach the one under test.
_NOT_OURS = (
    "DATABASE_", "LEADMANAGER_HOME", "SECRET_KEY", "DIGEST_KEY", "ENCRYPTION_KEYS", "DJANGO_", "PORT", "PUBLIC_URL",
    "ALLOWED_HOSTS", "TRUSTED_PROXY", "DEBUG", "TRANSMIT_",
)  # fmt: skip
_STOP_S = 20.0


class NotPossibleHere(Exception):
    """This machine or this user cannot do what a scenario needs; the message says what."""


@dataclass
class Place:
    """One installation: its database runs and is migrated; programs are started on it as scenarios need them."""

    home: Path
    database: Database
    port: int = field(default_factory=free_port)
    web_process: "subprocess.Popen[bytes] | None" = None
    _connection: "psycopg.Connection | None" = None

    def start(
        self, name: str, *arguments: str, settings: str = "leadmanager.settings", is_talked_to: bool = False
    ) -> "subprocess.Popen[bytes]":
        """Start a Python module as a process of this installation; what it logs goes to a file in the home.

        `is_talked_to` makes its input and output pipes.
        """
        environment = {
            "DATABASE_URL": self.database.url,
            "DATABASE_DIRECT_URL": self.database.direct_url,
            "DJANGO_SETTINGS_MODULE": settings,
            "PORT": str(self.port),
        }
        return self._start(Program(name, arguments, environment), is_talked_to=is_talked_to)

    def serve(self) -> None:
        """Start the web server as `./run` does, unless it runs."""
        if self.web_process is None:
            self.web_process = self._start(web(self.database, self.port))
            wait_until(lambda: answers(self.port), "the web server answers")

    def kill_postmaster(self) -> None:
        """Kill the database server as a crash would; its keeper starts it again."""
        os.kill(int((Layout(self.home).data / "postmaster.pid").read_text("ascii").split()[0]), signal.SIGKILL)

    def query(self, statement: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Give the rows of a statement run by the owner; waits for a server that is coming back."""
        found: list[list[tuple[Any, ...]]] = []

        def look() -> bool:
            try:
                if self._connection is None:
                    self._connection = psycopg.connect(self.database.owner_url, autocommit=True, connect_timeout=5)
                cursor = self._connection.execute(statement, parameters)
                found.append(cursor.fetchall() if cursor.description else [])
            except psycopg.OperationalError:
                self.hang_up()
            return bool(found)

        wait_until(look, "the database answers")
        return found[0]

    def hang_up(self) -> None:
        """Close the connection that `query` keeps."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _start(self, program: Program, *, is_talked_to: bool = False) -> "subprocess.Popen[bytes]":
        with (self.home / f"{program.name}.log").open("ab") as log:
            pipe = subprocess.PIPE
            return program.start(
                stdin=pipe if is_talked_to else subprocess.DEVNULL, stdout=pipe if is_talked_to else log, stderr=log
            )


def end(process: "subprocess.Popen[bytes]") -> int:
    """Ask a process to stop, insist after a while, and give its exit status."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


@contextmanager
def installation(*, database_megabytes: int | None = None) -> Iterator[Place]:
    """Have an installation for the length of the block; `database_megabytes` puts its database on a disk that small.

    Raises NotPossibleHere when such a disk cannot be made here.
    """
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="lm-faults-", dir="/tmp"))
        stack.callback(_remove, home)
        if database_megabytes is not None:
            stack.enter_context(_small_disk(home / "postgres", database_megabytes))
        stack.enter_context(_environment(home))
        layout = stack.enter_context(lease(home))
        url = database_url(home)
        database = Database(url=url, owner_url=database_url(home, role=OWNER_ROLE), direct_url=url, embedded=layout)
        prepare(database)
        place = Place(home, database)
        try:
            yield place
        finally:
            place.hang_up()
            if place.web_process is not None:
                end(place.web_process)


@contextmanager
def _environment(home: Path) -> Iterator[None]:
    before = dict(os.environ)
    for name in before:
        if name.startswith(_NOT_OURS):
            del os.environ[name]
    os.environ |= {"LEADMANAGER_HOME": str(home), "TRANSMIT_ALLOWED_NETWORKS": LOOPBACK}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before


@contextmanager
def _small_disk(directory: Path, megabytes: int) -> Iterator[None]:
    directory.mkdir(mode=0o700)
    options = f"size={megabytes}m,mode=0700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "lm-faults", str(directory)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:
        raise NotPossibleHere("a small disk for the database can be mounted by root on Linux only")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


def _remove(home: Path) -> None:
    if os.environ.get("FAULTS_KEEP_HOMES"):
        print(f"faults: kept {home}", file=sys.stderr)
    else:
        shutil.rmtree(home, ignore_errors=True)
