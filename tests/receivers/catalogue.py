"""Everything a receiver can be, by the first part of the path."""

import contextlib

from tests.receivers.behaviours import BEHAVIOURS, Connection, accept
from tests.receivers.systems import SYSTEMS

CATALOGUE = BEHAVIOURS | SYSTEMS


async def behave(name: str, it: Connection) -> int | None:
    """Let a behaviour answer; the other side going away is no error here."""
    with contextlib.suppress(ConnectionError):
        return await CATALOGUE.get(name, accept)(it)
    return None
