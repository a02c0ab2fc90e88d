"""Who takes a lead, in which order, and what each other rule says."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

import pytest

from distribution.choices import AtCap, DuplicateAction, DuplicateScope, MatchCode, OutsideHours
from distribution.rules.caps import Tally
from distribution.rules.conditions import Condition, Group
from distribution.rules.lead_facts import LeadFacts
from distribution.rules.opening_hours import span_of_day
from distribution.rules.selection import Duplicates, Selection, compile_selection, read_selection
from distribution.rules.taking import Candidate, Earlier, Holder, Situation, Verdict, decide

NOW = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)  # a Wednesday, 10:30 in Israel
LEAD = LeadFacts(id=7, city="חיפה", phone_normalized="+972501234567")
IN_HAIFA = Group(mode="all", items=(Condition(field="city", op="equals", values=("חיפה",)),))
IN_ACRE = Group(mode="all", items=(Condition(field="city", op="equals", values=("עכו",)),))
AFTERNOON = (span_of_day(3, time(14), time(18)),)


def rule(number: int, *, client: int | None = None, taken: int = 0, **fields: Any) -> Candidate:
    names = ("conditions", "spans", "outside_hours", "caps", "at_cap", "duplicates", "time_zone")
    selection = Selection(**{name: fields.pop(name) for name in names if name in fields})
    compiled = None
    if not selection.is_empty:
        compiled = compile_selection(read_selection(selection.as_json()), client_zone="Asia/Jerusalem")
    tally = Tally({})
    if compiled:
        tally.take(NOW, zone=compiled.zone, number=taken)
    return Candidate(rule_id=number, client_id=client or number, selection=compiled, tally=tally, **fields)


def said(*rules: Candidate, lead: LeadFacts = LEAD, **known: Any) -> dict[int, Verdict]:
    verdicts = decide(lead, rules, Situation(now=NOW, **known), chance=Random(1).random)
    return {verdict.rule_id: verdict for verdict in verdicts}


def codes(*rules: Candidate, **known: Any) -> dict[int, str]:
    return {number: verdict.code for number, verdict in said(*rules, **known).items()}


@pytest.mark.parametrize(
    ("fields", "taken", "code", "due", "details"),
    [
        ({}, 0, MatchCode.TAKES, None, {}),
        ({"conditions": IN_HAIFA}, 0, MatchCode.TAKES, None, {}),
        (
            {"conditions": IN_ACRE},
            0,
            MatchCode.CONDITION,
            None,
            {"failures": [{"field": "city", "op": "equals", "values": ["עכו"], "value": "חיפה"}]},
        ),
        ({"spans": AFTERNOON}, 0, MatchCode.WAITS_FOR_HOURS, NOW + timedelta(hours=3, minutes=30), {}),
        (
            {"spans": AFTERNOON, "outside_hours": OutsideHours.SKIP},
            0,
            MatchCode.OUTSIDE_HOURS,
            None,
            {"zone": "Asia/Jerusalem"},
        ),
        ({"spans": AFTERNOON, "time_zone": "Asia/Bangkok"}, 0, MatchCode.TAKES, None, {}),
        ({"caps": {"day": 2}}, 1, MatchCode.TAKES, None, {}),
        (
            {"caps": {"hour": 2}},
            2,
            MatchCode.WAITS_FOR_CAP,
            NOW + timedelta(minutes=30),
            {"period": "hour", "limit": 2},
        ),
        ({"caps": {"hour": 2}, "at_cap": AtCap.SKIP}, 2, MatchCode.CAP, None, {"period": "hour", "limit": 2}),
        ({"caps": {"hour": 2}, "at_cap": AtCap.PAUSE}, 2, MatchCode.PAUSES, None, {"period": "hour", "limit": 2}),
        ({"caps": {"total": 2}}, 2, MatchCode.CAP, None, {"period": "total", "limit": 2}),
    ],
)
def test_what_one_rule_says(
    fields: dict[str, Any], taken: int, code: str, due: datetime | None, details: dict[str, Any]
) -> None:
    verdict = said(rule(1, taken=taken, **fields))[1]
    assert (verdict.code, verdict.due_at, verdict.details) == (code, due, details)


def repeat(days: int, client: int, lead: int = 3) -> Earlier:
    return Earlier(lead_id=lead, client_id=client, at=NOW - timedelta(days=days))


@pytest.mark.parametrize(
    ("action", "scope", "earlier", "code", "flagged"),
    [
        (DuplicateAction.SKIP, DuplicateScope.CLIENT, [repeat(29, 1)], MatchCode.DUPLICATE, False),
        (DuplicateAction.SKIP, DuplicateScope.CLIENT, [repeat(31, 1)], MatchCode.TAKES, False),
        (DuplicateAction.SKIP, DuplicateScope.CLIENT, [repeat(1, 2)], MatchCode.TAKES, False),
        (DuplicateAction.SKIP, DuplicateScope.ALL, [repeat(1, 2)], MatchCode.DUPLICATE, False),
        (DuplicateAction.SKIP, DuplicateScope.ALL, [], MatchCode.TAKES, False),
        (DuplicateAction.FLAG, DuplicateScope.CLIENT, [repeat(1, 1)], MatchCode.TAKES, True),
        (DuplicateAction.FLAG, DuplicateScope.CLIENT, [repeat(1, 2)], MatchCode.TAKES, False),
    ],
)
def test_a_person_who_came_before(action: str, scope: str, earlier: list[Earlier], code: str, flagged: bool) -> None:
    verdict = said(rule(1, duplicates=Duplicates(action=action, scope=scope, days=30)), earlier=earlier)[1]
    assert (verdict.code, "repeat" in verdict.details) == (code, flagged)
    if code == MatchCode.DUPLICATE:
        assert (verdict.details["lead"], verdict.details["days"], verdict.details["scope"]) == (3, 30, scope)


def test_a_rule_without_a_policy_sends_whoever_came_before() -> None:
    assert codes(rule(1), earlier=[repeat(0, 1)]) == {1: MatchCode.TAKES}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        # to all
        ([rule(1), rule(2)], {1: "takes", 2: "takes"}),
        # the first by priority takes it alone
        ([rule(1, priority=2), rule(2, priority=1, is_exclusive=True)], {2: "takes", 1: "taken"}),
        # of equal priority exclusive ones are asked first
        ([rule(1), rule(2, is_exclusive=True)], {2: "takes", 1: "taken"}),
        # what another client has already, an exclusive rule does not take
        ([rule(1, priority=1), rule(2, priority=2, is_exclusive=True)], {1: "takes", 2: "shared"}),
        # who says no leaves the lead to the next
        (
            [rule(1, priority=1, is_exclusive=True, conditions=IN_ACRE), rule(2, priority=2, is_exclusive=True)],
            {1: "condition", 2: "takes"},
        ),
        (
            [rule(1, priority=1, is_exclusive=True, caps={"day": 1}, at_cap=AtCap.SKIP, taken=1), rule(2)],
            {1: "cap", 2: "takes"},
        ),
        # who waits has it
        ([rule(1, priority=1, is_exclusive=True, caps={"day": 1}, taken=1), rule(2)], {1: "waits_for_cap", 2: "taken"}),
        # the client's other rules are no others
        ([rule(1, client=9, is_exclusive=True), rule(2, client=9), rule(3)], {1: "takes", 2: "takes", 3: "taken"}),
    ],
)
def test_priority_and_exclusive_rules(rules: list[Candidate], expected: dict[int, str]) -> None:
    assert codes(*rules) == expected


def test_who_has_the_lead_already_counts() -> None:
    assert codes(rule(1), holders=[Holder(client_id=2, rule_id=5, is_exclusive=True)]) == {1: "taken"}
    assert codes(rule(1, is_exclusive=True), holders=[Holder(client_id=2)]) == {1: "shared"}
    assert said(rule(1), holders=[Holder(client_id=2, rule_id=5, is_exclusive=True)])[1].details == {"by": 5}
    assert codes(rule(1, is_exclusive=True), holders=[Holder(client_id=1, rule_id=5)]) == {1: "takes"}


def test_exclusive_rules_of_one_priority_share_by_their_weights() -> None:
    chance = Random(4)
    won: Counter[int] = Counter()
    for _lead in range(4_000):
        rules = [rule(1, is_exclusive=True), rule(2, is_exclusive=True, weight=3)]
        verdicts = decide(LEAD, rules, Situation(now=NOW), chance=chance.random)
        won.update(verdict.rule_id for verdict in verdicts if verdict.takes)
    assert won.total() == 4_000
    assert 0.72 < won[2] / 4_000 < 0.78


def test_a_lead_on_the_block_list_is_taken_by_nobody() -> None:
    entry = {"entry": 4, "kind": "phone", "value": "+972501234567", "reason": "ביקש שלא יפנו אליו"}
    assert said(rule(1), blocked=entry)[1].details == entry
    assert codes(rule(1), blocked=entry) == {1: MatchCode.BLOCKED}


def test_a_rule_that_cannot_be_read_takes_nothing_and_says_so() -> None:
    assert codes(Candidate(rule_id=1, client_id=1, is_readable=False)) == {1: MatchCode.UNREADABLE}


def test_what_is_taken_is_counted_where_it_is_due() -> None:
    capped = rule(1, caps={"hour": 1})
    assert [said(capped)[1].due_at for _lead in range(3)] == [
        None,
        NOW + timedelta(minutes=30),
        NOW + timedelta(minutes=90),
    ]
