"""Rules send within their days and hours only: what is due of a rule that is closed waits for its next opening.

Asked when something is due and not when it is put off: so it holds for retries, for what a person sends again and for
the backlog of a rule that was paused, by the hours as they are now and by the database's clock.
"""

from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncCursor

from distribution.choices import MatchCode
from distribution.rules.opening_hours import OpeningHours

# Those whose sender died stay due: that they were cut off is dealt with when the rule opens.
POSTPONE = """
UPDATE distribution_delivery delivery
SET due_at = closed.opens_at, outcome_code = %(code)s
FROM unnest(%(rules)b::bigint[], %(openings)b::timestamptz[]) AS closed (rule_id, opens_at)
WHERE delivery.rule_id = closed.rule_id AND delivery.state = 'waiting' AND delivery.due_at <= now()
"""


async def leave_closed(cursor: AsyncCursor[dict[str, Any]], locked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give those locked rules that are open now (columns `id`, `spans`, `zone`, `now`), and let the others wait."""
    openings = {
        rule["id"]: hours.next_opening(rule["now"])
        for rule in locked
        if rule["spans"] is not None and not (hours := _hours(rule)).is_open(rule["now"])
    }
    if not openings:
        return locked
    await cursor.execute(
        POSTPONE,
        {"rules": list(openings), "openings": list(openings.values()), "code": MatchCode.WAITS_FOR_HOURS.value},
    )
    return [rule for rule in locked if rule["id"] not in openings]


def _hours(rule: dict[str, Any]) -> OpeningHours:
    return OpeningHours(spans=tuple((start, end) for start, end in rule["spans"]), zone=ZoneInfo(rule["zone"]))
