"""`./run` as a person meets it: what it prints, what it refuses, and what it leaves behind."""

import ast
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadmanager.embedded import OWNER_ROLE, database_url
from leadmanager.embedded.leases import lease
from tests.setup.machine import CHECKOUT, environment, nothing_runs, processes_of, query, wait_until

RUN = CHECKOUT / "run"
STOP_S = 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def refused(*arguments: str, home: Path, **variables: str) -> str:
    """Run it where it must refuse; give the one line that it says."""
    variables = {"PORT": str(free_port()), **variables}
    done = subprocess.run(
        [sys.executable, RUN, *arguments],
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    return done.stderr


class Product:
    """A running `./run`, what it said so far, and its address."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.output = home / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, RUN], env=environment(home, PORT=str(self.port)), stdout=output, stderr=output
            )

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def wait_until_it_says(self, text: str) -> None:
        wait_until(lambda: text in self.said() or self.process.poll() is not None, f"it says {text!r}", seconds=120)
        assert text in self.said()

    def process_of(self, words: str) -> int | None:
        for process in processes_of(self.home):
            try:
                if words.encode() in Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" "):
                    return process
            except OSError:
                continue
        return None

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def can_log_in(self, username: str, password: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", "/admin/login/")
        page = connection.getresponse()
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
        cookie = (page.getheader("Set-Cookie") or "").split(";")[0]
        assert token is not None
        form = {"username": username, "password": password, "csrfmiddlewaretoken": token[1], "next": "/admin/"}
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/admin/login/", urllib.parse.urlencode(form), headers)
        answer = connection.getresponse()
        connection.close()
        return answer.status == 302


@contextmanager
def product(home: Path) -> Iterator[Product]:
    started = Product(home)
    try:
        started.wait_until_it_says("Lead Manager: http://localhost")
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
        started.process.wait()


def test_serves_comes_back_up_and_leaves_nothing(home: Path) -> None:
    """One product through its life, because each start costs seconds."""
    with product(home) as running:
        running.wait_until_it_says("First staff login: ")
        login = re.search(r"First staff login: (\S+)   password: (\S+)", running.said())
        assert login is not None
        assert running.can_log_in(login[1], login[2])

        wait_until(lambda: running.process_of("procrastinate worker"), "the worker runs")
        killed = running.process_of("procrastinate worker")
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        running.wait_until_it_says("worker ended with status -9; again in")
        wait_until(lambda: running.process_of("procrastinate worker") not in {None, killed}, "there is a new worker")

        running.process.terminate()
        assert running.process.wait(STOP_S) == 0
        assert nothing_runs(home)

    with product(home) as running:
        wait_until(lambda: running.process_of("django transmit"), "everything was started")
        assert "First staff login" not in running.said()
        assert query(home, "SELECT count(*) FROM accounts_user WHERE role = 'staff'") == 1

        running.process.kill()
        running.process.wait()
        wait_until(lambda: nothing_runs(home), "all ended with the parent", seconds=STOP_S)
        assert not running.answers()


def test_two_commands_at_once_on_an_empty_database_both_find_it_migrated(home: Path) -> None:
    command = [
        sys.executable,
        RUN,
        "manage",
        "shell",
        "-v0",
        "-c",
        "from accounts.models import User; User.objects.count()",
    ]
    both = [
        subprocess.Popen(command, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("First staff login" in text for text in said) == 1


def test_command_status_is_passed_on(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, RUN, "manage", "check", "--tag", "no-such-tag"],
        env=environment(home),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1


def test_port_in_use_is_refused(empty_home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert f"Port {port} is in use; set PORT" in refused(home=empty_home, PORT=port)


def test_port_that_is_no_port_is_refused(empty_home: Path) -> None:
    assert "PORT is 'eighty'; set it to a number" in refused(home=empty_home, PORT="eighty")


def test_unreachable_database_is_refused_without_its_password(empty_home: Path) -> None:
    url = f"postgresql://somebody:sesame@127.0.0.1:{free_port()}/leads"
    line = refused(home=empty_home, DATABASE_URL=url)
    assert "The database leads at 127.0.0.1 cannot be reached" in line
    assert "check DATABASE_URL" in line
    assert "sesame" not in line


def test_database_address_that_cannot_be_read_is_refused(empty_home: Path) -> None:
    line = refused(home=empty_home, DATABASE_URL="postgresql://somebody:sesame@[half")
    assert "malformed" in line
    assert "sesame" not in line


def test_unwritable_home_is_refused(empty_home: Path) -> None:
    (empty_home / "file").touch()
    assert "set LEADMANAGER_HOME to a directory of yours" in refused(home=empty_home / "file" / "home")


def test_unknown_subcommand_shows_what_there_is(empty_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, RUN, "fly"], env=environment(empty_home), capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "usage: ./run" in done.stderr


def test_old_python_is_told_so_in_one_line() -> None:
    source = RUN.read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    pretend = f"import sys; sys.version_info = (3, 9, 2); exec(compile({source!r}, 'run', 'exec'))"
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr.startswith("run: Python 3.11 or newer is needed")
    assert len(done.stderr.splitlines()) == 1


def test_given_database_bypasses_the_embedded_one(home: Path) -> None:
    elsewhere = home / "elsewhere"
    with lease(home):
        done = subprocess.run(
            [sys.executable, RUN, "manage", "showmigrations", "accounts"],
            env=environment(elsewhere, DATABASE_URL=database_url(home, role=OWNER_ROLE)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert not (elsewhere / "postgres").exists()
