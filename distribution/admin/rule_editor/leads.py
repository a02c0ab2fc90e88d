"""The section Which leads: sources, conditions, days and hours, caps, repeats, and the rule's place among others."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from distribution.admin.rule_editor.conditions import ConditionBuilder
from distribution.admin.rule_editor.hours import HoursForm
from distribution.admin.rule_editor.section import Section
from distribution.choices import AtCap, DuplicateAction, DuplicateScope, OutsideHours, SourcesMode
from distribution.errors import RuleInvalid
from distribution.models import Rule, Source
from distribution.rules.caps import PERIODS
from distribution.rules.selection import Duplicates, Selection, read_selection
from distribution.rules.selection_check import LARGEST_CAP, MOST_DAYS
from distribution.services.rules import RulePart, SelectionPart

SEND = "send"
# Posted by the page: without it (a form of before) the rule keeps what it asks.
MARK = "selection-shown"


class SourcesForm(forms.Form):
    """Which sources' leads the rule takes."""

    sources_mode = forms.ChoiceField(
        label=_("takes leads of"), choices=[("", _("Choose…")), *SourcesMode.choices], required=False
    )
    sources = forms.ModelMultipleChoiceField(
        label=_("sources"),
        queryset=Source.objects.active(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


def _cap(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=LARGEST_CAP)


class LimitsForm(forms.Form):
    """Caps, repeats, priority."""

    cap_hour = _cap(_("leads an hour"))
    cap_day = _cap(_("leads a day"))
    cap_month = _cap(_("leads a month"))
    cap_total = _cap(_("leads in all"))
    at_cap = forms.ChoiceField(label=_("when a cap is reached"), choices=AtCap.choices, required=False)
    repeats = forms.ChoiceField(
        label=_("a person who was given before"),
        choices=[(SEND, _("It is sent like any other")), *DuplicateAction.choices],
        required=False,
    )
    repeats_scope = forms.ChoiceField(label=_("given before"), choices=DuplicateScope.choices, required=False)
    repeats_days = forms.IntegerField(
        label=_("within days"), required=False, min_value=1, max_value=MOST_DAYS, initial=30
    )
    priority = forms.IntegerField(
        label=_("priority"),
        required=False,
        min_value=1,
        max_value=99,
        initial=5,
        help_text=_("1 is asked first. It matters where a rule takes leads for its client alone."),
    )
    is_exclusive = forms.BooleanField(
        label=_("for this client alone"),
        required=False,
        help_text=_("A lead that this rule takes goes to no other client."),
    )
    weight = forms.IntegerField(
        label=_("share"),
        required=False,
        min_value=1,
        max_value=1000,
        initial=1,
        help_text=_(
            "Exclusive rules of the same priority share the leads: one with 2 gets twice as many as one with 1."
        ),
    )

    @property
    def has_caps(self) -> bool:
        """Whether a cap is shown."""
        return any(self[f"cap_{period}"].value() for period in PERIODS)

    @property
    def has_repeats(self) -> bool:
        """Whether something is done with repeats."""
        return (self["repeats"].value() or SEND) != SEND

    @property
    def has_order(self) -> bool:
        """Whether the rule has a place of its own among the others."""
        return bool(self["is_exclusive"].value()) or str(self["priority"].value() or 5) != "5"


class LeadsForms:
    """The section's forms together."""

    def __init__(self, data: Any, rule: Rule | None) -> None:
        selection = _stored(rule)
        shown = data if data is None or MARK in data else None
        self.is_left_alone = data is not None and shown is None
        self.sources = SourcesForm(
            data, initial={"sources_mode": rule.sources_mode, "sources": list(rule.sources.all())} if rule else {}
        )
        self.conditions = ConditionBuilder(shown, selection.conditions)
        self.hours = HoursForm(
            shown,
            spans=selection.spans,
            initial={"outside_hours": selection.outside_hours, "selection_time_zone": selection.time_zone},
        )
        self.limits = LimitsForm(shown, initial=_initial_limits(rule, selection))
        self.selection_errors: list[Any] = []

    def is_valid(self) -> bool:
        """Whether everything posted can be meant; every form marks its mistakes."""
        valid = [self.sources.is_valid()]
        if not self.is_left_alone:
            valid += [self.conditions.is_valid(), self.hours.is_valid(), self.limits.is_valid()]
        return all(valid)

    @property
    def errors(self) -> bool:
        """Whether anything is marked."""
        marked = (self.sources.errors, self.conditions.has_errors, self.hours.errors, self.limits.errors)
        return any(marked) or bool(self.selection_errors)

    def selection(self) -> Selection:
        """Give what the valid forms say."""
        data = self.limits.cleaned_data
        hours = self.hours.cleaned_data
        duplicates = None
        if (data["repeats"] or SEND) != SEND:
            duplicates = Duplicates(
                action=data["repeats"],
                scope=data["repeats_scope"] or DuplicateScope.CLIENT,
                days=data["repeats_days"] or 30,
            )
        return Selection(
            conditions=self.conditions.conditions(),
            spans=self.hours.spans(),
            outside_hours=hours["outside_hours"] or OutsideHours.WAIT,
            caps={period: data[f"cap_{period}"] for period in PERIODS if data[f"cap_{period}"]},
            at_cap=data["at_cap"] or AtCap.WAIT,
            duplicates=duplicates,
            time_zone=hours["selection_time_zone"],
        )


def _stored(rule: Rule | None) -> Selection:
    """Give what the rule asks; nothing where that cannot be read any more, so that it can be written anew."""
    try:
        return read_selection(rule.selection) if rule else Selection()
    except (KeyError, TypeError, ValueError, AttributeError):
        return Selection()


def _initial_limits(rule: Rule | None, selection: Selection) -> dict[str, Any]:
    found = selection.duplicates
    initial: dict[str, Any] = {f"cap_{period}": limit for period, limit in selection.caps.items()}
    initial["at_cap"] = selection.at_cap
    if found:
        initial |= {"repeats": found.action, "repeats_scope": found.scope, "repeats_days": found.days}
    if rule:
        initial |= {"priority": rule.priority, "is_exclusive": rule.is_exclusive, "weight": rule.weight}
    return initial


class LeadsSection(Section):
    """Which leads the rule takes."""

    slug = "leads"
    template = "admin/distribution/rule/_leads.html"
    form: LeadsForms

    def make_form(self, data: Any) -> LeadsForms:
        """Show the rule's."""
        return LeadsForms(data, self.rule)

    def said(self) -> dict[str, Any]:
        """Give the sources."""
        data = self.form.sources.cleaned_data
        return {"sources_mode": data["sources_mode"], "source_ids": [source.pk for source in data["sources"]]}

    def part(self) -> RulePart:
        """Give what is asked of a lead beside its source."""
        return self.selection_part()

    def selection_part(self) -> SelectionPart:
        """Give what is asked of a lead beside its source, as the dry run takes it."""
        if self.form.is_left_alone:
            rule = self.rule
            if rule is None:
                return SelectionPart()
            return SelectionPart(
                selection=read_selection(rule.selection),
                priority=rule.priority,
                is_exclusive=rule.is_exclusive,
                weight=rule.weight,
            )
        data = self.form.limits.cleaned_data
        return SelectionPart(
            selection=self.form.selection(),
            priority=data["priority"] or 5,
            is_exclusive=data["is_exclusive"],
            weight=data["weight"] or 1,
        )

    def add_errors(self, error: RuleInvalid) -> set[str]:
        """Put the service's errors at the sources, and those about the rest at the section's top."""
        taken = error.errors.keys() & self.form.sources.fields.keys()
        for name in taken:
            for message in error.errors[name]:
                self.form.sources.add_error(name, message)
        self.form.selection_errors += error.errors.get("selection", [])
        return taken | {"selection"}
