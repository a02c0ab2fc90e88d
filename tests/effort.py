"""How much a heavy test does: a quick form day by day, the usual one in CI, the full one before a release."""

import os


def effort(quick: int, *, ci: int, full: int) -> int:
    """Give the number of inputs that this run is to try.

    `./run release` sets LEADMANAGER_FULL, and CI sets CI.
    """
    if os.environ.get("LEADMANAGER_FULL"):
        return full
    return ci if os.environ.get("CI") else quick
