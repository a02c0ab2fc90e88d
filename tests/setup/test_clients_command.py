"""`./run clients`: what it needs, and what it installs before the group runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from leadmanager.launch.commands import clients
from leadmanager.launch.errors import LaunchError

# Says in a file beside the lock file that it was called.
NPM = """#!/bin/sh
[ "$FAKE_NPM_FAILS" ] && exit 1
echo "$@" >> called
mkdir -p node_modules
"""


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a lock file and nothing installed, in the place of tests/clients."""
    (tmp_path / "package-lock.json").write_text("{}")
    monkeypatch.setattr(clients, "CLIENTS", tmp_path)
    return tmp_path


@pytest.fixture
def programs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give a function that makes a Node.js of some version, with npm, the only one there is."""

    def put(version: str) -> None:
        place = tmp_path_factory.mktemp("bin")
        for name, text in (("node", f"#!/bin/sh\necho {version}\n"), ("npm", NPM)):
            (place / name).write_text(text)
            (place / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{place}:/usr/bin:/bin")

    return put


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What pytest is started with, instead of starting it."""
    started: list[list[str]] = []
    monkeypatch.setattr(clients.test, "main", lambda arguments: started.append(arguments) or 5)
    return started


def test_installs_once_for_each_lock_file(
    directory: Path, programs: Callable[..., None], given: list[list[str]]
) -> None:
    programs("v18.20.4")

    statuses = [clients.main(["-q"]), clients.main(["-q"])]
    (directory / "package-lock.json").write_text('{"other": 1}')
    clients.main(["-q"])

    assert statuses == [5, 5]
    assert (directory / "called").read_text().splitlines() == ["ci --no-progress"] * 2
    assert given == [[str(directory), "-q"]] * 3


def test_without_node_it_says_what_to_install(
    directory: Path, given: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(directory))

    with pytest.raises(LaunchError, match="apt-get install nodejs npm"):
        clients.main([])
    assert given == []


def test_an_old_node_is_refused(directory: Path, programs: Callable[..., None], given: list[list[str]]) -> None:
    programs("v16.20.0")

    with pytest.raises(LaunchError, match=r"18 or newer.*this is v16"):
        clients.main([])
    assert given == []


def test_a_failed_installation_is_not_taken_for_one(
    directory: Path, programs: Callable[..., None], given: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    programs("v20.1.0")
    monkeypatch.setenv("FAKE_NPM_FAILS", "1")

    with pytest.raises(LaunchError, match="npm could not install"):
        clients.main([])
    assert given == []
    monkeypatch.delenv("FAKE_NPM_FAILS")
    assert clients.main([]) == 5
