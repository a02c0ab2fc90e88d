"""What is wrong with a selection as staff wrote it, in words that say what to write instead."""

import zoneinfo
from datetime import UTC

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from distribution.choices import AtCap, DuplicateAction, DuplicateScope, OutsideHours
from distribution.rules.caps import PERIODS
from distribution.rules.comparing import number_of
from distribution.rules.conditions import MODES, OPERATORS, Condition, Group
from distribution.rules.dates import parse_moment
from distribution.rules.lead_facts import CONDITION_FIELDS, DATE_FIELDS, FURTHER_FIELD
from distribution.rules.opening_hours import WEEK
from distribution.rules.patterns import PatternUnreadable, compile_pattern
from distribution.rules.selection import Selection

MOST_CONDITIONS = 100
MOST_VALUES = 500
LONGEST_VALUE = 500
DEEPEST = 3
LARGEST_CAP = 1_000_000
MOST_DAYS = 3_650

Message = str | Promise


def find_selection_problems(selection: Selection) -> list[Message]:
    """Give what keeps a selection from being saved; nothing when it is right."""
    problems = _group_problems(selection.conditions, depth=1)
    if _count(selection.conditions) > MOST_CONDITIONS:
        problems.append(_("There are too many conditions. Write several values into one condition, or make two rules."))
    if any(not 0 <= start < end <= start + WEEK or start >= WEEK for start, end in selection.spans):
        problems.append(_("The hours are not right. Write them as from and to within one day."))
    if selection.outside_hours not in OutsideHours.values or selection.at_cap not in AtCap.values:
        problems.append(_("Choose what happens outside the hours and at the cap."))
    if any(period not in PERIODS or not 1 <= limit <= LARGEST_CAP for period, limit in selection.caps.items()):
        problems.append(_("A cap is a number from 1 to 1,000,000. Leave it empty for no cap."))
    found = selection.duplicates
    if found and (
        found.action not in DuplicateAction.values
        or found.scope not in DuplicateScope.values
        or not 1 <= found.days <= MOST_DAYS
    ):
        problems.append(_("For repeats, give a number of days from 1 to 3,650."))
    if selection.time_zone and selection.time_zone not in zoneinfo.available_timezones():
        problems.append(_("This time zone is not known. Choose one of the list."))
    return problems


def condition_problem(condition: Condition) -> Message | None:
    """Give what is wrong with one condition, None when it is right."""
    if condition.field not in CONDITION_FIELDS or condition.op not in OPERATORS:
        return _("Choose a field and a comparison.")
    if condition.field == FURTHER_FIELD and not condition.key.strip():
        return _("Give the name of the further field, as it comes in.")
    if any(len(value) > LONGEST_VALUE or "\x00" in value for value in (*condition.values, condition.key)):
        return _("A value is longer than 500 characters. Shorten it.")
    match condition.op:
        case "empty":
            return None if not condition.values else _("“Is empty” takes no value. Remove it.")
        case "between":
            return _between_problem(condition)
        case "matches":
            return _pattern_problem(condition)
        case _:
            return _values_problem(condition)


def _values_problem(condition: Condition) -> Message | None:
    if not condition.values or any(not value.strip() for value in condition.values):
        return _("Write the value to compare with.")
    if len(condition.values) > MOST_VALUES:
        return _("There are too many values: at most 500.")
    if condition.op == "equals" and len(condition.values) > 1:
        return _("Choose “is one of” for several values.")
    is_day = condition.field in DATE_FIELDS and condition.op in ("equals", "one_of")
    if is_day and any(parse_moment(value, zone=UTC) is None for value in condition.values):
        return _("Write dates as 25/11/2026.")
    is_part = condition.field == "phone" and condition.op in ("contains", "starts_with")
    if is_part and not all(any(mark.isdecimal() for mark in value) for value in condition.values):
        return _("Write digits of the phone, such as 050 or +972.")
    return None


def _between_problem(condition: Condition) -> Message | None:
    bounds = [value.strip() for value in condition.values]
    given = [bound for bound in bounds if bound]
    if len(bounds) != 2 or not given:
        return _("Give from and to, or one of them.")
    if condition.field not in DATE_FIELDS and all(number_of(bound) is not None for bound in given):
        low, high = (number_of(bound) for bound in bounds)
    elif all(parse_moment(bound, zone=UTC) is not None for bound in given):
        low, high = (parse_moment(bound, zone=UTC) for bound in bounds)  # type: ignore[assignment]
    else:
        return _("Write two numbers, or two dates as 25/11/2026.")
    if low is not None and high is not None and low > high:
        return _("“From” comes after “to”. Exchange them.")
    return None


def _pattern_problem(condition: Condition) -> Message | None:
    if len(condition.values) != 1 or not condition.values[0].strip():
        return _("Write the pattern.")
    try:
        compile_pattern(f"(?i){condition.values[0]}")
    except PatternUnreadable as error:
        return _("This is no regular expression (RE2): %(error)s") % {"error": error}
    return None


def _group_problems(group: Group, *, depth: int) -> list[Message]:
    if group.mode not in MODES or depth > DEEPEST:
        return [_("Choose how the conditions of a group hold together; groups lie at most three deep.")]
    problems: list[Message] = []
    for item in group.items:
        if isinstance(item, Group):
            problems += _group_problems(item, depth=depth + 1)
        elif problem := condition_problem(item):
            problems.append(problem)
    return problems


def _count(group: Group) -> int:
    return sum(_count(item) if isinstance(item, Group) else 1 for item in group.items)
