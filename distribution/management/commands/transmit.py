"""`transmit`: the transmit loop as a process."""

import asyncio
import gc
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from distribution.engine.transmitter import CEILING, Transmitter, affordable_ceiling
from distribution.engine.wire import Wire
from distribution.rules.breaker import Limits

# Requests by the thousand live side by side; at Python's own thresholds they are looked through all the time, the more
# so the more destinations hang.
GC_THRESHOLDS = (200_000, 50, 100)


class Command(BaseCommand):
    """Send what is due until told to stop; any number of these may run, on any number of machines."""

    help = (
        "Transmit due deliveries. TERM: claim nothing more, finish what is under way. A second TERM, or INT: cut it "
        "off; it is due again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument(
            "--stop-within", type=float, metavar="SECONDS", help="after TERM, cut off what takes longer than this"
        )
        parser.add_argument(
            "--ceiling", type=int, default=CEILING, help=f"requests under way at a time (default {CEILING})"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the loop."""
        # What was loaded so far stays for good. This and the thresholds halve the loop's time for a delivery.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        asyncio.run(transmit(stop_within_s=options["stop_within"], ceiling=options["ceiling"]))


async def transmit(*, stop_within_s: float | None, ceiling: int) -> None:
    """Run one loop by the settings, ended by signals."""
    async with Wire(allowed_networks=settings.TRANSMIT_ALLOWED_NETWORKS) as wire:
        transmitter = Transmitter(
            settings.DATABASE_DIRECT_URL,
            wire=wire,
            backoff_s=settings.TRANSMIT_BACKOFF_S,
            ceiling=affordable_ceiling(ceiling),
            limits=Limits(
                failures=settings.TRANSMIT_BREAKER_FAILURES,
                after_s=settings.TRANSMIT_BREAKER_AFTER_S,
                probe_s=settings.TRANSMIT_BREAKER_PROBE_S,
            ),
            presence=settings.HOME_DIR / "transmit",
        )
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, lambda: transmitter.stop(within_s=stop_within_s))
        loop.add_signal_handler(signal.SIGINT, transmitter.cut)
        await transmitter.run()
