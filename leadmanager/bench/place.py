"""Where benchmarks run: a database and a state directory of their own, and the product served on them."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from leadmanager.bench.errors import BenchmarkFailed
from leadmanager.launch.database import Database
from leadmanager.launch.programs import web
from leadmanager.launch.serving import answers

_PREFIX = "leadmanager_bench_"
_START_S = 30.0
_STOP_S = 5.0
# What is set for the product on this machine must not change what is measured, nor be reached by it.
_NOT_OURS = ("PUBLIC_URL", "ALLOWED_HOSTS", "TRUSTED_PROXY", "DEBUG", "SECRET_KEY", "DIGEST_KEY", "ENCRYPTION_KEYS")


@contextmanager
def own_place(server: Database) -> Iterator[Database]:
    """Give an empty database on the same server; the environment points at it and at an empty state directory."""
    with own_database(server) as ours, tempfile.TemporaryDirectory(prefix="leadmanager-bench-") as home:
        before = dict(os.environ)
        for name in _NOT_OURS:
            os.environ.pop(name, None)
        os.environ |= {
            "LEADMANAGER_HOME": home,
            # Counted as ever, but never refused: one key makes all the load.
            "API_REQUESTS_PER_MINUTE": str(10**9),
            "DATABASE_URL": ours.url,
            "DATABASE_OWNER_URL": ours.owner_url,
            "DATABASE_DIRECT_URL": ours.direct_url,
        }
        try:
            yield ours
        finally:
            os.environ.clear()
            os.environ |= before


@contextmanager
def own_database(server: Database) -> Iterator[Database]:
    """Give a new database beside the product's, dropped afterwards, with those of runs that were killed."""
    name = _PREFIX + secrets.token_hex(4)
    ours = replace(
        server,
        url=_named(server.url, name),
        owner_url=_named(server.owner_url, name),
        direct_url=_named(server.direct_url, name),
    )
    try:
        with psycopg.connect(server.owner_url, autocommit=True) as connection:
            _drop_abandoned(connection)
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege:
        raise BenchmarkFailed("A benchmark needs a role that may create databases: set DATABASE_OWNER_URL.") from None
    try:
        with psycopg.connect(ours.owner_url):  # as long as this is open, nobody takes the database for abandoned
            yield ours
    finally:
        with psycopg.connect(server.owner_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def served(database: Database) -> Iterator[str]:
    """Serve the product as `./run` does; give its address. Raises BenchmarkFailed when it does not answer."""
    port = free_port()
    with web(database, port).start(stdout=sys.stderr) as process:
        try:
            deadline = time.monotonic() + _START_S
            while not answers(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise BenchmarkFailed("The web server did not start; the lines above say why.")
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def free_port() -> int:
    """Give a port of this machine that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _named(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _drop_abandoned(connection: psycopg.Connection) -> None:
    found = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_PREFIX]).fetchall()
    for (name,) in found:
        try:
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
        except psycopg.errors.ObjectInUse:
            continue  # another run's, at work
