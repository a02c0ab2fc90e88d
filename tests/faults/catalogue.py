"""The scenarios by name, and running them."""

import json
import traceback
from collections.abc import Callable, Sequence
from functools import partial

from tests.faults import kills
from tests.faults.account import Account
from tests.faults.clock_off import clock_off
from tests.faults.disk_full import disk_full
from tests.faults.place import NotPossibleHere, Place, installation
from tests.faults.rolling_restart import rolling_restart
from tests.faults.side_by_side import side_by_side

Scenario = Callable[[Place], Account]

# On one installation, one after the other. Name: (the quick form, None for what has only one; the full form).
SCENARIOS: dict[str, tuple[Scenario | None, Scenario]] = {
    "two_processes": (
        partial(side_by_side, name="two_processes", processes=2, leads=200),
        partial(side_by_side, name="two_processes", processes=2, leads=2_000),
    ),
    "eight_processes": (None, partial(side_by_side, name="eight_processes", processes=8, leads=2_000)),
    "kills": (partial(kills.kills, plan=kills.QUICK), partial(kills.kills, plan=kills.FULL)),
    "rolling_restart": (None, rolling_restart),
    "clock_off": (None, clock_off),
    "disk_full": (None, lambda _place: disk_full()),
}


def run(names: Sequence[str], *, is_quick: bool) -> bool:
    """Run the scenarios named, or all that there are in the form, and print their accounts; give whether all is well.

    The quick form of a scenario named that has none is its full one.
    """
    all_well = True
    with installation() as place:
        for name, (quick, full) in SCENARIOS.items():
            if name not in names if names else is_quick and quick is None:
                continue
            all_well &= _run_one(name, quick if is_quick and quick is not None else full, place)
    return all_well


def _run_one(name: str, scenario: Scenario, place: Place) -> bool:
    try:
        account = scenario(place)
    except NotPossibleHere as reason:
        print(json.dumps({"name": name, "skipped": str(reason)}), flush=True)
        return True
    except Exception as error:  # the other scenarios are to be run all the same
        traceback.print_exc()
        print(json.dumps({"name": name, "error": f"{type(error).__name__}: {error}"}), flush=True)
        return False
    print(account.line(), flush=True)
    return account.is_well
