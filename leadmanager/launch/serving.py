"""Serving the product: the checks before, the database, web first, then what works in the background."""

import errno
import http.client
import os
import socket
from collections.abc import Callable

from leadmanager.home import home_directory
from leadmanager.launch.database import Database, database
from leadmanager.launch.errors import LaunchError
from leadmanager.launch.preparation import announce, prepare
from leadmanager.launch.programs import background, host, web
from leadmanager.launch.supervisor import Supervisor


def serve(*, afterwards: Callable[[Supervisor, Database, int], None] | None = None) -> int:
    """Serve until told to stop; `afterwards` may start more once everything runs. Raises LaunchError, EmbeddedError."""
    port = chosen_port()
    check_home()
    check_port(port)
    with database() as chosen:
        login = prepare(chosen)
        supervisor = Supervisor(chosen.embedded)
        try:
            supervisor.start(web(chosen, port))
            supervisor.keep(until=lambda: answers(port))  # web has both cores to itself until it answers
            if not supervisor.is_stopping:
                print(f"Lead Manager: http://localhost:{port}/   (Ctrl-C stops it)", flush=True)
                announce(login)
            supervisor.start(*background(chosen, port))
            if afterwards is not None:
                afterwards(supervisor, chosen, port)
            supervisor.keep()
        finally:
            supervisor.stop()
    return 0


def chosen_port() -> int:
    """Give the port to serve at; raises LaunchError."""
    text = os.environ.get("PORT", "").strip() or "8000"
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise LaunchError(f"PORT is {text!r}; set it to a number from 1 to 65535.")
    return int(text)


def check_port(port: int, *, variable: str = "PORT") -> None:
    """Raise LaunchError when we could not listen at `port`, which `variable` chooses."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host(), port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                problem = "is in use"
            elif error.errno == errno.EACCES:
                problem = "is not open to ordinary users"
            else:
                problem = f"cannot be used ({error.strerror})"
            raise LaunchError(
                f"Port {port} {problem}; set {variable} to another one, such as {variable}={port + 1} ./run"
            ) from None


def check_home() -> None:
    """Raise LaunchError when the state directory cannot be made or written."""
    home = home_directory()
    probe = home / f".writable.{os.getpid()}"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise LaunchError(
            f"{home} cannot be written ({error.strerror}); set LEADMANAGER_HOME to a directory of yours."
        ) from None


def answers(port: int) -> bool:
    """Say whether our web server answers at `port` of this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
