"""The condition builder of the section Which leads: rows in groups, plain form fields that work without a script.

Row n is posted as `conditions-n-…` and names its group; group n as `groups-n-mode`. Rows and groups that say nothing
are left out, so a page may offer empty ones.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from distribution.rules.conditions import Condition, Group
from distribution.rules.lead_facts import CONDITION_FIELDS, FURTHER_FIELD
from distribution.rules.match_words import COMPARISONS
from distribution.rules.selection_check import MOST_CONDITIONS, condition_problem

GROUP_MODES = [
    ("all", _("all of these hold")),
    ("any", _("one of these holds, or more")),
    ("none", _("none of these holds")),
]
TOP_MODES = [("all", _("every group")), ("any", _("one group or more"))]
_ROW = re.compile(r"conditions-(\d{1,4})-field")
_SEPARATORS = re.compile(r"[\n,;]")
_NEGATED = "not_"


def _comparisons() -> list[tuple[str, Any]]:
    return [(f"{_NEGATED if negated else ''}{op}", label) for (op, negated), label in COMPARISONS.items()]


class ConditionForm(forms.Form):
    """One condition; a row without a field says nothing."""

    field = forms.ChoiceField(
        label=_("field"), choices=[("", _("Choose a field…")), *CONDITION_FIELDS.items()], required=False
    )
    key = forms.CharField(label=_("name of the further field"), max_length=200, required=False)
    comparison = forms.ChoiceField(label=_("comparison"), choices=_comparisons, required=False)
    value = forms.CharField(label=_("value"), required=False, widget=forms.Textarea(attrs={"rows": 1, "dir": "auto"}))
    value_to = forms.CharField(label=_("up to"), required=False, widget=forms.TextInput(attrs={"dir": "auto"}))
    group = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=MOST_CONDITIONS)

    condition: Condition | None = None

    def clean(self) -> dict[str, Any]:
        """Read the condition, and say what is wrong with it."""
        cleaned = super().clean() or {}
        if cleaned.get("field"):
            self.condition = _condition(cleaned)
            if problem := condition_problem(self.condition):
                self.add_error("value", str(problem))
        return cleaned


def _condition(cleaned: Mapping[str, Any]) -> Condition:
    comparison = cleaned.get("comparison") or "equals"
    op = comparison.removeprefix(_NEGATED)
    value = cleaned.get("value") or ""
    match op:
        case "empty":
            values: tuple[str, ...] = ()
        case "between":
            values = (value.strip(), (cleaned.get("value_to") or "").strip())
        case "one_of":
            values = tuple(part.strip() for part in _SEPARATORS.split(value) if part.strip())
        case _:
            values = (value.strip(),) if value.strip() else ()
    key = (cleaned.get("key") or "").strip() if cleaned.get("field") == FURTHER_FIELD else ""
    return Condition(field=cleaned["field"], key=key, op=op, values=values, negated=comparison != op)


class GroupForm(forms.Form):
    """How the rows of a group hold together."""

    mode = forms.ChoiceField(label=_("The rule takes a lead when"), choices=GROUP_MODES, required=False)


class TopForm(forms.Form):
    """How the groups hold together."""

    conditions_mode = forms.ChoiceField(label=_("The rule takes a lead that fits"), choices=TOP_MODES, required=False)


@dataclass(frozen=True, kw_only=True)
class ShownGroup:
    """One group as the page shows it; `number` is what its rows name."""

    number: int
    form: GroupForm
    rows: list[ConditionForm]
    is_blank: bool = False


class ConditionBuilder:
    """All rows and groups, as posted or as a rule has them."""

    def __init__(self, data: Any, stored: Group) -> None:
        self._is_bound = data is not None
        self.top = TopForm(data, initial={"conditions_mode": stored.mode if _has_groups(stored) else "all"})
        found = list(_posted(data)) if data is not None else list(_stored(stored))
        self._groups = [ShownGroup(number=number, form=form, rows=rows) for number, form, rows in found]

    def groups(self) -> list[ShownGroup]:
        """Give the groups with an empty row each, and an empty group behind them: for pages without a script."""
        number = max((group.number for group in self._groups), default=-1) + 1
        rows = [row for group in self._groups for row in group.rows]
        used = max((int(str(row.prefix).split("-")[1]) for row in rows), default=-1) + 1
        shown = []
        for group in self._groups:
            shown.append(ShownGroup(number=group.number, form=group.form, rows=[*group.rows, _row(used, group.number)]))
            used += 1
        blank = ShownGroup(
            number=number, form=GroupForm(prefix=f"groups-{number}"), rows=[_row(used, number)], is_blank=bool(shown)
        )
        return [*shown, blank]

    @property
    def empty_row(self) -> ConditionForm:
        """Give the row that a script copies."""
        return ConditionForm(prefix="conditions-__row__", initial={"group": "__group__"})

    @property
    def empty_group(self) -> GroupForm:
        """Give the head of a group that a script copies."""
        return GroupForm(prefix="groups-__group__")

    @property
    def has_errors(self) -> bool:
        """Whether a row is marked."""
        return any(row.errors for group in self._groups for row in group.rows)

    def is_valid(self) -> bool:
        """Whether every row can be meant."""
        forms_ = [self.top, *(form for group in self._groups for form in (group.form, *group.rows))]
        valid = [form.is_valid() for form in forms_]
        return all(valid)

    def conditions(self) -> Group:
        """Give what the valid rows say; one group is not wrapped into another."""
        groups = [
            Group(mode=group.form.cleaned_data.get("mode") or "all", items=tuple(conditions))
            for group in self._groups
            if (conditions := [row.condition for row in group.rows if row.condition is not None])
        ]
        if len(groups) == 1:
            return groups[0]
        return Group(mode=self.top.cleaned_data.get("conditions_mode") or "all", items=tuple(groups))


def _row(number: int, group: int) -> ConditionForm:
    return ConditionForm(prefix=f"conditions-{number}", initial={"group": group})


def _posted(data: Any) -> Iterator[tuple[int, GroupForm, list[ConditionForm]]]:
    numbers = sorted(int(found[1]) for name in data if (found := _ROW.fullmatch(name)))
    rows: dict[int, list[ConditionForm]] = {}
    for number in numbers:
        if not data.get(f"conditions-{number}-field"):
            continue
        group = data.get(f"conditions-{number}-group") or "0"
        at = int(group) if group.isdecimal() and len(group) < 4 else 0
        rows.setdefault(at, []).append(ConditionForm(data, prefix=f"conditions-{number}"))
    for at in sorted(rows):
        yield at, GroupForm(data, prefix=f"groups-{at}"), rows[at]


def _stored(stored: Group) -> Iterator[tuple[int, GroupForm, list[ConditionForm]]]:
    groups = stored.items if _has_groups(stored) else (stored,) if stored.items else ()
    used = 0
    for number, group in enumerate(groups):
        found = group if isinstance(group, Group) else Group(mode="all", items=(group,))
        rows = []
        for item in found.items:
            if isinstance(item, Condition):
                initial = _initial(item) | {"group": number}
                rows.append(ConditionForm(prefix=f"conditions-{used}", initial=initial))
                used += 1
        yield number, GroupForm(prefix=f"groups-{number}", initial={"mode": found.mode}), rows


def _has_groups(stored: Group) -> bool:
    return any(isinstance(item, Group) for item in stored.items)


def _initial(condition: Condition) -> dict[str, Any]:
    initial = {
        "field": condition.field,
        "key": condition.key,
        "comparison": f"{_NEGATED if condition.negated else ''}{condition.op}",
    }
    if condition.op == "between":
        return initial | {"value": condition.values[0], "value_to": condition.values[1]}
    return initial | {"value": "\n".join(condition.values)}
