"""Typed readers of environment variables that fail loudly, naming the variable and what it should be."""

import os
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """Give the variable's text, without surrounding white space."""
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool = False) -> bool:
    """Give a yes/no variable; `1 true yes on` and `0 false no off` are understood."""
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; set it to 1 or 0.")


def integer(name: str, default: int, *, minimum: int = 0) -> int:
    """Give a whole number of at least `minimum`."""
    value = text(name)
    if not value:
        return default
    if not value.isdecimal() or int(value) < minimum:
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to a whole number of at least {minimum}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """Give the parts of a comma-separated variable, empty ones left out."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def database(url: str) -> dict[str, Any]:
    """Translate a libpq URL (`postgresql://user:password@host:port/name?...`) into Django's settings.

    Everything libpq knows is understood, a socket directory as `?host=/dir` included; what Django has no
    setting for is passed on as a connection option.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}") from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "") or "leadmanager",
        "USER": parts.pop("user", "") or "",
        "PASSWORD": parts.pop("password", "") or "",
        "HOST": parts.pop("host", "") or "",
        "PORT": parts.pop("port", "") or "",
        "OPTIONS": parts,
    }


@dataclass(frozen=True, kw_only=True, repr=False)
class MailServer:
    """Where mails are handed in, as Django's settings name it; the password is never shown."""

    backend: str
    directory: Path | None = None
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    uses_ssl: bool = False
    uses_starttls: bool = False


def mail_server(name: str, *, files: Path) -> MailServer:
    """Read the address of a mail server.

    `smtp://user:password@host:587` turns on encryption by STARTTLS, `smtps://...:465` speaks TLS from the start, and
    `smtp://...?tls=none` goes without, for a server on this machine. User and password are percent-encoded. Unset, or
    `file:///a/directory`, mails become files there or in `files`.
    """
    url = text(name)
    parts = urlsplit(url)
    if not url or (parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc):
        directory = Path(unquote(parts.path)) if url else files
        return MailServer(backend="accounts.mail.files.EmailBackend", directory=directory)
    try:
        port = parts.port or (465 if parts.scheme == "smtps" else 587)
    except ValueError:
        port = 0
    if not port or parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.query not in {"", "tls=none"}:
        raise ImproperlyConfigured(
            f"{name} cannot be read; write smtp://user:password@host:587 (STARTTLS), smtps://user:password@host:465, "
            "smtp://host:25?tls=none or file:///a/directory, with %, / and @ in the password percent-encoded."
        )
    return MailServer(
        backend="django.core.mail.backends.smtp.EmailBackend",
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        uses_ssl=parts.scheme == "smtps",
        uses_starttls=parts.scheme == "smtp" and not parts.query,
    )


def mail_sender(name: str, default: str) -> str:
    """Give the address that mails come from, `leads@agency.co.il` or `Agency <leads@agency.co.il>`."""
    value = text(name, default)
    _name, address = parseaddr(value)
    if "@" not in address.strip("@") or not value.isprintable():
        raise ImproperlyConfigured(f"{name} is {value!r}; write leads@agency.co.il or Agency <leads@agency.co.il>.")
    return value
