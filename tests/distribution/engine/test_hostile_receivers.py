"""Every hostile receiver at once: each attempt ends at its deadline, and memory stays where it was."""

import json
import os
import subprocess
import sys

from leadmanager.launch.programs import CHECKOUT
from tests.distribution.engine import hostile

MOST_MEGABYTES = 50
# What a busy machine adds to a deadline; without one, the receivers go on for minutes or for ever.
GRACE_S = 20.0


def test_each_attempt_ends_at_its_deadline_and_memory_stays_small() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.receivers"], stdout=subprocess.PIPE, cwd=CHECKOUT, text=True
    ) as receiver:
        try:
            assert receiver.stdout is not None
            base = receiver.stdout.readline().strip()
            done = subprocess.run(
                [sys.executable, "-m", "tests.distribution.engine.hostile", base],
                cwd=CHECKOUT, env=dict(os.environ), capture_output=True, text=True, check=False, timeout=240,
            )  # fmt: skip
        finally:
            receiver.kill()
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["longest_s"].keys() == set(hostile.HOSTILE)
    assert max(found["longest_s"].values()) < hostile.DEADLINE_S + GRACE_S
    assert found["grown_megabytes"] < MOST_MEGABYTES
