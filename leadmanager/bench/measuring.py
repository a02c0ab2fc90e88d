"""How long and how often to measure, and what comes of it."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median

WARM_UP_S = 1
# So many that eight requests with a thousand feedbacks each speak about different routings.
FEWEST_ROUTINGS = 20_000


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured: `rounds` turns of `seconds` each, beside `routings` rows that are there already."""

    rounds: int = 5
    seconds: int = 5
    routings: int = 200_000


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a benchmark found."""

    name: str
    value: float
    unit: str
    baseline: float
    ratio: float

    def line(self) -> str:
        """Give the JSON line that is printed."""
        return json.dumps(asdict(self))


def in_turns(
    name: str, unit: str, plan: Plan, value: Callable[[int], float], baseline: Callable[[int], float]
) -> Result:
    """Measure the product and the baseline in turns, after a turn that is not counted; give the medians.

    Both functions are given the seconds to measure and give what was done in a second, in the same unit of work.
    """
    value(WARM_UP_S)
    baseline(WARM_UP_S)
    values, baselines = [], []
    for _round in range(plan.rounds):
        values.append(value(plan.seconds))
        baselines.append(baseline(plan.seconds))
    ratio = median(mine / theirs for mine, theirs in zip(values, baselines, strict=True))
    return Result(
        name=name,
        value=round(median(values), 1),
        unit=unit,
        baseline=round(median(baselines), 1),
        ratio=round(ratio, 3),
    )
