"""Deciding which rules take leads, where there is something to decide: conditions, hours, caps, repeats, order.

Everything a decision rests on is locked until the transaction ends, always in the same order: the rules (against
being switched off or edited: `FOR KEY SHARE`), the persons where repeats matter, the tallies of capped rules. So what
is decided here holds when it is committed, and two intakes at the same moment never both take the last place.
"""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from distribution.choices import MatchCode, PauseReason, RuleEventKind
from distribution.queries import clock
from distribution.queries.persons import earlier_leads, lock_persons
from distribution.queries.selections import SelectionKey, block_list, compiled_selections
from distribution.queries.statements import run_planned, run_prepared
from distribution.rules.caps import Tally
from distribution.rules.lead_facts import LeadFacts
from distribution.rules.taking import Candidate, Earlier, Holder, Situation, Verdict, decide
from distribution.services.tallies import lock_tallies, peek_tallies, write_tallies

_RULES = """
SELECT rule.id, rule.client_id, rule.selection_revision, rule.priority, rule.is_exclusive, rule.weight,
    client.time_zone
FROM distribution_rule rule JOIN accounts_user client ON client.id = rule.client_id
WHERE rule.id = ANY(%s) AND rule.is_active ORDER BY rule.id
"""
RULES_SQL = _RULES
LOCKED_RULES_SQL = f"{_RULES} FOR KEY SHARE OF rule"
PAUSE_SQL = """
WITH paused AS (
    UPDATE distribution_rule SET paused_at = now(), pause_reason = %(reason)s
    WHERE id IN (
        SELECT id FROM distribution_rule
        WHERE id = ANY(%(rules)s) AND paused_at IS NULL ORDER BY id FOR NO KEY UPDATE
    )
    RETURNING id
)
INSERT INTO distribution_ruleevent (rule_id, at, kind, reason, outcome_code)
SELECT id, now(), %(kind)s, %(reason)s, '' FROM paused
RETURNING rule_id
"""
# A lead that is matched again keeps what other rules said before.
REPORT_SQL = """
INSERT INTO distribution_matchreport AS kept (lead_id, verdicts, is_repeat, created_at)
SELECT lead_id, verdicts, is_repeat, now()
FROM json_to_recordset(%s::json) AS report (lead_id bigint, verdicts jsonb, is_repeat bool)
ON CONFLICT (lead_id) DO UPDATE SET is_repeat = kept.is_repeat OR excluded.is_repeat,
    verdicts = excluded.verdicts || (
        SELECT coalesce(jsonb_agg(said), '[]') FROM jsonb_array_elements(kept.verdicts) said
        WHERE NOT EXISTS (
            SELECT FROM jsonb_array_elements(excluded.verdicts) again WHERE again -> 'rule' = said -> 'rule'
        )
    )
RETURNING lead_id
"""
_MOST_TOLD = 300
_NO_RULE = 0


@dataclass(kw_only=True)
class Gate:
    """The rules that may take some leads, with all that is needed to decide; made by `open_gate`."""

    leads: Mapping[int, LeadFacts]
    takers: Mapping[int, Sequence[int]]
    now: datetime
    candidates: dict[int, Candidate]
    tallies: dict[int, Tally] = field(default_factory=dict)
    earlier: dict[str, list[Earlier]] = field(default_factory=dict)
    holders: Mapping[int, Sequence[Holder]] = field(default_factory=dict)
    blocked: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    verdicts: dict[int, list[Verdict]] = field(default_factory=dict)

    def decide(self, places: Iterable[int]) -> dict[int, list[Verdict]]:
        """Give the verdicts on some of the leads, in this order: what one takes the next does not find."""
        working = {rule_id: Tally(tally.counts) for rule_id, tally in self.tallies.items()}
        candidates = {
            rule_id: replace(candidate, tally=working.get(rule_id)) for rule_id, candidate in self.candidates.items()
        }
        for place in places:
            self.verdicts[place] = self._decide(place, candidates)
        return self.verdicts

    def _decide(self, place: int, candidates: Mapping[int, Candidate]) -> list[Verdict]:
        lead = self.leads[place]
        if place in self.blocked:
            return [Verdict(rule_id=_NO_RULE, client_id=0, takes=False, code=MatchCode.BLOCKED,
                            details=self.blocked[place])]  # fmt: skip
        holders = self.holders.get(place, ())
        sent = {holder.rule_id for holder in holders}
        earlier = [found for key in lead.person for found in self.earlier.get(key, ()) if found.lead_id != lead.id]
        verdicts = decide(
            lead,
            [candidates[rule_id] for rule_id in self.takers[place] if rule_id in candidates and rule_id not in sent],
            Situation(now=self.now, earlier=earlier, holders=holders),
            chance=random.random,
        )
        for verdict in verdicts:
            if verdict.takes:
                for key in lead.person:
                    self.earlier.setdefault(key, []).append(
                        Earlier(lead_id=lead.id or 0, client_id=verdict.client_id, at=self.now)
                    )
        return verdicts

    def keep(self, lead_ids: Mapping[int, int]) -> None:
        """Keep what was decided about the leads that are there now, {place: lead id}: counts, pauses, reports."""
        pausing: set[int] = set()
        reports = []
        counted: dict[int, ZoneInfo] = {}
        for place, lead_id in lead_ids.items():
            verdicts = self.verdicts.get(place, [])
            for verdict in verdicts:
                if verdict.takes and verdict.rule_id in self.tallies:
                    selection = self.candidates[verdict.rule_id].selection
                    if selection is not None:
                        self.tallies[verdict.rule_id].take(verdict.due_at or self.now, zone=selection.zone)
                        counted[verdict.rule_id] = selection.zone
                if verdict.code == MatchCode.PAUSES:
                    pausing.add(verdict.rule_id)
            # To a lead that was here before its report may have to be added.
            if _says_something(verdicts) or (verdicts and self.leads[place].id is not None):
                reports.append(_report(lead_id, verdicts))
        write_tallies({rule_id: self.tallies[rule_id] for rule_id in counted}, now=self.now, zones=counted)
        if pausing:
            run_planned(
                PAUSE_SQL,
                {"rules": sorted(pausing), "reason": PauseReason.CAP.value, "kind": RuleEventKind.PAUSED.value},
            )
        if reports:
            run_prepared(REPORT_SQL, (json.dumps(reports, ensure_ascii=False),))


