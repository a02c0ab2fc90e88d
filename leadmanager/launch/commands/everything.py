"""`./run`: everything, until it is told to stop."""

from leadmanager.launch.errors import LaunchError
from leadmanager.launch.serving import serve


def main(arguments: list[str]) -> int:
    """Serve until told to stop."""
    if arguments:
        raise LaunchError(f"{arguments[0]!r} is not understood; `./run --help` lists what is.")
    return serve()
