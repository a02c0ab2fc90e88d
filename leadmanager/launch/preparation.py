"""Bringing the database up to date before anything serves from it, and knowing quickly when it is already."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from leadmanager.home import home_directory
from leadmanager.launch.compiled_catalogues import compile_catalogues
from leadmanager.launch.database import Database
from leadmanager.launch.errors import LaunchError
from leadmanager.launch.programs import CHECKOUT, Program

_CONNECT_S = 5


@dataclass(frozen=True)
class Login:
    """A staff login that was just made."""

    username: str
    password: str


def prepare(database: Database) -> Login | None:
    """Migrate the database if anything is pending; on its first start give the staff login that was made.

    Nothing is pending when both the migrations in the code and those applied are the same as after the last
    preparation, which is known without loading Django. Raises LaunchError.
    """
    compile_catalogues(CHECKOUT)
    record = home_directory() / "prepared.json"
    if _read(record) == _state(database):
        return None
    arguments = ["django", "prepare"]
    if database.owner_url != database.url:
        arguments += ["--app-role", str(conninfo_to_dict(database.url).get("user", ""))]
    program = Program("prepare", tuple(arguments), {"DATABASE_URL": database.owner_url})
    with program.start(stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        said, _ = process.communicate()
    if process.returncode != 0:
        raise LaunchError(f"{database.name} could not be prepared; the lines above say why.")
    _write(record, _state(database))
    login = json.loads(said)
    return Login(**login) if login else None


def announce(login: Login | None) -> None:
    """Show a new staff login, the only time that anybody can."""
    if login is not None:
        print(f"First staff login: {login.username}   password: {login.password}", file=sys.stderr, flush=True)


def _state(database: Database) -> str:
    """Give a digest of the database's address, the migrations in the code, and those applied."""
    digest = hashlib.sha256(database.owner_url.encode())
    for path in (CHECKOUT / "requirements" / "runtime.lock", *sorted(CHECKOUT.glob("*/migrations/*.py"))):
        digest.update(f"\0{path.relative_to(CHECKOUT)}\0".encode() + path.read_bytes())
    for app, name in _applied(database):
        digest.update(f"\0{app}.{name}".encode())
    return digest.hexdigest()


def _applied(database: Database) -> Iterator[tuple[str, str]]:
    try:
        with psycopg.connect(database.owner_url, connect_timeout=_CONNECT_S) as connection:
            if connection.execute("SELECT to_regclass('django_migrations')").fetchone() != (None,):
                yield from connection.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    except psycopg.Error as error:
        # What cannot be read is shown by psycopg as a whole, its password included.
        is_unreadable = isinstance(error, psycopg.ProgrammingError)
        reason = "its address is malformed" if is_unreadable else str(error).strip().splitlines()[-1].strip()
        raise LaunchError(
            f"{database.name} cannot be reached ({reason}); check DATABASE_URL, or unset it to use the embedded one."
        ) from None


def _read(record: Path) -> str:
    try:
        return record.read_text(encoding="ascii")
    except OSError:
        return ""


def _write(record: Path, state: str) -> None:
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(state, encoding="ascii")
    except OSError as error:
        raise LaunchError(
            f"{record} cannot be written ({error.strerror}); set LEADMANAGER_HOME to a directory of yours."
        ) from None
