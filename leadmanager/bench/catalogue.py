"""The benchmarks by name."""

import importlib
from collections.abc import Callable

from leadmanager.bench.measuring import Plan, Result
from leadmanager.launch.database import Database

# Name: the module that has the function of that name. Loaded once Django is set up, as they use models.
BENCHMARKS = {
    "feedback_post": "feedback_writes",
    "feedback_array": "feedback_writes",
    "odata_batch": "feedback_writes",
    "odata_page": "odata_page",
    "intake_post": "intake_post",
    "intake_rules": "intake_post",
    "transmit": "transmit",
    "transmit_queue_jobs": "transmit",
    "transmit_isolation": "transmit",
    "transmit_backlog": "transmit",
    "transmit_latency": "transmit_latency",
}


def benchmark(name: str) -> Callable[[Database, Plan], Result]:
    """Give the function that runs a benchmark."""
    module = importlib.import_module(f"leadmanager.bench.{BENCHMARKS[name]}")
    found: Callable[[Database, Plan], Result] = getattr(module, name)
    return found
