"""Which of the rules for a lead's source take it, in which order, and why each other one does not.

Rules are asked by priority, the smallest number first; of equal ones exclusive rules come first, and among those
chance decides by their weights. An exclusive rule that takes a lead takes it for its client alone; it does not take
a lead that another client has. Other rules of the same client are no others.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from distribution.choices import AtCap, DuplicateAction, DuplicateScope, MatchCode, OutsideHours
from distribution.rules.caps import Place, Tally, find_place
from distribution.rules.conditions import Failures
from distribution.rules.lead_facts import LeadFacts
from distribution.rules.selection import CompiledSelection, Duplicates


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An active rule for the lead's source. Without a selection it takes everything; `tally` is for capped ones."""

    rule_id: int
    client_id: int
    priority: int = 5
    is_exclusive: bool = False
    weight: int = 1
    selection: CompiledSelection | None = None
    is_readable: bool = True
    tally: Tally | None = None


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """An earlier lead of the same person that a client was given."""

    lead_id: int
    client_id: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A client that has the lead already, and whether an exclusive rule gave it."""

    client_id: int
    rule_id: int | None = None
    is_exclusive: bool = False


@dataclass(kw_only=True)
class Situation:
    """What is known beside the lead itself when it is decided about."""

    now: datetime
    earlier: Sequence[Earlier] = ()
    holders: Sequence[Holder] = ()
    blocked: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one rule says to a lead: whether it takes it, why or why not, and when it is due (None: at once)."""

    rule_id: int
    client_id: int
    takes: bool
    code: str
    due_at: datetime | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give the form in which a report keeps it."""
        due = {"due": self.due_at.isoformat(timespec="seconds")} if self.due_at else {}
        return {"rule": self.rule_id, "takes": self.takes, "code": str(self.code), **due, **self.details}


def in_order(candidates: Iterable[Candidate], chance: Callable[[], float]) -> list[Candidate]:
    """Give the rules in the order in which they are asked; `chance` gives numbers from 0 to 1."""

    def place(candidate: Candidate) -> tuple[int, bool, float, int]:
        # Efraimidis and Spirakis (2006): the smallest of -ln(u)/weight is each one's with the chance of its weight.
        drawn = -math.log(max(chance(), 1e-300)) / candidate.weight if candidate.is_exclusive else 0.0
        return candidate.priority, not candidate.is_exclusive, drawn, candidate.rule_id

    return sorted(candidates, key=place)


def decide(
    lead: LeadFacts, candidates: Iterable[Candidate], situation: Situation, *, chance: Callable[[], float]
) -> list[Verdict]:
    """Give every rule's verdict on a lead, in the order in which they were asked, and count what was taken."""
    holders = list(situation.holders)
    verdicts = []
    for candidate in in_order(candidates, chance):
        verdict = _ask(lead, candidate, situation, holders)
        verdicts.append(verdict)
        if verdict.takes:
            holders.append(
                Holder(client_id=candidate.client_id, rule_id=candidate.rule_id, is_exclusive=candidate.is_exclusive)
            )
            if candidate.tally is not None and candidate.selection is not None:
                candidate.tally.take(verdict.due_at or situation.now, zone=candidate.selection.zone)
    return verdicts


def _ask(lead: LeadFacts, candidate: Candidate, situation: Situation, holders: Sequence[Holder]) -> Verdict:
    if situation.blocked is not None:
        return _no(candidate, MatchCode.BLOCKED, situation.blocked)
    if not candidate.is_readable:
        return _no(candidate, MatchCode.UNREADABLE, {})
    selection = candidate.selection
    if selection is not None and selection.has_conditions and (failures := selection.failures_of(lead)):
        return _no(candidate, MatchCode.CONDITION, {"failures": failures})
    if (other := _in_the_way(candidate, holders)) is not None:
        code = MatchCode.TAKEN if other.is_exclusive else MatchCode.SHARED
        return _no(candidate, code, {"by": other.rule_id})
    if selection is None:
        return Verdict(rule_id=candidate.rule_id, client_id=candidate.client_id, takes=True, code=MatchCode.TAKES)
    repeat = _earlier(selection.duplicates, candidate, situation)
    if repeat is not None and selection.duplicates and selection.duplicates.action == DuplicateAction.SKIP:
        return _no(candidate, MatchCode.DUPLICATE, _repeat_details(repeat, selection.duplicates))
    return _when(candidate, selection, situation.now, repeat)


def _in_the_way(candidate: Candidate, holders: Sequence[Holder]) -> Holder | None:
    others = [holder for holder in holders if holder.client_id != candidate.client_id]
    return next((other for other in others if candidate.is_exclusive or other.is_exclusive), None)


def _earlier(duplicates: Duplicates | None, candidate: Candidate, situation: Situation) -> Earlier | None:
    if duplicates is None:
        return None
    found = (
        earlier
        for earlier in situation.earlier
        if (duplicates.scope == DuplicateScope.ALL or earlier.client_id == candidate.client_id)
        and (situation.now - earlier.at).total_seconds() <= duplicates.days * 86_400
    )
    return max(found, key=lambda earlier: earlier.at, default=None)


def _repeat_details(repeat: Earlier, duplicates: Duplicates) -> dict[str, Any]:
    return {
        "lead": repeat.lead_id,
        "at": repeat.at.isoformat(timespec="seconds"),
        "days": duplicates.days,
        "scope": str(duplicates.scope),
    }


def _when(candidate: Candidate, selection: CompiledSelection, now: datetime, repeat: Earlier | None) -> Verdict:
    """Say when a rule that wants the lead sends it, or that there is no time for it."""
    if selection.outside_hours == OutsideHours.SKIP and not selection.is_open(now):
        return _no(candidate, MatchCode.OUTSIDE_HOURS, {"zone": selection.zone.key})
    # At the cap only a rule that waits looks into later periods; hours are looked at by all.
    place = find_place(
        caps=selection.caps,
        tally=candidate.tally or Tally({}),
        hours=selection.hours,
        zone=selection.zone,
        now=now,
        may_wait_for_caps=selection.at_cap == AtCap.WAIT,
    )
    at_cap = {"period": place.period, "limit": place.limit} if place.period else {}
    flag = {"repeat": _repeat_details(repeat, selection.duplicates)} if repeat and selection.duplicates else {}
    if place.at is None:
        if selection.at_cap == AtCap.PAUSE:
            return _yes(candidate, MatchCode.PAUSES, None, at_cap | flag)
        return _no(candidate, MatchCode.CAP, at_cap)
    return _yes(candidate, _code_of(place, now), place.at if place.at > now else None, at_cap | flag)


def _code_of(place: Place, now: datetime) -> str:
    if place.at is None or place.at <= now:
        return MatchCode.TAKES
    return MatchCode.WAITS_FOR_CAP if place.period else MatchCode.WAITS_FOR_HOURS


def _no(candidate: Candidate, code: str, details: Mapping[str, Any] | dict[str, Failures]) -> Verdict:
    return Verdict(
        rule_id=candidate.rule_id, client_id=candidate.client_id, takes=False, code=code, details=dict(details)
    )


def _yes(candidate: Candidate, code: str, due_at: datetime | None, details: Mapping[str, Any]) -> Verdict:
    return Verdict(
        rule_id=candidate.rule_id,
        client_id=candidate.client_id,
        takes=True,
        code=code,
        due_at=due_at,
        details=dict(details),
    )
