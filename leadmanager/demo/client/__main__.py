"""`python -m leadmanager.demo.client`: take leads in, answer with feedback, send new leads, until TERM.

Reads PORT, DEMO_CLIENT_PORT and, in DEMO, what `manage.py demo --json` printed.
"""

import asyncio
import errno
import json
import os
import signal
import sys

from leadmanager.demo.agreed import STAND_IN_HOST, stand_in_port
from leadmanager.demo.client.log import say
from leadmanager.demo.client.stand_in import StandIn


def main() -> int:
    """Run until told to stop; give the exit status."""
    try:
        port = stand_in_port(int(os.environ.get("PORT") or 8000))
        demo = json.loads(os.environ["DEMO"])
    except (KeyError, ValueError) as error:
        say(f"cannot start: {error}. It is started by `./run demo`.")
        return 1
    try:
        asyncio.run(_run(demo, port))
    except OSError as error:
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        say(f"port {port} {reason}; set DEMO_CLIENT_PORT to another one")
        return 1
    return 0


async def _run(demo: dict, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with StandIn(demo, port=port) as stand_in:
        say(f"clients' systems at http://{STAND_IN_HOST}:{port}/, a website that sends leads")
        work, stopped = asyncio.ensure_future(stand_in.work()), asyncio.ensure_future(stop.wait())
        done, _pending = await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()


if __name__ == "__main__":
    sys.exit(main())
