"""Which leads a rule takes by what they say: conditions on fields, joined by groups.

Stored as JSON: a condition `{"field", "key", "op", "values", "negated"}`, a group `{"mode": "all" | "any" | "none",
"items": [...]}`. Values are compared as people mean them (`rules.comparing`): case, Hebrew points and quotes,
spaces and hyphens make no difference, numbers compare as numbers, phones in their international form.
A list that came is matched by any of its values; a negated condition holds where the plain one does not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from distribution.rules import phones
from distribution.rules.comparing import folded, number_of, texts_of
from distribution.rules.dates import parse_moment
from distribution.rules.lead_draft import yes_or_no
from distribution.rules.lead_facts import DATE_FIELDS, LeadFacts
from distribution.rules.patterns import compile_pattern, find

OPERATORS = ("equals", "one_of", "contains", "starts_with", "between", "empty", "matches")
MODES = ("all", "any", "none")
# What a pattern is searched in: longer texts are cut, so that no lead makes the search long.
_SEARCHED = 20_000
_SHOWN = 100
_MOST_FAILURES = 5


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One question to a field. `key` names the further field; `between` has two values, either of them may be empty."""

    field: str
    op: str
    values: tuple[str, ...] = ()
    key: str = ""
    negated: bool = False

    def as_json(self) -> dict[str, Any]:
        """Give the form that is stored."""
        stored: dict[str, Any] = {"field": self.field, "op": self.op, "values": list(self.values)}
        return stored | ({"key": self.key} if self.key else {}) | ({"negated": True} if self.negated else {})


