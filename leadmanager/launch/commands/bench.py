"""`./run bench [name ...]`: how fast the product is here, beside what PostgreSQL alone does on the same machine."""

import argparse
import os
import sys

from leadmanager.bench.catalogue import BENCHMARKS, benchmark
from leadmanager.bench.measuring import FEWEST_ROUTINGS, Plan, Result
from leadmanager.bench.place import own_place
from leadmanager.launch.database import database
from leadmanager.launch.errors import LaunchError
from leadmanager.launch.preparation import prepare
from leadmanager.launch.serving import check_home


def main(arguments: list[str]) -> int:
    """Run the benchmarks named, or all; print a JSON line for each, and a table of all at the end."""
    names, plan = _understood(arguments)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        raise LaunchError(f"There is no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}.")
    check_home()
    with database() as server, own_place(server) as ours:
        prepare(ours)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadmanager.settings")
        import django

        django.setup()
        results = []
        for name in names or BENCHMARKS:
            results.append(benchmark(name)(ours, plan))
            print(results[-1].line(), flush=True)
    print(_table(results), file=sys.stderr)
    return 0


def _understood(arguments: list[str]) -> tuple[list[str], Plan]:
    usual = Plan()
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of {', '.join(BENCHMARKS)}; all when none is")
    parser.add_argument("--rounds", type=int, default=usual.rounds, help="turns of each kind (%(default)s)")
    parser.add_argument("--seconds", type=int, default=usual.seconds, help="length of a turn (%(default)s)")
    parser.add_argument("--routings", type=int, default=usual.routings, help="rows to begin with (%(default)s)")
    chosen = parser.parse_args(arguments)
    if min(chosen.rounds, chosen.seconds) < 1 or chosen.routings < FEWEST_ROUTINGS:
        parser.error(f"At least one round of one second, and {FEWEST_ROUTINGS} routings.")
    return chosen.names, Plan(rounds=chosen.rounds, seconds=chosen.seconds, routings=chosen.routings)


def _table(results: list[Result]) -> str:
    rows = [("benchmark", "value", "baseline", "ratio", "unit")]
    rows += [(each.name, f"{each.value:,}", f"{each.baseline:,}", f"{each.ratio:.3f}", each.unit) for each in results]
    return "\n".join(f"{row[0]:20}{row[1]:>14}{row[2]:>14}{row[3]:>9}  {row[4]}" for row in rows)
