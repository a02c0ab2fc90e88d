"""Making the cluster, and one run of the server on it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from leadmanager.embedded import locks
from leadmanager.embedded.errors import HomeUnusable, ServerNotStarted
from leadmanager.embedded.layout import APP_ROLE, DATABASE, OWNER_ROLE, SUPERUSER, Layout
from leadmanager.embedded.programs import MAJOR_VERSION, Account
from leadmanager.parent_death import signal_at_parent_death

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Personal data must not reach the log through a failing statement or the detail of its error.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}

# One statement a line, which is how the single-user server reads them. The default privileges are set in template1
# so that every database made later, the tests' too, has them.
_FIRST_STATEMENTS = f"""\
CREATE ROLE {OWNER_ROLE} LOGIN CREATEDB
CREATE ROLE {APP_ROLE} LOGIN
GRANT {APP_ROLE} TO {OWNER_ROLE}
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER_ROLE} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP_ROLE}
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER_ROLE} GRANT USAGE, SELECT ON SEQUENCES TO {APP_ROLE}
CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}
"""

_POLL_S = 0.01
_START_S = 60.0
_LEFT_OVER_S = 5.0
_KILLED_S = 10.0


def make_cluster(layout: Layout, programs: Path, account: Account) -> None:
    """Make the cluster with its roles and database unless there is one; raises ServerNotStarted."""
    if layout.data.exists():
        found = (layout.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != MAJOR_VERSION:
            raise ServerNotStarted(
                f"{layout.data} was made by PostgreSQL {found}, this is {MAJOR_VERSION}; move its data by a dump."
            )
        return
    _own_directory(layout.socket_directory, account)  # refused before the work rather than after it
    shutil.rmtree(layout.unfinished_data, ignore_errors=True)
    _own_directory(layout.unfinished_data, account)
    with _reachable(layout.unfinished_data, account) as (data, descriptors):
        _run_once(
            layout, programs, account, descriptors,
            ["initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale-provider=builtin",
             "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"],
        )  # fmt: skip
        _run_once(
            layout, programs, account, descriptors,
            ["postgres", "--single", "-D", data, "-c", "exit_on_error=on", "template1"], statements=_FIRST_STATEMENTS,
        )  # fmt: skip
    layout.unfinished_data.rename(layout.data)


def clear_left_overs(layout: Layout) -> None:
    """See to it that no process of an earlier run uses the cluster; raises ServerNotStarted.

    A server whose keeper was killed is already stopping and gets a moment; what then still holds the server's lock
    is told to end at once, which loses nothing: the next start replays its log.
    """
    with _descriptor(layout.lock("server")) as lock:
        if not locks.lock_within(lock, _LEFT_OVER_S):
            for process in _holders(layout.lock("server")):
                os.kill(process, signal.SIGQUIT)
            if not locks.lock_within(lock, _KILLED_S):
                raise ServerNotStarted(f"An earlier PostgreSQL still uses {layout.data}; end it, then start again.")
    # Nobody lives who could have written them, so whatever process has their number now is not a server of ours.
    for stale in (layout.data / "postmaster.pid", layout.socket, layout.socket_lock):
        stale.unlink(missing_ok=True)


def start(layout: Layout, programs: Path, account: Account) -> subprocess.Popen[bytes]:
    """Start the server and wait until it takes connections; raises ServerNotStarted."""
    clear_left_overs(layout)
    _own_directory(layout.socket_directory, account)
    with (
        _descriptor(layout.lock("server")) as lock,
        layout.log.open("ab") as log,
        _reachable(layout.data, account) as (data, data_descriptors),
        _reachable(layout.socket_directory, account) as (socket_directory, socket_descriptors),
    ):
        locks.lock(lock)
        settings = _SETTINGS | {"unix_socket_directories": socket_directory}
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            pass_fds=(lock, *data_descriptors, *socket_descriptors),
            # A fast shutdown: nothing stays behind when the keeper is killed.
            preexec_fn=signal_at_parent_death(os.getpid(), signal.SIGINT),
            **account.popen_arguments(),
        )
    deadline = time.monotonic() + _START_S
    while not is_ready(layout):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise ServerNotStarted(f"The embedded PostgreSQL did not start: {_last_words(layout)} (see {layout.log})")
        time.sleep(_POLL_S)
    return process


def is_ready(layout: Layout) -> bool:
    """Say whether the server takes connections now."""
    try:
        lines = (layout.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    if len(lines) < 8 or lines[7].strip() != "ready":
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(layout.socket))
        except OSError:
            return False
    return True


def _run_once(
    layout: Layout,
    programs: Path,
    account: Account,
    descriptors: tuple[int, ...],
    arguments: list[str],
    *,
    statements: str = "",
) -> None:
    done = subprocess.run(
        [programs / arguments[0], *arguments[1:]],
        input=statements.encode(),
        capture_output=True,
        cwd="/",
        env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"},
        pass_fds=descriptors,
        check=False,
        **account.popen_arguments(),
    )
    with layout.log.open("ab") as log:
        log.write(done.stdout + done.stderr)
    if done.returncode != 0:
        raise ServerNotStarted(f"The embedded PostgreSQL could not be set up: {_last_words(layout)} (see {layout.log})")


@contextmanager
def _reachable(directory: Path, account: Account) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Give a name under which the server finds the directory, and the descriptors it must inherit for that.

    Another user may be unable to walk to the state directory (/root is closed). The server then reaches it by an
    inherited descriptor, so that no directory above has to be opened to anybody.
    """
    if not account.is_other:
        yield str(directory), ()
        return
    with _descriptor(directory, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
        yield f"/proc/self/fd/{descriptor}", (descriptor,)


@contextmanager
def _descriptor(path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> Iterator[int]:
    with ExitStack() as stack:
        descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
        stack.callback(os.close, descriptor)
        yield descriptor


def _own_directory(directory: Path, account: Account) -> None:
    directory.mkdir(mode=0o700, exist_ok=True)
    status = directory.lstat()
    if not directory.is_dir() or directory.is_symlink() or status.st_uid not in {os.geteuid(), account.uid}:
        raise HomeUnusable(f"{directory} belongs to somebody else; remove it, or choose a shorter LEADMANAGER_HOME.")
    directory.chmod(0o700)
    if account.is_other:
        os.chown(directory, account.uid, account.gid)


def _holders(lock: Path) -> list[int]:
    """Give the processes that have the lock file open, other than ourselves."""
    if sys.platform != "linux":
        listed = subprocess.run(["lsof", "-t", lock], capture_output=True, check=False).stdout.split()
        return [int(process) for process in listed if int(process) != os.getpid()]
    wanted = lock.stat()
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid() and _has_open(process, wanted):
            found.append(int(process.name))
    return found


def _has_open(process: Path, wanted: os.stat_result) -> bool:
    try:
        return any(os.path.samestat(descriptor.stat(), wanted) for descriptor in (process / "fd").iterdir())
    except OSError:  # gone meanwhile, or not ours to look into
        return False


def _last_words(layout: Layout) -> str:
    lines = layout.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    telling = [line for line in lines[-30:] if "FATAL" in line or "PANIC" in line or "error" in line.lower()]
    return (telling or lines or ["no reason given"])[-1]
