"""`./run screenshots [DIRECTORY]`: a picture of every page, for looking at."""

import os
from pathlib import Path

from leadmanager.launch.commands import test
from leadmanager.launch.programs import CHECKOUT


def main(arguments: list[str]) -> int:
    """Keep every page in both languages, light and dark, on desktop and phone."""
    directory = Path(arguments[0] if arguments else CHECKOUT / "screenshots").resolve()
    directory.mkdir(parents=True, exist_ok=True)
    os.environ |= {"SCREENSHOTS_DIR": str(directory), "LEADMANAGER_FULL": "1"}
    print(f"run: pictures go to {directory}", flush=True)
    return test.main(["-q", "tests/browser/test_every_page.py"])
