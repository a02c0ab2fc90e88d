"""Every comparison, as people mean it, and what it says when it does not hold."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from distribution.rules.conditions import Condition, Group, compile_group, read_group
from distribution.rules.lead_facts import LeadFacts
from distribution.rules.patterns import PatternUnreadable
from distribution.rules.selection import Selection
from distribution.rules.selection_check import condition_problem, find_selection_problems

ZONE = ZoneInfo("Asia/Jerusalem")
LEAD: dict[str, Any] = {
    "source_name": "קמפיין קיץ",
    "name": "נועה בן־דוד",
    "phone": "050-123-4567",
    "phone_normalized": "+972501234567",
    "email": "Noa@Example.co.il",
    "city": "תל אביב - יפו",
    "notes": "Looking for a flat",
    "consent": True,
    "submitted_at": datetime(2026, 11, 24, 22, 30, tzinfo=UTC),  # 25/11 0:30 in Israel
    "data": {
        "Budget": "4,900 ₪",
        "חדרים": 3.5,
        "products": ["Pension", "ביטוח חיים"],
        "utm": {"source": "Google"},
        "vip": False,
        "ריק": "  ",
        "visit": "26/11/2026 09:00",
    },
}


def failures(condition: Condition | Group) -> list[dict[str, Any]]:
    group = condition if isinstance(condition, Group) else Group(mode="all", items=(condition,))
    return compile_group(read_group(group.as_json()), zone=ZONE)(LeadFacts(**LEAD))


@pytest.mark.parametrize(
    ("field", "op", "values", "holds"),
    [
        # equals and one of: case, Hebrew hyphens and quotes, spaces, direction marks make no difference
        ("city", "equals", ["תל אביב יפו"], True),
        ("city", "equals", ["\u200fתל  אביב־יפו"], True),
        ("city", "equals", ["תל אביב"], False),
        ("name", "equals", ["נועה בן-דוד"], True),
        ("first_name", "equals", ["נֹעָה"], False),
        ("first_name", "equals", ["נוֹעָה"], True),
        ("last_name", "equals", ["בן דוד"], True),
        ("email", "equals", ["noa@example.CO.IL"], True),
        ("source", "equals", ["קמפיין קיץ"], True),
        ("city", "one_of", ["חיפה", "תל אביב-יפו"], True),
        ("city", "one_of", ["חיפה", "עכו"], False),
        # phones in any form
        ("phone", "equals", ["+972 50 123 4567"], True),
        ("phone", "one_of", ["03-5556677", "0501234567"], True),
        ("phone", "equals", ["0501234568"], False),
        ("phone", "starts_with", ["050"], True),
        ("phone", "starts_with", ["+97250"], True),
        ("phone", "starts_with", ["052", "054"], False),
        ("phone", "contains", ["123-45"], True),
        # yes and no, also of further fields
        ("consent", "equals", ["כן"], True),
        ("consent", "equals", ["no"], False),
        ("data:vip", "equals", ["לא"], True),
        # numbers as numbers
        ("data:budget", "equals", ["4900"], True),
        ("data:BUDGET", "between", ["4000", "5,000"], True),
        ("data:budget", "between", ["", "4899.99"], False),
        ("data:חדרים", "between", ["3,5", ""], True),
        ("data:חדרים", "one_of", ["3", "3.50"], True),
        ("name", "between", ["1", "9"], False),
        # any of a list's values, and of what lies inside an object
        ("data:products", "equals", ["pension"], True),
        ("data:products", "contains", ["ביטוח"], True),
        ("data:utm", "equals", ["google"], True),
        # texts
        ("notes", "contains", ["FLAT"], True),
        ("notes", "contains", ["house", "a flat"], True),
        ("notes", "starts_with", ["looking"], True),
        ("notes", "starts_with", ["flat"], False),
        # dates: a day counts wholly, in the rule's zone
        ("submitted_at", "equals", ["25/11/2026"], True),
        ("submitted_at", "equals", ["24/11/2026"], False),
        ("submitted_at", "between", ["25/11/2026", "25/11/2026"], True),
        ("submitted_at", "between", ["25/11/2026 01:00", ""], False),
        ("data:visit", "between", ["2026-11-26", "2026-11-26"], True),
        ("data:visit", "between", ["27/11/2026", ""], False),
        # empty: nothing there, white space, no such field
        ("data:ריק", "empty", [], True),
        ("data:missing", "empty", [], True),
        ("city", "empty", [], False),
        ("data:missing", "equals", ["x"], False),
        # patterns
        ("email", "matches", [r"@example\.(co\.il|com)$"], True),
        ("city", "matches", ["^חיפה"], False),
        ("data:products", "matches", ["^pens"], True),
    ],
)
def test_a_condition_holds_as_people_mean_it(field: str, op: str, values: list[str], holds: bool) -> None:
    name, _colon, key = field.partition(":")
    condition = Condition(field=name, key=key, op=op, values=tuple(values))
    assert condition_problem(condition) is None
    assert (failures(condition) == []) is holds
    negated = Condition(field=name, key=key, op=op, values=tuple(values), negated=True)
    assert (failures(negated) == []) is not holds


def test_what_failed_is_named_with_the_value_that_was_there() -> None:
    condition = Condition(field="city", op="one_of", values=("חיפה", "עכו"))
    assert failures(condition) == [
        {"field": "city", "op": "one_of", "values": ["חיפה", "עכו"], "value": "תל אביב - יפו"}
    ]
    assert failures(Condition(field="data", key="products", op="empty"))[0]["value"] == "Pension, ביטוח חיים"


HAIFA = Condition(field="city", op="equals", values=("חיפה",))
FLAT = Condition(field="notes", op="contains", values=("flat",))
RICH = Condition(field="data", key="budget", op="between", values=("10000", ""))


@pytest.mark.parametrize(
    ("group", "failed"),
    [
        (Group(mode="all"), []),
        (Group(mode="all", items=(FLAT, HAIFA, RICH)), ["city"]),
        (Group(mode="any", items=(HAIFA, RICH)), ["city", "data"]),
        (Group(mode="any", items=(HAIFA, FLAT)), []),
        (Group(mode="none", items=(HAIFA, RICH)), []),
        (Group(mode="none", items=(HAIFA, FLAT)), ["notes"]),
        (Group(mode="all", items=(FLAT, Group(mode="any", items=(HAIFA, Group(mode="none", items=(RICH,)))))), []),
        (Group(mode="all", items=(FLAT, Group(mode="any", items=(HAIFA, RICH)))), ["city", "data"]),
    ],
)
def test_groups_hold_together_and_say_who_said_no(group: Group, failed: list[str]) -> None:
    found = failures(group)
    assert [failure["field"] for failure in found] == failed


def test_a_condition_that_was_not_to_hold_is_told_as_such() -> None:
    assert failures(Group(mode="none", items=(FLAT,)))[0]["negated"] is True


def test_a_pattern_that_would_take_a_backtracking_engine_forever_is_quick() -> None:
    lead = LeadFacts(notes="a" * 20_000)
    group = Group(mode="all", items=(Condition(field="notes", op="matches", values=("(a+)+$x",)),))
    assert compile_group(group, zone=ZONE)(lead)


@pytest.mark.parametrize(
    "condition",
    [
        Condition(field="shoe", op="equals", values=("1",)),
        Condition(field="city", op="like", values=("1",)),
        Condition(field="data", op="equals", values=("1",)),
        Condition(field="city", op="equals"),
        Condition(field="city", op="equals", values=(" ",)),
        Condition(field="city", op="equals", values=("a", "b")),
        Condition(field="city", op="equals", values=("a\x00",)),
        Condition(field="city", op="equals", values=("a" * 501,)),
        Condition(field="city", op="empty", values=("a",)),
        Condition(field="city", op="between", values=("", "")),
        Condition(field="city", op="between", values=("1",)),
        Condition(field="city", op="between", values=("2", "1")),
        Condition(field="city", op="between", values=("a", "b")),
        Condition(field="submitted_at", op="between", values=("1", "2")),
        Condition(field="submitted_at", op="equals", values=("soon",)),
        Condition(field="phone", op="starts_with", values=("abc",)),
        Condition(field="city", op="matches", values=("(",)),
        Condition(field="city", op="matches", values=(r"(?=a)",)),
        Condition(field="city", op="matches", values=()),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused_with_what_to_write(condition: Condition) -> None:
    assert condition_problem(condition)
    assert find_selection_problems(Selection(conditions=Group(mode="all", items=(condition,))))


def test_groups_lie_at_most_three_deep_and_conditions_are_bounded() -> None:
    deep = Group(mode="all", items=(HAIFA,))
    for _level in range(3):
        deep = Group(mode="any", items=(deep,))
    assert find_selection_problems(Selection(conditions=deep))
    assert find_selection_problems(Selection(conditions=Group(mode="all", items=(HAIFA,) * 101)))
    assert not find_selection_problems(Selection(conditions=Group(mode="all", items=(HAIFA,) * 100)))


def test_an_unreadable_pattern_never_passes_for_one_that_matches() -> None:
    group = Group(mode="all", items=(Condition(field="city", op="matches", values=("(",)),))
    with pytest.raises(PatternUnreadable):
        compile_group(group, zone=ZONE)
