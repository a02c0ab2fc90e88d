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


def _create(path: Path, value: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mine = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(mine, path)  # fails when the other process was first: then its value is the one
    except FileExistsError:
        pass
    finally:
        mine.unlink()
