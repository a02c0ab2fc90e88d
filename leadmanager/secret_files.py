"""The installation's secrets: from the environment, else from files in the state directory, made when first needed.

They never enter the database, so a copy of the database alone opens nothing.
"""

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured


def read_or_create(home: Path, name: str) -> str:
    """Give the secret called `name` (`secret_key`, `digest_key` or `encryption_keys`).

    The environment variable of the same name in capitals wins. Two processes that start at once agree on one
    value: the file appears whole, or the other's is read.
    """
    given = os.environ.get(name.upper(), "").strip()
    if given:
        return given
    path = home / "secrets" / name
    try:
        if not path.exists():
            _create(path, Fernet.generate_key().decode() if name == "encryption_keys" else secrets.token_urlsafe(48))
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The secret {path} cannot be read or made ({error.strerror}). Make LEADMANAGER_HOME writable, "
            f"or set {name.upper()} in the environment."
        ) from None


def add_encryption_key(home: Path) -> Path:
    """Put a new encryption key before those of the file, which is replaced whole; give the file.

    Raises OSError when the file cannot be written.
    """
    known = read_or_create(home, "encryption_keys")
    path = home / "secrets" / "encryption_keys"
    _written(path, f"{Fernet.generate_key().decode()},{known}").replace(path)
    return path


def _create(path: Path, value: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mine = _written(path, value)
    try:
        os.link(mine, path)  # fails when the other process was first: then its value is the one
    except FileExistsError:
        pass
    finally:
        mine.unlink()


def _written(path: Path, value: str) -> Path:
    """Write the value to a file of our own beside `path`, where nobody else can read it."""
    mine = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    return mine
