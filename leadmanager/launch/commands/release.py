"""`./run release`: what must pass before a release: all tests with the full number of inputs, then the clients."""

import os

from leadmanager.launch.commands import clients, test


def main(arguments: list[str]) -> int:
    """Run both, browser tests included, the first that fails ending it; `arguments` go to the first pytest."""
    os.environ["LEADMANAGER_FULL"] = "1"  # read by tests/effort.py
    os.environ["LEADMANAGER_REQUIRE_BROWSER"] = "1"
    return test.main(arguments) or clients.main([])
