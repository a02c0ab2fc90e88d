"""`python -m leadmanager.launch <subcommand> ...`, called by `./run` inside the virtual environment."""

import importlib
import signal
import sys
from types import FrameType

from leadmanager.embedded.errors import EmbeddedError
from leadmanager.launch.errors import LaunchError


def main() -> int:
    """Run one subcommand; give the exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    name, *arguments = sys.argv[1:]
    command = importlib.import_module(f"leadmanager.launch.commands.{name or 'everything'}")
    try:
        status: int = command.main(arguments)
    except (LaunchError, EmbeddedError) as error:
        print(f"run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return status


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)  # so that everything opened is closed on the way out


if __name__ == "__main__":
    sys.exit(main())
