"""The scenarios by name, and running them."""

import json
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial

from tests.faults import kills
from tests.faults.account import Account
from tests.faults.place import Place, installation
from tests.faults.side_by_side import side_by_side

Scenario = Callable[[Place], Account]

# Name: (the quick form, None where there is only one form; the full form).
SCENARIOS: dict[str, tuple[Scenario | None, Scenario]] = {
    "kills": (partial(kills.kills, plan=kills.QUICK), partial(kills.kills, plan=kills.FULL)),
    "two_processes": (
        partial(side_by_side, name="two_processes", processes=2, leads=200),
        partial(side_by_side, name="two_processes", processes=2, leads=2_000),
    ),
    "eight_processes": (None, partial(side_by_side, name="eight_processes", processes=8, leads=2_000)),
}


def run(names: Sequence[str], *, is_quick: bool) -> bool:
    """Run the scenarios named, or all that there are in the form; give whether all is well."""
    all_well = True
    with ExitStack() as stack:
        place = stack.enter_context(installation())
        for name, (quick, full) in SCENARIOS.items():
            scenario = (quick or full) if name in names else (quick if is_quick else full)
            if scenario is None or (names and name not in names):
                continue
            all_well &= _run_one(name, scenario, place)
    return all_well


def _run_one(name: str, scenario: Scenario, place: Place) -> bool:
    try:
        account = scenario(place)
    except Exception as error:
        traceback.print_exc()
        print(json.dumps({"name": name, "error": f"{type(error).__name__}: {error}"}), flush=True)
        return False
    print(account.line(), flush=True)
    return account.is_well
