"""Keep with each rule how its destination fares: what the breaker and the destination's own wishes go by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from distribution.engine import statements
from distribution.engine.connections import Connection
from distribution.engine.recording import Result
from distribution.rules import breaker
from distribution.rules.breaker import Limits, Observation, Sign, Standing, observe, sign_of
from distribution.rules.outcome import CUT_OFF


@dataclass(frozen=True, slots=True)
class Seen:
    """What one attempt showed about a rule's destination."""

    rule_id: int
    observation: Observation
    quiet_s: float | None


def noteworthy(result: Result) -> Seen | None:
    """Give what has to be kept of an attempt; that a destination goes on working is nothing new."""
    job, said = result.job, result.exchanged
    if said.error_code == CUT_OFF and not job.is_probe:
        return None  # our own doing, whatever the rule makes of it
    sign = sign_of(said.verdict)
    if sign not in {Sign.FAILS, Sign.GONE} and not job.is_watched and said.quiet_s is None:
        return None
    return Seen(job.rule_id, Observation(sign, said.verdict.code, is_probe=job.is_probe), said.quiet_s)


async def keep(connection: Connection, seen: Sequence[Seen], limits: Limits) -> list[Seen]:
    """Keep what was seen, and pause and resume by it; gives what is left over because its rule is locked just now.

    Nobody waits here for a lock, so that a rule that somebody works at holds up no other.
    """
    by_rule: dict[int, list[Seen]] = {}
    for each in seen:
        by_rule.setdefault(each.rule_id, []).append(each)
    async with connection.transaction(), connection.cursor(row_factory=dict_row, binary=True) as cursor:
        await cursor.execute(statements.LOCK_STANDINGS, {"rules": list(by_rule)})
        rows = await cursor.fetchall()
        decided = [_decide(row, by_rule.pop(row["id"]), limits) for row in rows]
        if decided:
            await cursor.execute(statements.SAVE_STANDINGS, _standing_columns(decided))
        if any(each.changes for each in decided):
            await cursor.execute(statements.TELL, _event_columns(decided))
    return [each for left in by_rule.values() for each in left]


@dataclass(frozen=True, slots=True)
class _Decided:
    rule_id: int
    standing: Standing
    changes: list[breaker.Change]
    quiet_s: float | None


def _decide(row: dict[str, Any], seen: list[Seen], limits: Limits) -> _Decided:
    standing = Standing(
        failures=row["failures"],
        failing_since=row["failing_since"],
        pause=row["pause_reason"] if row["is_paused"] else "",
        probes=row["probes"],
    )
    standing, changes = observe(standing, (each.observation for each in seen), now=row["now"], limits=limits)
    wishes = [each.quiet_s for each in seen if each.quiet_s is not None]
    return _Decided(row["id"], standing, changes, max(wishes, default=None))


def _standing_columns(decided: list[_Decided]) -> dict[str, list[Any]]:
    return {
        "rules": [each.rule_id for each in decided],
        "failures": [each.standing.failures for each in decided],
        "since": [each.standing.failing_since for each in decided],
        "pauses": [str(each.standing.pause) for each in decided],
        "probes": [each.standing.probes for each in decided],
        "probe_in": [each.standing.probe_in_s for each in decided],
        "quiet": [each.quiet_s for each in decided],
    }


def _event_columns(decided: list[_Decided]) -> dict[str, list[Any]]:
    told = [(each.rule_id, change) for each in decided for change in each.changes]
    return {
        "rules": [rule_id for rule_id, _change in told],
        "kinds": [str(change.kind) for _rule_id, change in told],
        "reasons": [str(change.reason) for _rule_id, change in told],
        "codes": [change.code for _rule_id, change in told],
    }
