"""A database connection that comes back: the loop outlives every outage of its database."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import psycopg
from psycopg import sql

from distribution.choices import DELIVERIES_CHANNEL

logger = logging.getLogger(__name__)

T = TypeVar("T")
Connection = psycopg.AsyncConnection[Any]

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
# A connection to a machine that is gone must be noticed, not waited for.
_PARAMETERS = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "application_name": "transmit",
}
# Short statements over estimates that the planner cannot make: compiling them costs more than running them.
_SESSION = "SET jit = off; SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s'"


async def connect(conninfo: str) -> Connection:
    """Open a connection that prepares every statement at its first use, in autocommit."""
    connection = await psycopg.AsyncConnection.connect(
        conninfo,
        autocommit=True,
        prepare_threshold=0,
        **_PARAMETERS,  # type: ignore[arg-type]
    )
    try:
        await connection.execute(_SESSION, prepare=False)
    except BaseException:
        await connection.close()
        raise
    return connection


class SteadyConnection:
    """One connection, opened when needed and opened again when it was lost."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: Connection | None = None
        self._pause_s = FIRST_PAUSE_S

    async def run(
        self, work: Callable[[Connection], Awaitable[T]], *, raising: tuple[type[psycopg.Error], ...] = ()
    ) -> T:
        """Do some work on the connection, again from its beginning after every failure, with growing pauses.

        The work must bear being repeated although its transaction may have been committed. Errors of the types
        `raising` are raised instead.
        """
        while True:
            try:
                if self._connection is None:
                    self._connection = await connect(self._conninfo)
                result = await work(self._connection)
            except (psycopg.Error, OSError) as error:
                if isinstance(error, raising):
                    raise
                # Neither the message nor the statement: they may quote what a person wrote.
                logger.warning("the database failed (%s), trying again", type(error).__name__)
                await self.close()
                await asyncio.sleep(self._pause_s)
                self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
            else:
                self._pause_s = FIRST_PAUSE_S
                return result

    async def close(self) -> None:
        """Close it; the next `run` opens another."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()


async def notifications(conninfo: str) -> AsyncIterator[None]:
    """Yield whenever somebody says that deliveries are due, and once after every (re)connection."""
    steady = SteadyConnection(conninfo)
    listen = sql.SQL("LISTEN {}").format(sql.Identifier(DELIVERIES_CHANNEL))

    async def start(connection: Connection) -> Connection:
        await connection.execute(listen)
        return connection

    try:
        while True:
            connection = await steady.run(start)
            yield
            try:
                async for _notify in connection.notifies():
                    yield
            except (psycopg.Error, OSError):
                await steady.close()
    finally:
        await steady.close()
