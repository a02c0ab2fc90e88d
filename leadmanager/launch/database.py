"""The database that a start works with: the one in `DATABASE_URL`, or the embedded one for as long as we run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import conninfo_to_dict

from leadmanager.embedded import OWNER_ROLE, database_url
from leadmanager.embedded.layout import Layout
from leadmanager.embedded.leases import lease
from leadmanager.home import home_directory


@dataclass(frozen=True)
class Database:
    """Addresses of one database."""

    url: str
    """For the application's own role."""
    owner_url: str
    """For migrations and tests."""
    direct_url: str
    """For what a transaction-pooling proxy cannot serve: LISTEN and the worker."""
    embedded: Layout | None
    """Where the embedded server is; None for any other."""

    @property
    def name(self) -> str:
        """What to call it in a message: never with a password."""
        if self.embedded:
            return "The embedded database"
        try:
            parts = conninfo_to_dict(self.url)
        except psycopg.ProgrammingError:
            return "The database"
        return f"The database {parts.get('dbname', '')} at {parts.get('host', 'this machine')}"


@contextmanager
def database() -> Iterator[Database]:
    """Give the database, held up for the length of the block when it is the embedded one; raises EmbeddedError."""
    given = os.environ.get("DATABASE_URL", "").strip()
    if given:
        yield Database(
            url=given,
            owner_url=os.environ.get("DATABASE_OWNER_URL", "").strip() or given,
            direct_url=os.environ.get("DATABASE_DIRECT_URL", "").strip() or given,
            embedded=None,
        )
        return
    home = home_directory()
    with lease(home) as layout:
        url = database_url(home)
        yield Database(url=url, owner_url=database_url(home, role=OWNER_ROLE), direct_url=url, embedded=layout)
