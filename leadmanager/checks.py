"""System checks: a wrong deployment is named before it does harm."""

from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


@register(Tags.database)
def postgresql_version(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """PostgreSQL 15 is the oldest that the schema's SQL runs on."""
    from django.db import connections

    for alias in databases or []:
        connection = connections[alias]
        if connection.vendor != "postgresql":
            return [
                Error(
                    "Only PostgreSQL is supported.", hint="Set DATABASE_URL to postgresql://...", id="leadmanager.E001"
                )
            ]
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version_num")
            (version,) = cursor.fetchone()
        if int(version) < 150_000:
            return [Error(f"PostgreSQL {version} is too old.", hint="Use version 15 or newer.", id="leadmanager.E002")]
    return []


@register()
def encryption_keys_are_usable(**kwargs: Any) -> list[CheckMessage]:
    """Every key in ENCRYPTION_KEYS must be a Fernet key, or stored secrets could not be read."""
    for key in settings.ENCRYPTION_KEYS:
        try:
            Fernet(key)
        except ValueError:
            return [
                Error(
                    "ENCRYPTION_KEYS holds something that is not a Fernet key.",
                    hint="A Fernet key is 44 characters of URL-safe base64; restore the right file or variable.",
                    id="leadmanager.E003",
                )
            ]
    return []


@register(Tags.security, deploy=True)
def mails_leave_the_house(**kwargs: Any) -> list[CheckMessage]:
    """A public installation without a mail server writes alarms and mailed leads into files that nobody reads."""
    if settings.IS_PUBLIC and settings.EMAIL_FILE_PATH:
        return [
            Warning(
                "No mail server is set: mails are written into files.",
                hint="Set EMAIL_URL to smtp://user:password@host:587, and MAIL_FROM.",
                id="leadmanager.W004",
            )
        ]
    return []
