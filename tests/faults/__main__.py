"""`python -m tests.faults [quick] [name ...]`: run scenarios, a line of JSON each; status 0 when all is well."""

import argparse
import signal
import sys
from types import FrameType

from tests.faults.catalogue import SCENARIOS, run


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="./run faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="quick | name", help=f"of {', '.join(SCENARIOS)}")
    names = parser.parse_args().names
    is_quick = "quick" in names
    chosen = [name for name in names if name != "quick"]
    if unknown := [name for name in chosen if name not in SCENARIOS]:
        parser.error(f"there is no scenario {unknown[0]!r}; there are {', '.join(SCENARIOS)}")
    signal.signal(signal.SIGTERM, _leave)
    return 0 if run(chosen, is_quick=is_quick) else 1


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)  # so that everything started is ended on the way out


if __name__ == "__main__":
    sys.exit(main())
