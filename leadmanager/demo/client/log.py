"""One line for each thing that happens."""

import sys
from datetime import datetime


def say(text: str) -> None:
    """Print a line with the time."""
    print(f"demo {datetime.now().astimezone():%H:%M:%S}  {text}", file=sys.stdout, flush=True)
