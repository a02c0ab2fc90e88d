"""Baselines: PostgreSQL's own load generator, as the embedded server brings it."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from leadmanager.bench.errors import BenchmarkFailed
from leadmanager.embedded.programs import client_program

_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_CLIENTS = ("-M", "prepared", "-c", "8", "-j", "2")


def transactions_per_second(url: str, scripts: Sequence[Path], seconds: int, **variables: int) -> float:
    """Run the scripts, each as often as the others, over 8 connections; raises BenchmarkFailed."""
    command = [str(client_program("pgbench")), "--no-vacuum", *_CLIENTS, "-T", str(seconds)]
    for name, value in variables.items():
        command += ["-D", f"{name}={value}"]
    for script in scripts:
        command += ["-f", str(script)]
    done = subprocess.run([*command, url], capture_output=True, text=True, check=False)
    rate = _RATE.search(done.stdout)
    if done.returncode != 0 or rate is None:
        raise BenchmarkFailed(f"pgbench failed: {' '.join(done.stderr.split())[:300]}")
    return float(rate.group(1))
