"""`./run clients`: third-party OData clients from npm and PyPI, unmodified, against the real server."""

import hashlib
import re
import shutil
import subprocess

from leadmanager.launch.commands import test
from leadmanager.launch.errors import LaunchError
from leadmanager.launch.programs import CHECKOUT

CLIENTS = CHECKOUT / "tests" / "clients"
_OLDEST_NODE = 18


def main(arguments: list[str]) -> int:
    """Install what the lock file names, then run the group with pytest; its exit status is ours."""
    _check_node()
    _install()
    return test.main([str(CLIENTS), *arguments])


def _check_node() -> None:
    advice = f"Node.js {_OLDEST_NODE} or newer with npm is needed (Debian: apt-get install nodejs npm)"
    if not shutil.which("node") or not shutil.which("npm"):
        raise LaunchError(f"{advice}; it is not installed.")
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    version = re.match(r"v(\d+)\.", said)
    if version is None or int(version[1]) < _OLDEST_NODE:
        raise LaunchError(f"{advice}; this is {said or 'none that answers'}.")


def _install() -> None:
    """Have npm install the clients, unless those of this lock file are there. Raises LaunchError."""
    wanted = hashlib.sha256((CLIENTS / "package-lock.json").read_bytes()).hexdigest()
    record = CLIENTS / "node_modules" / ".installed"
    if record.exists() and record.read_text(encoding="ascii") == wanted:
        return
    if subprocess.call(["npm", "ci", "--no-progress"], cwd=CLIENTS, stdin=subprocess.DEVNULL) != 0:
        raise LaunchError("npm could not install the clients; the lines above say why.")
    record.write_text(wanted, encoding="ascii")
