"""The tallies of capped rules: locked while leads are decided about, counted anew when a rule's caps change."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from distribution.choices import TAKEN_BACK
from distribution.models import Rule
from distribution.queries.statements import run_planned, run_prepared
from distribution.rules.caps import Tally, period_begin

TALLIES_SQL = "SELECT rule_id, counts::json FROM distribution_captally WHERE rule_id = ANY(%s)"
LOCKED_TALLIES_SQL = f"{TALLIES_SQL} ORDER BY rule_id FOR NO KEY UPDATE"
WRITE_SQL = """
UPDATE distribution_captally tally SET counts = counted.counts
FROM json_to_recordset(%s::json) AS counted (rule_id bigint, counts jsonb)
WHERE tally.rule_id = counted.rule_id
RETURNING tally.rule_id
"""
INSERT_SQL = "INSERT INTO distribution_captally (rule_id, counts) VALUES (%s, %s) ON CONFLICT"
# What was taken for which moment: a delivery that waits for its hours or for a free place counts where it is due.
TAKEN_SQL = f"""
SELECT CASE WHEN state = 'waiting' AND outcome_code IN ('waits_for_hours', 'waits_for_cap')
            THEN due_at ELSE created_at END AS taken_for, count(*)
FROM distribution_delivery
WHERE rule_id = %s AND outcome_code <> '{TAKEN_BACK}'
  AND (created_at >= %s OR state = 'waiting')
GROUP BY 1
"""  # noqa: S608 - constants only
TOTAL_SQL = f"SELECT count(*) FROM distribution_delivery WHERE rule_id = %s AND outcome_code <> '{TAKEN_BACK}'"  # noqa: S608


def lock_tallies(zones: Mapping[int, ZoneInfo], *, now: datetime) -> dict[int, Tally]:
    """Lock the tallies of capped rules, {rule id: its zone}, until the transaction ends; other intakes of these
    rules wait for it. A rule without a tally gets one.
    """
    found = _locked(zones)
    if missing := sorted(zones.keys() - found.keys()):
        for rule_id in missing:
            counts = json.dumps(_counted(rule_id, zone=zones[rule_id], now=now))
            run_planned(f"{INSERT_SQL} DO NOTHING RETURNING rule_id", (rule_id, counts))
        found = _locked(zones)
    return found


def peek_tallies(zones: Mapping[int, ZoneInfo], *, now: datetime) -> dict[int, Tally]:
    """Give the tallies as they are at this moment, without a lock: for a dry run."""
    return {rule_id: Tally(counts) for rule_id, counts in run_planned(TALLIES_SQL, (list(zones),))}


def write_tallies(tallies: Mapping[int, Tally], *, now: datetime, zones: Mapping[int, ZoneInfo]) -> None:
    """Write locked tallies back, without periods that are over."""
    if tallies:
        rows = [
            {"rule_id": rule_id, "counts": tally.without_past(now, zone=zones[rule_id])}
            for rule_id, tally in tallies.items()
        ]
        run_prepared(WRITE_SQL, (json.dumps(rows),))


def recount(rule_id: int, *, now: datetime) -> None:
    """Count a rule's deliveries anew where it has caps: after a person gave leads by it, or took some back."""
    rule = Rule.objects.select_related("client").filter(pk=rule_id).first()
    if rule is not None and rule.selection.get("caps"):
        zone = ZoneInfo(rule.selection.get("time_zone") or rule.client.time_zone)
        count_anew(rule_id, zone=zone, now=now)


def count_anew(rule_id: int, *, zone: ZoneInfo, now: datetime) -> Tally:
    """Count what a rule has taken from its deliveries, having waited for who is counting at this moment."""
    _locked([rule_id])
    counts = _counted(rule_id, zone=zone, now=now)
    statement = f"{INSERT_SQL} (rule_id) DO UPDATE SET counts = excluded.counts RETURNING rule_id"
    run_planned(statement, (rule_id, json.dumps(counts)))
    return Tally(counts)


def _locked(rule_ids: Iterable[int]) -> dict[int, Tally]:
    return {rule_id: Tally(counts) for rule_id, counts in run_prepared(LOCKED_TALLIES_SQL, (list(rule_ids),))}


def _counted(rule_id: int, *, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    tally = Tally({})
    for at, number in run_planned(TAKEN_SQL, (rule_id, period_begin("month", now, zone))):
        tally.take(at, zone=zone, number=number)
    counts: dict[str, Any] = tally.without_past(now, zone=zone)
    # The sum of all times, of which the query above has the recent ones only.
    counts["total"] = {period_begin("total", now, zone).isoformat(): run_planned(TOTAL_SQL, (rule_id,))[0][0]}
    return counts
