"""Keeping several programs running until told to stop."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from leadmanager.embedded.errors import EmbeddedError
from leadmanager.embedded.layout import Layout
from leadmanager.embedded.leases import ensure_running, is_kept
from leadmanager.launch.programs import Program

_TICK_S = 0.1
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_SETTLED_S = 30.0
_GRACE_S = 5.0
_DATABASE_LOOK_S = 1.0


class Supervised:
    """A program, its present process, and when to start it again."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.pause = _FIRST_PAUSE_S
        self.restart_at: float | None = None
        self._start()

    def _start(self) -> None:
        self.restart_at = None
        self.started_at = time.monotonic()
        self.process: subprocess.Popen[Any] = self.program.start()

    def look(self, now: float) -> None:
        """Start the program again when it ended, after a pause that grows while it keeps ending."""
        if self.restart_at is not None:
            if now >= self.restart_at:
                self._start()
            return
        status = self.process.poll()
        if status is None:
            return
        if now - self.started_at > _SETTLED_S:
            self.pause = _FIRST_PAUSE_S
        print(f"run: {self.program.name} ended with status {status}; again in {self.pause:g} s", flush=True)
        self.restart_at = now + self.pause
        self.pause = min(self.pause * 2, _LONGEST_PAUSE_S)


class Supervisor:
    """Runs programs beside each other; TERM, INT or HUP to this process ends them all."""

    def __init__(self, embedded: Layout | None) -> None:
        self._embedded = embedded
        self._children: list[Supervised] = []
        self._stop = threading.Event()
        self._database_looked_at = 0.0
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    @property
    def is_stopping(self) -> bool:
        """Whether we were told to stop."""
        return self._stop.is_set()

    def start(self, *programs: Program) -> None:
        """Start programs and have them looked after."""
        if not self.is_stopping:
            self._children += [Supervised(program) for program in programs]

    def keep(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Look after the programs until told to stop, or until `until` says so."""
        while not self._stop.wait(_TICK_S) and not until():
            now = time.monotonic()
            for child in self._children:
                child.look(now)
            self._look_at_database(now)

    def stop(self) -> None:
        """End all programs: asked first, killed after a few seconds; the newest first."""
        self._stop.set()
        processes = [child.process for child in reversed(self._children)]
        for process in processes:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + _GRACE_S
        for process in processes:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _look_at_database(self, now: float) -> None:
        if self._embedded is None or now - self._database_looked_at < _DATABASE_LOOK_S:
            return
        self._database_looked_at = now
        if is_kept(self._embedded):
            return
        print("run: the embedded database lost its keeper; starting it again", flush=True)
        try:
            ensure_running(self._embedded)
        except EmbeddedError as error:
            print(f"run: {error}", flush=True)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()