def open_gate(
    leads: Mapping[int, LeadFacts],
    takers: Mapping[int, Sequence[int]],
    *,
    blocks_revision: int | None,
    holders: Mapping[int, Sequence[Holder]] | None = None,
    dry: bool = False,
    as_if: Candidate | None = None,
) -> Gate:
    """Lock and read what deciding about leads needs; in a transaction, unless it is `dry`, which locks nothing.

    `takers` names for each lead the rules that take its source; rules that were switched off since are left out.
    `as_if` is a rule as it is being written, asked instead of what is saved.
    """
    rule_ids = sorted({rule_id for found in takers.values() for rule_id in found})
    rows = run_prepared(RULES_SQL if dry else LOCKED_RULES_SQL, (rule_ids,))
    gate = Gate(
        leads=leads, takers=takers, now=clock.database_now(), candidates=_candidates(rows), holders=holders or {}
    )
    if as_if is not None:
        gate.candidates[as_if.rule_id] = as_if
    if blocks_revision is not None:
        entries = block_list(blocks_revision)
        gate.blocked = {place: entry for place, lead in leads.items() if (entry := entries.entry_for(lead))}
    wanted = [lead for place, lead in leads.items() if place not in gate.blocked]
    days = [
        candidate.selection.duplicates.days
        for candidate in gate.candidates.values()
        if candidate.selection is not None and candidate.selection.duplicates is not None
    ]
    if days:
        if not dry:
            lock_persons(wanted)
        gate.earlier = earlier_leads(wanted, since=gate.now - timedelta(days=max(days)))
    if capped := _capped(gate, wanted):
        gate.tallies = (peek_tallies if dry else lock_tallies)(capped, now=gate.now)
    return gate


def _candidates(rows: Iterable[Sequence[Any]]) -> dict[int, Candidate]:
    found = {
        rule_id: (
            Candidate(
                rule_id=rule_id, client_id=client_id, priority=priority, is_exclusive=is_exclusive, weight=weight
            ),
            SelectionKey(rule_id, revision, client_zone),
        )
        for rule_id, client_id, revision, priority, is_exclusive, weight, client_zone in rows
    }
    selections = compiled_selections(key for _candidate, key in found.values() if key.revision)
    return {
        rule_id: replace(
            candidate,
            selection=selections.get(rule_id),
            is_readable=not key.revision or selections.get(rule_id) is not None,
        )
        for rule_id, (candidate, key) in found.items()
    }


def _capped(gate: Gate, leads: Sequence[LeadFacts]) -> dict[int, ZoneInfo]:
    """Give the capped rules that could take any of the leads, with their zones: only their tallies are locked."""
    found = {}
    for rule_id, candidate in gate.candidates.items():
        selection = candidate.selection
        if selection is not None and selection.caps and any(not selection.failures_of(lead) for lead in leads):
            found[rule_id] = selection.zone
    return found


def _report(lead_id: int, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    told = [verdict.as_json() for verdict in verdicts[:_MOST_TOLD]]
    if len(verdicts) > _MOST_TOLD:
        told.append({"rule": _NO_RULE, "takes": False, "code": "more", "count": len(verdicts) - _MOST_TOLD})
    is_repeat = any("repeat" in verdict.details for verdict in verdicts)
    return {"lead_id": lead_id, "verdicts": told, "is_repeat": is_repeat}


def _says_something(verdicts: Sequence[Verdict]) -> bool:
    """Whether there is more to tell than that every rule simply took the lead, which its deliveries say."""
    return any(verdict.code != MatchCode.TAKES or "repeat" in verdict.details for verdict in verdicts)
