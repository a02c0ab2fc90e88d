"""`python -m tests.receivers [--port N] [--ledger FILE]`: a receiver to play with.

Prints its address and the behaviours; appends a JSON line per request to the ledger.
"""

import argparse
import asyncio
import contextlib
import json
from pathlib import Path

from tests.receivers.catalogue import CATALOGUE
from tests.receivers.requests import ReceivedRequest
from tests.receivers.server import Receiver


async def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ledger", type=Path)
    options = parser.parse_args()

    def write(request: ReceivedRequest) -> None:
        line = {
            "method": request.method,
            "path": request.path,
            "key": request.key,
            "headers": request.headers,
            "status": request.answered,
            "body": request.body.hex(),
        }
        with options.ledger.open("a") as ledger:
            ledger.write(json.dumps(line) + "\n")

    receiver = Receiver(on_request=write if options.ledger else None)
    await receiver.start(port=options.port)
    print(receiver.url(""), flush=True)
    for behaviour in CATALOGUE.values():
        print(f"  {behaviour.__doc__}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
