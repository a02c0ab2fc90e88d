"""A name for the test database that no other run uses, and an end for those of runs that were killed."""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo


@contextmanager
def own_database_name(base: str) -> Iterator[str]:
    """Give a name, ours as long as the block runs: an advisory lock says so to the other runs on the server."""
    prefix = f"test_{base}_"
    name = f"{prefix}{os.getpid()}"
    with psycopg.connect(make_conninfo(settings.DATABASE_URL, dbname="postgres"), autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [_lock(name)])
        for (found,) in server.execute("SELECT datname FROM pg_database").fetchall():
            if found.startswith(prefix) and found[len(prefix) :].isdecimal() and found != name:
                _drop_if_abandoned(server, found)
        yield name


def _drop_if_abandoned(server: psycopg.Connection, name: str) -> None:
    if server.execute("SELECT pg_try_advisory_lock(%s)", [_lock(name)]).fetchone() == (True,):
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute("SELECT pg_advisory_unlock(%s)", [_lock(name)])


def _lock(name: str) -> int:
    return 5_170_421_000_000_000 + zlib.crc32(name.encode())
