"""Where this installation keeps its state. Standard library only: `run` reads it before anything is installed."""

import os
import sys
from pathlib import Path


def home_directory() -> Path:
    """Give the state directory: `LEADMANAGER_HOME`, or a per-user directory outside any checkout.

    The directory need not exist yet.
    """
    chosen = os.environ.get("LEADMANAGER_HOME")
    if chosen:
        return Path(chosen).expanduser().resolve()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "leadmanager"
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "leadmanager"
