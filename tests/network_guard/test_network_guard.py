"""No connection to where leads must not go, and none refused that may: at real sockets, in a network namespace."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from leadmanager.launch.programs import CHECKOUT

FEWEST_VECTORS = 250


def in_a_network_of_its_own(*command: str) -> "subprocess.CompletedProcess[str]":
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("unshare and ip are needed (Debian: util-linux, iproute2)")
    isolated = ["unshare", "-Urn"]
    if subprocess.run([*isolated, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine permits no network namespaces")
    return subprocess.run(
        [*isolated, *command],
        cwd=CHECKOUT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_no_canary_is_touched_and_nothing_allowed_is_refused() -> None:
    done = in_a_network_of_its_own(sys.executable, "-m", "tests.network_guard.inside")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["control"] == ["169.254.169.254"]  # a canary that anything can reach, and that tells of it
    assert found["vectors"] >= FEWEST_VECTORS
    assert found["canaries_touched"] == []
    assert found["wrong"] == []
    assert found["connections"] > 100
