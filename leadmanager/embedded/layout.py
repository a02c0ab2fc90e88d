"""Where the embedded server keeps its files, and the address it answers at."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

DATABASE = "leadmanager"
OWNER_ROLE = "leadmanager_owner"
APP_ROLE = "leadmanager_app"
SUPERUSER = "postgres"

_SOCKET_FILE = ".s.PGSQL.5432"
# sun_path holds 108 bytes on Linux and 104 on macOS and the BSDs, the final zero included.
_LONGEST_SOCKET_PATH = 103


@dataclass(frozen=True)
class Layout:
    """The places under one state directory."""

    home: Path

    @property
    def root(self) -> Path:
        """All that belongs to the server."""
        return self.home / "postgres"

    @property
    def data(self) -> Path:
        """The cluster."""
        return self.root / "data"

    @property
    def unfinished_data(self) -> Path:
        """A cluster in the making; it becomes `data` by a rename, so that one cut off half-way is never used."""
        return self.root / "data.unfinished"

    @property
    def socket_directory(self) -> Path:
        """Where the socket is: beside the data, or in a short place of its own when that path is too long."""
        beside = self.root / "socket"
        if len(os.fsencode(beside / _SOCKET_FILE)) <= _LONGEST_SOCKET_PATH:
            return beside
        return Path("/tmp") / f"leadmanager-{hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]}"  # noqa: S108

    @property
    def socket(self) -> Path:
        """The server's socket."""
        return self.socket_directory / _SOCKET_FILE

    @property
    def socket_lock(self) -> Path:
        """The server's own lock file beside it, which holds a process id only."""
        return self.socket_directory / f"{_SOCKET_FILE}.lock"

    @property
    def log(self) -> Path:
        """What the server and its keeper say."""
        return self.root / "server.log"

    def lock(self, name: str) -> Path:
        """Give the lock file called `name` (see the package's docstring)."""
        return self.root / f"{name}.lock"


def database_url(home: Path, *, role: str = APP_ROLE, database: str = DATABASE) -> str:
    """Give the libpq address of the embedded server that belongs to `home`, running or not."""
    host = quote(str(Layout(home).socket_directory), safe="")
    return f"postgresql://{role}@/{database}?host={host}"
