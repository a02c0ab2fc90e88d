"""`./run bench`: that it measures what it says and leaves nothing behind. How fast it is, is not tested."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from psycopg.conninfo import make_conninfo

from leadmanager.bench import wrk
from leadmanager.bench.catalogue import BENCHMARKS
from leadmanager.bench.errors import BenchmarkFailed
from leadmanager.bench.measuring import Plan, in_turns
from tests.effort import effort

# They share everything with `transmit` but what is beside it, and take a minute.
LONG = {"transmit_queue_jobs", "transmit_isolation", "transmit_backlog"}
CHECKOUT = Path(__file__).resolve().parent.parent.parent


def run_bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "leadmanager.launch", "bench", *arguments],
        env=os.environ | {"DATABASE_URL": settings.DATABASE_URL},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )


def benchmark_databases() -> list[str]:
    with psycopg.connect(make_conninfo(settings.DATABASE_URL, dbname="postgres")) as connection:
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'leadmanager_bench_%'"
        ).fetchall()
    return [name for (name,) in found]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_every_benchmark_prints_its_line_and_leaves_no_database():
    names = [name for name in BENCHMARKS if name not in LONG or effort(0, ci=1, full=1)]
    done = run_bench(*names, "--rounds", "1", "--seconds", "3", "--routings", "20000")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["name"] for line in lines] == names
    for line in lines:
        assert line.keys() == {"name", "value", "unit", "baseline", "ratio"}
        assert line["value"] > 0
        assert line["baseline"] > 0
        assert line["ratio"] == pytest.approx(line["value"] / line["baseline"], rel=0.05, abs=0.001)
        assert line["name"] in done.stderr  # the table
    assert benchmark_databases() == []


def test_an_unknown_name_is_answered_with_those_there_are():
    done = run_bench("feedback_psot")
    assert done.returncode == 1
    assert "feedback_post" in done.stderr
    assert done.stdout == ""


def test_without_wrk_one_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BenchmarkFailed, match="apt-get install wrk"):
        wrk.requests_in("http://127.0.0.1:1/", "get.lua", 1, header="")


def test_product_and_baseline_take_turns_and_medians_count():
    asked = []
    values, baselines = iter([1.0, 10.0, 30.0, 20.0]), iter([1.0, 100.0, 100.0, 50.0])

    def value(seconds: int) -> float:
        asked.append(("value", seconds))
        return next(values)

    def baseline(seconds: int) -> float:
        asked.append(("baseline", seconds))
        return next(baselines)

    result = in_turns("some", "things/s", Plan(rounds=3, seconds=7), value, baseline)
    assert asked == [("value", 1), ("baseline", 1), *[("value", 7), ("baseline", 7)] * 3]
    assert (result.value, result.baseline, result.ratio) == (20.0, 100.0, 0.3)
