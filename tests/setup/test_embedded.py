"""The embedded PostgreSQL under everything that may happen to it."""

import os
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from leadmanager.embedded import APP_ROLE, OWNER_ROLE, locks, programs
from leadmanager.embedded.errors import HomeUnusable, ServerNotStarted, ServerUnavailable
from leadmanager.embedded.layout import SUPERUSER, Layout
from leadmanager.embedded.leases import lease
from tests.setup.machine import Holder, answers, keeper, nothing_runs, postmaster, query, wait_until

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="is about running as root")


def test_runs_as_long_as_somebody_holds_a_lease(home: Path) -> None:
    with Holder(home) as first:
        first.wait_until_up()
        with Holder(home) as second:
            second.wait_until_up()
        assert answers(home)
    assert nothing_runs(home)


def test_two_first_starts_at_once_give_one_server(empty_home: Path) -> None:
    with Holder(empty_home) as first, Holder(empty_home) as second:
        first.wait_until_up()
        second.wait_until_up()
        query(empty_home, "CREATE TABLE seen (by text)")
        assert query(empty_home, "SELECT count(*) FROM seen") == 0
        assert len(list(Layout(empty_home).root.glob("data*"))) == 1


def test_application_role_reads_and_writes_what_the_owner_makes_but_makes_nothing(home: Path) -> None:
    with lease(home):
        query(home, "CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY, text text)")
        assert query(home, "INSERT INTO note (text) VALUES ('שלום') RETURNING text", role=APP_ROLE) == "שלום"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            query(home, "CREATE TABLE other (id int)", role=APP_ROLE)
        query(home, "CREATE DATABASE of_a_test", role=OWNER_ROLE)


def test_texts_are_utf8_and_what_failed_is_not_logged(home: Path) -> None:
    with lease(home):
        assert query(home, "SHOW server_encoding") == "UTF8"
        assert query(home, "SELECT upper('é')") == "É"
        with pytest.raises(psycopg.Error):
            query(home, "SELECT 'canary-0501234567'::int")
    assert "SELECT" not in Layout(home).log.read_text(encoding="utf-8")


def test_listens_on_a_private_socket_only(home: Path) -> None:
    with lease(home) as layout:
        assert query(home, "SHOW listen_addresses") == ""
        assert stat.S_IMODE(layout.socket_directory.stat().st_mode) == 0o700
        assert stat.S_IMODE(layout.root.stat().st_mode) == 0o700


def test_killed_server_comes_back_with_its_data(home: Path) -> None:
    with Holder(home) as holder:
        holder.wait_until_up()
        query(home, "CREATE TABLE kept AS SELECT 7 AS number")
        killed = postmaster(home)
        os.kill(killed, signal.SIGKILL)
        holder.ask_for_it_again()
        wait_until(lambda: answers(home) and postmaster(home) != killed, "the server is back")
        assert query(home, "SELECT number FROM kept") == 7


def test_killed_holder_leaves_nothing_running_and_nothing_in_the_way(home: Path) -> None:
    holder = Holder(home)
    holder.wait_until_up()
    query(home, "CREATE TABLE kept AS SELECT 7 AS number")
    holder.process.kill()
    holder.process.communicate()
    wait_until(lambda: nothing_runs(home), "the server ended with its only holder")
    with lease(home):
        assert query(home, "SELECT number FROM kept") == 7


def test_killed_keeper_is_replaced_and_the_server_with_it(home: Path) -> None:
    with Holder(home) as holder:
        holder.wait_until_up()
        killed = keeper(home)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: locks.is_free(Layout(home).lock("keeper")), "the keeper is gone")
        holder.ask_for_it_again()
        assert answers(home)
        assert keeper(home) != killed
    wait_until(lambda: nothing_runs(home), "the new keeper stopped the server")


def test_everything_killed_at_once_leaves_the_next_start_a_whole_database(home: Path) -> None:
    holder = Holder(home)
    holder.wait_until_up()
    query(home, "CREATE TABLE kept AS SELECT 7 AS number")
    for process in (keeper(home), postmaster(home), holder.process.pid):
        os.kill(process, signal.SIGKILL)
    holder.process.communicate()
    with lease(home):
        assert query(home, "SELECT number FROM kept") == 7


