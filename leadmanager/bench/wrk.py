"""HTTP load: wrk over 8 connections, its requests made by a Lua script beside this module."""

import json
import shutil
import subprocess
from pathlib import Path

from leadmanager.bench.errors import BenchmarkFailed

CONNECTIONS = 8
_PATIENCE_S = 30
_HERE = Path(__file__).resolve().parent


def requests_in(url: str, script: str, seconds: int, *arguments: str, header: str) -> tuple[int, float]:
    """Send what `script` makes for about `seconds`; give the number of requests answered, and the seconds it took.

    Raises BenchmarkFailed when wrk is missing, or when any request failed: a figure with failures in it says nothing.
    """
    program = shutil.which("wrk")
    if program is None:
        raise BenchmarkFailed("wrk is needed to make HTTP load; install it (Debian: apt-get install wrk).")
    done = subprocess.run(
        [
            program, "--threads", "2", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s",
            "--timeout", f"{_PATIENCE_S}s", "--header", header, "--script", str(_HERE / script), url,
            "--", *arguments,
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    said = done.stdout.rpartition("RESULT ")[2]
    if done.returncode != 0 or not said:
        raise BenchmarkFailed(f"wrk failed: {' '.join((done.stderr + done.stdout).split())[-300:]}")
    result = json.loads(said)
    if not result["requests"] and seconds < _PATIENCE_S:  # a slow machine, or a short turn
        return requests_in(url, script, seconds * 2, *arguments, header=header)
    if result["failed"] or not result["requests"]:
        raise BenchmarkFailed(f"{result['failed']} of {result['requests']} requests to {url} failed.")
    return result["requests"], result["seconds"]
