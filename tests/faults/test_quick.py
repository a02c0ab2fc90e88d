"""The quick form of the fault suite, as `./run faults quick` runs it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from leadmanager.launch.programs import CHECKOUT
from tests.faults.account import balance
from tests.faults.ledger import Request

TIME_LIMIT_S = 300


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_or_mixed_up_under_kills_and_beside_another_process() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "quick"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        check=False,
    )
    accounts = {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 0, done.stdout + done.stderr
    assert accounts.keys() == {"two_processes", "kills"}
    for account in accounts.values():
        assert account["lost"] == account["wrong_key"] == account["unknown"] == account["outside_send_window"] == 0
    assert accounts["kills"]["acknowledged"] == 400
    assert accounts["kills"]["process_kills"] == 6
    assert accounts["two_processes"]["requests"] == accounts["two_processes"]["acknowledged"] == 200


def test_the_shifted_clock_is_off_for_every_way_of_asking(tmp_path: Path) -> None:
    asking = "import datetime, time\nprint(time.time(), time.time_ns() / 1e9, datetime.datetime.now().timestamp())"
    (tmp_path / "asking.py").write_text(asking, "ascii")
    said = subprocess.run(
        [sys.executable, "-m", "tests.faults.shifted_clock", "-86400", "asking"],
        cwd=CHECKOUT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        check=True,
    ).stdout
    now = time.time()
    assert [-87_000 < float(number) - now < -86_000 for number in said.split()] == [True] * 3


KEY, OTHER_KEY = "k1", "k2"


def request(
    *, key: str | None = KEY, status: int | None = 200, name: str = "lead 1", rid: str = "r1", sameness: str = ""
) -> Request:
    body = json.dumps({"name": name, "rid": rid}).encode()
    return Request(path="/accept", key=key, status=status, body=body, sameness=sameness or body.hex())


def row(*, is_open: bool = False, attempts: int = 1, unknown: int = 0) -> tuple[Any, ...]:
    return (KEY, "r1", "lead 1", is_open, attempts, unknown)


@pytest.mark.parametrize(
    ("requests", "row", "found"),
    [
        ([request()], row(), {}),
        ([], row(attempts=0), {"delivered": 0, "lost": 1}),
        ([request(status=500)], row(), {"delivered": 0, "lost": 1}),
        ([request()], row(is_open=True), {"unknown": 1}),
        ([request(status=500), request()], row(attempts=2), {}),
        ([request(status=None), request()], row(attempts=2, unknown=1), {"duplicates": 1}),
        ([request(), request()], row(attempts=2), {"duplicates": 1, "outside_send_window": 1}),
        ([request(status=500), request()], row(attempts=1), {"outside_send_window": 1}),
        ([request(), request(key=None)], row(), {"wrong_key": 1}),
        ([request(), request(key=OTHER_KEY)], row(), {"wrong_key": 1}),
        ([request(rid="r2")], row(), {"wrong_key": 1}),
        ([request(name="lead 2")], row(), {"delivered": 0, "lost": 1, "wrong_key": 1}),
        ([request(status=500), request(sameness="other bytes")], row(attempts=2), {"wrong_key": 1}),
    ],
)  # fmt: skip
def test_the_account_tells_every_fault_from_a_fair_repeat(
    requests: list[Request], row: tuple[Any, ...], found: dict[str, int]
) -> None:
    account = balance(name="x", acknowledged={"lead 1"}, requests=requests, rows=[row])
    numbers = {"delivered": 1, "lost": 0, "duplicates": 0, "wrong_key": 0, "unknown": 0, "outside_send_window": 0}
    assert {name: getattr(account, name) for name in numbers} == numbers | found
    assert account.is_well == (found.keys() <= {"duplicates"})
