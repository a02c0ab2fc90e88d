"""`python -m tests.faults.nursery COMMAND ...`: has Django loaded, and forks a process of the command for every line.

Prints the process id of each. What is forked is the command itself in a process of its own; only the seconds that
loading takes are saved, which two hundred kills would otherwise spend mostly on that.
"""

import os
import signal
import sys

import django
from django.core.management import call_command

from leadmanager.parent_death import signal_at_parent_death


def main() -> None:
    """Fork until the end of the input."""
    django.setup()
    command, *arguments = sys.argv[1:]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead leave at once
    parent = os.getpid()
    die_with_us = signal_at_parent_death(parent, signal.SIGKILL)
    for _line in sys.stdin:
        if child := os.fork():
            print(child, flush=True)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        die_with_us()
        sys.stdin.close()
        call_command(command, *arguments)
        sys.exit()


if __name__ == "__main__":
    main()
