"""Trying which rules would take a lead, before anything is saved: nothing is locked, counted or written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from distribution.choices import MatchCode, SourcesMode
from distribution.models import Rule
from distribution.queries.match_story import UNSAVED
from distribution.queries.takers import source_by_id
from distribution.rules.lead_facts import LeadFacts
from distribution.rules.selection import compile_selection
from distribution.rules.taking import Candidate, Verdict
from distribution.services.gate import open_gate
from distribution.services.rules import SelectionPart


@dataclass(frozen=True, kw_only=True)
class TriedRule:
    """A rule as it is being written: the saved one behind it (None: a new one), its client, and what it asks."""

    rule: Rule | None
    client: User
    sources_mode: str
    source_ids: Sequence[int]
    part: SelectionPart

    @property
    def rule_id(self) -> int:
        """What names it in verdicts."""
        return self.rule.pk if self.rule else UNSAVED

    def takes_source(self, source_id: int) -> bool:
        """Whether it takes the leads of a source."""
        return self.sources_mode == SourcesMode.ALL or (
            self.sources_mode == SourcesMode.SOME and source_id in self.source_ids
        )


def try_lead(lead: LeadFacts, tried: TriedRule) -> list[dict[str, Any]]:
    """Give what the rules would say to a lead if it came now, as a report keeps it; the tried one as if it were active.

    Raises `PatternUnreadable` where a pattern cannot be read.
    """
    source = source_by_id(lead.source_id)
    own = tried.rule_id
    others = [taker.rule_id for taker in source.takers if taker.rule_id != own] if source else []
    takes = tried.takes_source(lead.source_id)
    gate = open_gate(
        {0: lead},
        {0: [*others, own] if takes else others},
        blocks_revision=source.blocks_revision if source else None,
        dry=True,
        as_if=_candidate(tried) if takes else None,
    )
    verdicts = gate.decide([0])[0]
    if not takes:
        verdicts.append(Verdict(rule_id=own, client_id=tried.client.pk, takes=False, code=MatchCode.OTHER_SOURCE))
    return [verdict.as_json() for verdict in verdicts]


def _candidate(tried: TriedRule) -> Candidate:
    part = tried.part
    selection = compile_selection(part.selection, client_zone=tried.client.time_zone)
    return Candidate(
        rule_id=tried.rule_id,
        client_id=tried.client.pk,
        priority=part.priority,
        is_exclusive=part.is_exclusive,
        weight=part.weight,
        selection=None if part.selection.is_empty else selection,
    )