def test_stale_pid_that_belongs_to_another_program_is_left_alone(home: Path) -> None:
    with lease(home) as layout:
        left = {path: path.read_text("ascii") for path in (layout.data / "postmaster.pid", layout.socket_lock)}
    with bystander() as process:
        for path, content in left.items():
            path.write_text("\n".join([str(process), *content.splitlines()[1:]]) + "\n", "ascii")
        with lease(home):
            assert answers(home)
            assert postmaster(home) != process


@contextmanager
def bystander() -> Iterator[int]:
    """Give the id of a process of the server's user; in the end it must still live."""
    process = subprocess.Popen(["sleep", "600"], cwd="/", **programs.server_account().popen_arguments())
    try:
        yield process.pid
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def test_long_home_gets_its_socket_in_a_short_place(empty_home: Path) -> None:
    long_home = empty_home / ("long-" * 30)
    with lease(long_home) as layout:
        assert answers(long_home)
        assert empty_home not in layout.socket_directory.parents
        assert stat.S_IMODE(layout.socket_directory.stat().st_mode) == 0o700
    assert not layout.socket_directory.exists()


def test_short_place_that_somebody_else_made_first_is_refused(empty_home: Path) -> None:
    long_home = empty_home / ("long-" * 30)
    place = Layout(long_home).socket_directory
    place.symlink_to(empty_home)
    try:
        with pytest.raises(HomeUnusable, match="belongs to somebody else"), lease(long_home):
            pass
    finally:
        place.unlink()


def test_home_that_cannot_be_made_is_refused_in_one_line(empty_home: Path) -> None:
    (empty_home / "file").touch()
    with pytest.raises(HomeUnusable, match="LEADMANAGER_HOME") as refusal, lease(empty_home / "file" / "home"):
        pass
    assert "\n" not in str(refusal.value)


def test_data_of_another_postgresql_is_not_touched(home: Path) -> None:
    with lease(home) as layout:
        pass
    (layout.data / "PG_VERSION").write_text("15\n", encoding="ascii")
    with pytest.raises(ServerNotStarted, match="made by PostgreSQL 15"), lease(home):
        pass


@needs_root
def test_root_runs_it_as_another_user_below_a_closed_directory(empty_home: Path) -> None:
    closed = empty_home / "closed"
    closed.mkdir(mode=0o700)
    before = closed.stat()
    with lease(closed / "home"):
        server = Path(f"/proc/{postmaster(closed / 'home')}")
        assert server.stat().st_uid not in {0, before.st_uid}
        assert query(closed / "home", "SHOW data_checksums", role=SUPERUSER) == "on"
    assert (closed.stat().st_mode, closed.stat().st_uid) == (before.st_mode, before.st_uid)


@needs_root
def test_unknown_user_to_run_it_as_is_refused(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADMANAGER_POSTGRES_USER", "nobody-of-this-name")
    with pytest.raises(ServerUnavailable, match="LEADMANAGER_POSTGRES_USER"), lease(empty_home):
        pass


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """Give a directory that every user can reach."""
    directory = Path(tempfile.mkdtemp(prefix="lm-", dir="/tmp"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@needs_root
def test_programs_below_a_closed_directory_are_copied_to_an_open_one(
    empty_home: Path, open_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = programs.server_account()
    (empty_home / "closed").symlink_to(programs._installed())  # `empty_home` itself is closed to other users
    monkeypatch.setattr(programs, "_installed", lambda: empty_home / "closed")
    monkeypatch.setattr(programs, "_COPIES", open_directory / "copies")
    directory = programs.program_directory(account)
    assert open_directory in directory.parents
    subprocess.run(
        [directory / "initdb", "--version"], check=True, stdout=subprocess.DEVNULL, **account.popen_arguments()
    )
    assert programs.program_directory(account) == directory
