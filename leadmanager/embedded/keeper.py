"""The keeper: a process that runs the server as long as somebody holds a lease, and no longer.

Started by `leases` as `python -m leadmanager.embedded.keeper HOME`; says "ready", or why not, on its standard output.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from leadmanager.embedded import locks, server
from leadmanager.embedded.errors import EmbeddedError
from leadmanager.embedded.layout import Layout
from leadmanager.embedded.programs import program_directory, server_account

_FAST_STOP_S = 6.0
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


class Keeper:
    """Runs the server of one state directory until it is told to stop or the last lease is gone."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.account = server_account()
        self.programs = program_directory(self.account)
        self.is_stopping = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster if need be and start the server; raises EmbeddedError."""
        server.make_cluster(self.layout, self.programs, self.account)
        self.process = server.start(self.layout, self.programs, self.account)

    def keep(self) -> None:
        """Return when the server was stopped; until then, whenever it dies, start it again."""
        threading.Thread(target=self._stop_when_unused, name="leases", daemon=True).start()
        while self.process is not None:
            if self.is_stopping.is_set():  # told while the server was being started
                self.stop()
            self.process.wait()
            if self.is_stopping.is_set():
                break
            print(f"keeper: PostgreSQL ended with {self.process.returncode}; starting it again", flush=True)
            self.process = self._start_again()
        if self.layout.socket_directory.parent != self.layout.root:
            shutil.rmtree(self.layout.socket_directory, ignore_errors=True)

    def stop(self) -> None:
        """Ask the server to stop without waiting for its clients; insist when it takes too long."""
        self.is_stopping.set()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            threading.Thread(target=self._insist, args=(self.process,), daemon=True).start()

    def _start_again(self) -> subprocess.Popen[bytes] | None:
        pause = _FIRST_PAUSE_S
        while not self.is_stopping.is_set():
            try:
                return server.start(self.layout, self.programs, self.account)
            except (EmbeddedError, OSError) as error:
                print(f"keeper: {error}", flush=True)
                self.is_stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
        return None

    def _insist(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _FAST_STOP_S
        while process.returncode is None:
            if time.monotonic() > deadline:
                process.send_signal(signal.SIGQUIT)
                return
            time.sleep(0.05)

    def _stop_when_unused(self) -> None:
        locks.lock(locks.open_lock(self.layout.lock("lease")))  # ours when the last lease is gone
        self.stop()


def main(home: Path) -> int:
    """Keep the server of `home`; give the exit status."""
    layout = Layout(home)
    locks.lock(locks.open_lock(layout.lock("keeper")))
    try:
        keeper = Keeper(layout)
        _stop_on_signals(keeper)
        keeper.start()
    except EmbeddedError as error:
        _report(f"{error.code} {error}")
        return 1
    except OSError as error:
        _report(f"home_unusable {layout.root} cannot be used ({error}).")
        return 1
    _report("ready")
    keeper.keep()
    return 0


def _stop_on_signals(keeper: Keeper) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        keeper.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _report(text: str) -> None:
    """Tell who started us, and let go of that channel so that it never waits for us."""
    with contextlib.suppress(BrokenPipeError):  # it was killed meanwhile
        print(text, flush=True)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


if __name__ == "__main__":
    if os.fork():  # nobody's child, so that nobody has to wait for it
        os._exit(0)
    sys.exit(main(Path(sys.argv[1])))
