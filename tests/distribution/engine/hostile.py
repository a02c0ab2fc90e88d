"""`python -m tests.distribution.engine.hostile URL`: send to every hostile receiver; print time and memory as JSON."""

import asyncio
import contextlib
import json
import sys
import time
from pathlib import Path
from resource import getpagesize
from typing import Any

from distribution.engine.wire import Outgoing, Wire, WireError

LOOPBACK = ("127.0.0.0/8:*",)
DEADLINE_S = 2.0
AT_ONCE = 25
# What no receiver should do, and each of them must end by the deadline with little read.
HOSTILE = (
    "hang", "drip-headers", "drip-body", "reset", "reset-mid-body", "short-body", "close", "big/1000000000",
    "gzip-bomb", "many-headers/200", "many-headers/20000", "long-header", "bad-chunk", "bad-utf8", "html/500",
    "deep-json/1000000", "raw/99", "raw/600", "garbage", "redirect/http:%2F%2F169.254.169.254%2F", "status/600",
)  # fmt: skip


def memory() -> int:
    """Give the bytes of memory this process has at this moment."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * getpagesize()


async def send(wire: Wire, url: str) -> float:
    """Send once; give how long it took, whatever came of it."""
    began = time.monotonic()
    with contextlib.suppress(WireError):
        await wire.send(Outgoing("POST", url, [("Content-Type", "text/plain")], b"x" * 1_000, DEADLINE_S, True))
    return time.monotonic() - began


async def main(base: str) -> dict[str, Any]:
    """Send to each, many at a time."""
    longest: dict[str, float] = {}
    async with Wire(allowed_networks=LOOPBACK) as wire:
        await asyncio.gather(*(send(wire, f"{base}accept") for _ in range(AT_ONCE)))
        before = most = memory()
        for behaviour in HOSTILE:
            sending = asyncio.gather(*(send(wire, base + behaviour) for _ in range(AT_ONCE)))
            while not sending.done():
                most = max(most, memory())
                await asyncio.sleep(0.01)
            longest[behaviour] = round(max(sending.result()), 2)
            most = max(most, memory())
    return {"grown_megabytes": round((most - before) / 1e6, 1), "longest_s": longest}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1]))))
