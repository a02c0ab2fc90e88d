"""What the Python programs share: the task, and how they report."""

import json
import os
import traceback
from collections.abc import Callable
from typing import Any

task = json.loads(os.environ["TASK"])


def doing(thing: str) -> Callable[[Callable[[], Any]], None]:
    """Run the decorated function at once and report what it gives."""

    def run(work: Callable[[], Any]) -> None:
        try:
            print("REPORT", json.dumps([thing, work()]), flush=True)
        except Exception:
            print(thing, traceback.format_exc(), flush=True)

    return run
