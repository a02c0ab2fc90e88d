"""A home of its own for each test that starts servers."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadmanager.embedded.leases import lease
from tests.setup.machine import nothing_runs, wait_until


@pytest.fixture
def empty_home() -> Iterator[Path]:
    """Give an empty state directory with a short path; in the end nothing may run in it."""
    directory = Path(tempfile.mkdtemp(prefix="lm-", dir="/tmp"))
    yield directory
    wait_until(lambda: nothing_runs(directory), "everything ended", seconds=20)
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """Give a cluster that was started once and stopped; to be copied."""
    directory = Path(tempfile.mkdtemp(prefix="lm-", dir="/tmp"))
    with lease(directory) as layout:
        pass
    yield layout.root
    shutil.rmtree(directory)


@pytest.fixture
def home(empty_home: Path, cluster: Path) -> Path:
    """Give a state directory whose server was started before."""
    subprocess.run(["cp", "-a", cluster, empty_home], check=True)  # with its owners
    return empty_home