@dataclass(frozen=True, kw_only=True)
class Group:
    """Conditions and groups that hold together: all of them, any of them, or none of them."""

    mode: str
    items: tuple["Condition | Group", ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Give the form that is stored."""
        return {"mode": self.mode, "items": [item.as_json() for item in self.items]}


# Why a group said no: the conditions that did, each as stored and with `value`, what the lead had there.
Failures = list[dict[str, Any]]
Test = Callable[[LeadFacts], Failures]


def read_group(stored: Mapping[str, Any]) -> Group:
    """Give the conditions that are stored; they were checked when they were saved."""
    items = tuple(read_group(item) if "items" in item else _read_condition(item) for item in stored.get("items", ()))
    return Group(mode=stored.get("mode", "all"), items=items)


def compile_group(group: Group, *, zone: tzinfo) -> Test:
    """Give the question that these conditions ask of a lead: it answers why not, or nothing when they hold.

    `zone` is where dates without an offset are read. Raises `PatternUnreadable`.
    """
    tests = [
        compile_group(item, zone=zone) if isinstance(item, Group) else _compile_condition(item, zone)
        for item in group.items
    ]
    return {"all": _all, "any": _any, "none": _none}[group.mode](tests, group)


def _read_condition(stored: Mapping[str, Any]) -> Condition:
    return Condition(
        field=stored["field"],
        op=stored["op"],
        values=tuple(stored.get("values", ())),
        key=stored.get("key", ""),
        negated=bool(stored.get("negated")),
    )


def _all(tests: Sequence[Test], group: Group) -> Test:
    def ask(lead: LeadFacts) -> Failures:
        return next((failures for test in tests if (failures := test(lead))), [])

    return ask


def _any(tests: Sequence[Test], group: Group) -> Test:
    def ask(lead: LeadFacts) -> Failures:
        failures: Failures = []
        for test in tests:
            found = test(lead)
            if not found:
                return []
            failures += found
        return failures[:_MOST_FAILURES]

    return ask


def _none(tests: Sequence[Test], group: Group) -> Test:
    def ask(lead: LeadFacts) -> Failures:
        for test, item in zip(tests, group.items, strict=True):
            if not test(lead):
                return [_unwanted(part, lead) for part in _conditions(item)][:_MOST_FAILURES]
        return []

    return ask


def _conditions(item: Condition | Group) -> list[Condition]:
    return [item] if isinstance(item, Condition) else [part for inner in item.items for part in _conditions(inner)]


def _unwanted(condition: Condition, lead: LeadFacts) -> dict[str, Any]:
    """Say that a condition held that was not to hold."""
    return _failure(condition, lead) | {"negated": not condition.negated}


def _failure(condition: Condition, lead: LeadFacts) -> dict[str, Any]:
    texts = [_shown(text) for text in texts_of(_value(condition, lead))]
    return condition.as_json() | {"value": ", ".join(texts)[:_SHOWN]}


def _shown(value: str) -> str:
    return value[:_SHOWN]


def _value(condition: Condition, lead: LeadFacts) -> Any:
    value = lead.value(condition.field, condition.key)
    return value.isoformat(timespec="minutes") if isinstance(value, datetime) else value


def _compile_condition(condition: Condition, zone: tzinfo) -> Test:
    holds = _COMPILERS[condition.op](condition, zone)

    def ask(lead: LeadFacts) -> Failures:
        texts = list(texts_of(_value(condition, lead)))
        found = holds(texts) if condition.op == "empty" else any(holds([text]) for text in texts)
        return [] if found is not condition.negated else [_failure(condition, lead)]

    return ask


Holds = Callable[[list[str]], bool]


def _compile_one_of(condition: Condition, zone: tzinfo) -> Holds:
    if condition.field == "phone":
        phones_wanted = {phones.normalize(value) or folded(value) for value in condition.values}
        return lambda texts: (phones.normalize(texts[0]) or folded(texts[0])) in phones_wanted
    if condition.field in DATE_FIELDS:
        days = {_day(value, zone) for value in condition.values} - {None}
        return lambda texts: _day(texts[0], zone) in days
    wanted = {folded(value) for value in condition.values}
    numbers = {number_of(value) for value in condition.values} - {None}
    answers = {yes_or_no(value.strip()) for value in condition.values if number_of(value) is None} - {None}

    def holds(texts: list[str]) -> bool:
        text = texts[0]
        if folded(text) in wanted or (numbers and number_of(text) in numbers):
            return True
        return bool(answers) and text in ("true", "false") and yes_or_no(text) in answers

    return holds


def _compile_contains(condition: Condition, zone: tzinfo) -> Holds:
    if condition.field == "phone":
        parts = [_digits(value) for value in condition.values]
        return lambda texts: any(part in form for part in parts for form in _phone_forms(texts[0]))
    wanted = [folded(value) for value in condition.values]
    return lambda texts: any(part in folded(texts[0]) for part in wanted)


def _compile_starts_with(condition: Condition, zone: tzinfo) -> Holds:
    if condition.field == "phone":
        beginnings = tuple(_digits(value) for value in condition.values)
        return lambda texts: any(form.startswith(beginnings) for form in _phone_forms(texts[0]))
    wanted = tuple(folded(value) for value in condition.values)
    return lambda texts: folded(texts[0]).startswith(wanted)


def _compile_between(condition: Condition, zone: tzinfo) -> Holds:
    low, high = (value.strip() for value in condition.values)
    numbers = [number_of(value) for value in (low, high) if value]
    if condition.field not in DATE_FIELDS and all(number is not None for number in numbers):
        least, most = number_of(low) if low else None, number_of(high) if high else None
        return lambda texts: _within(number_of(texts[0]), least, most)
    first, last = parse_moment(low, zone=zone) if low else None, _end_of(high, zone) if high else None
    return lambda texts: _within(parse_moment(texts[0], zone=zone), first, last)


def _compile_empty(condition: Condition, zone: tzinfo) -> Holds:
    return lambda texts: not texts


def _compile_matches(condition: Condition, zone: tzinfo) -> Holds:
    pattern = compile_pattern(f"(?i){condition.values[0]}")
    return lambda texts: find(pattern, texts[0][:_SEARCHED]) is not None


def _within(value: Any, low: Decimal | datetime | None, high: Decimal | datetime | None) -> bool:
    if value is None:
        return False
    return (low is None or value >= low) and (high is None or value <= high)


def _day(text: str, zone: tzinfo) -> date | None:
    moment = parse_moment(text, zone=zone)
    return moment.astimezone(zone).date() if moment else None


def _end_of(text: str, zone: tzinfo) -> datetime | None:
    """Give the moment that a range ends with; a day counts wholly."""
    moment = parse_moment(text, zone=zone)
    if moment is None or ":" in text:
        return moment
    return moment + timedelta(days=1) - timedelta(microseconds=1)


def _digits(text: str) -> str:
    return "".join(mark for mark in text if mark.isdecimal() or mark == "*")


def _phone_forms(text: str) -> tuple[str, ...]:
    """Give the digits of a phone in the forms in which people write its beginning: 050..., 97250..."""
    normalized = phones.normalize(text) or text
    return _digits(normalized), _digits(phones.local(normalized))


_COMPILERS: dict[str, Callable[[Condition, tzinfo], Holds]] = {
    "equals": _compile_one_of,
    "one_of": _compile_one_of,
    "contains": _compile_contains,
    "starts_with": _compile_starts_with,
    "between": _compile_between,
    "empty": _compile_empty,
    "matches": _compile_matches,
}
