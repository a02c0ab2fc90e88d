"""The rows of the section Answers: one response rule, one value taken from the answer."""

from typing import Any, cast

from django import forms
from django.forms.formsets import BaseFormSet
from django.utils.translation import gettext_lazy as _

from distribution.choices import AnswerMeaning, AnswerPart, AnswerTest, CaptureTarget, OtherAnswers
from distribution.rules.suggesting import CaptureDraft, ResponseRuleDraft

_LTR = {"dir": "ltr"}
_AUTO = {"dir": "auto"}
_READABLE_PARTS = [choice for choice in AnswerPart.choices if choice[0] != AnswerPart.STATUS]


class AnswersForm(forms.Form):
    """What holds for all answers of the client's system."""

    other_answers = forms.ChoiceField(
        label=_("any other answer of success"),
        choices=OtherAnswers.choices,
        required=False,
        help_text=_("What an answer of success (2xx) means that none of the rules fits, once a rule says “accepted”."),
    )
    answer_charset = forms.CharField(
        label=_("character set of the answers"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs=_LTR | {"placeholder": "windows-1255"}),
        help_text=_("Only when Hebrew in the answers looks wrong: most answers say theirs by themselves."),
    )


class RowForm(forms.Form):
    """A row of a table that staff order and remove by hand; one that says nothing is left out."""

    said_by: str  # the field that tells whether the row says anything

    @property
    def is_sent(self) -> bool:
        """Whether the row is to be saved."""
        return bool(self.cleaned_data.get(self.said_by)) and not self.cleaned_data.get("DELETE")

    def said(self) -> dict[str, Any]:
        """Give what the row says, without its place in the table."""
        return {
            name: value or self.fields[name].initial or ""
            for name, value in self.cleaned_data.items()
            if name not in {"ORDER", "DELETE"}
        }

    @property
    def is_blank(self) -> bool:
        """Whether the row is one for writing that nobody has written in."""
        written = (name for name, field in self.fields.items() if field.initial is None and name != "ORDER")
        return self.empty_permitted and not any(self[name].value() for name in written)


class ResponseRuleForm(RowForm):
    """One response rule."""

    said_by = "meaning"
    meaning = forms.ChoiceField(
        label=_("the answer means"), choices=[("", _("Choose…")), *AnswerMeaning.choices], required=False
    )
    statuses = forms.CharField(
        label=_("status"), max_length=100, required=False, widget=forms.TextInput(attrs=_LTR | {"placeholder": "2xx"})
    )
    part = forms.ChoiceField(label=_("looks at"), choices=AnswerPart.choices, required=False, initial=AnswerPart.BODY)
    place = forms.CharField(
        label=_("path or header"), max_length=300, required=False, widget=forms.TextInput(attrs=_LTR)
    )
    test = forms.ChoiceField(label=_("test"), choices=AnswerTest.choices, required=False, initial=AnswerTest.CONTAINS)
    value = forms.CharField(label=_("text"), max_length=1000, required=False, widget=forms.TextInput(attrs=_AUTO))
    reason = forms.CharField(
        label=_("reason shown to staff"), max_length=200, required=False, widget=forms.TextInput(attrs=_AUTO)
    )
    reason_part = forms.ChoiceField(
        label=_("take the reason from"), choices=[("", _("nowhere")), *_READABLE_PARTS], required=False
    )
    reason_place = forms.CharField(
        label=_("path or header"), max_length=300, required=False, widget=forms.TextInput(attrs=_LTR)
    )
    reason_pattern = forms.CharField(
        label=_("pattern; what is in brackets counts"),
        max_length=1000,
        required=False,
        widget=forms.TextInput(attrs=_LTR | {"placeholder": r"ERROR:\s*(.*)"}),
    )

    def clean(self) -> dict[str, Any]:
        """Ask what it means where the row says when."""
        cleaned = super().clean() or {}
        if not cleaned.get("meaning") and any(cleaned.get(name) for name in ("statuses", "place", "value", "reason")):
            self.add_error("meaning", _("Choose what such an answer means."))
        return cleaned


class CaptureForm(RowForm):
    """One value taken from the answer."""

    said_by = "target"
    target = forms.ChoiceField(label=_("this is"), choices=[("", _("Choose…")), *CaptureTarget.choices], required=False)
    name = forms.CharField(label=_("our name"), max_length=50, required=False, widget=forms.TextInput(attrs=_AUTO))
    part = forms.ChoiceField(label=_("looks at"), choices=_READABLE_PARTS, required=False, initial=AnswerPart.JSON)
    place = forms.CharField(
        label=_("path or header"), max_length=300, required=False, widget=forms.TextInput(attrs=_LTR)
    )
    pattern = forms.CharField(
        label=_("pattern; what is in brackets counts"),
        max_length=1000,
        required=False,
        widget=forms.TextInput(attrs=_LTR | {"placeholder": r"id=(\d+)"}),
    )

    def clean(self) -> dict[str, Any]:
        """Ask what it is where the row says where it stands."""
        cleaned = super().clean() or {}
        if not cleaned.get("target") and (cleaned.get("place") or cleaned.get("pattern")):
            self.add_error("target", _("Choose what this value is."))
        return cleaned


class RowFormSet(BaseFormSet):
    """A table of rows."""

    def sent_rows(self) -> list[RowForm]:
        """Give the rows that say something, in the order of the table."""
        return [row for row in self.ordered_forms if row.is_sent]


# One blank row, for browsers without JavaScript; with it, rows come by a button.
_RuleFormSet = forms.formset_factory(
    ResponseRuleForm, formset=RowFormSet, can_order=True, can_delete=True, extra=1, max_num=50
)
_CaptureFormSet = forms.formset_factory(
    CaptureForm, formset=RowFormSet, can_order=True, can_delete=True, extra=1, max_num=20
)


class AnswerTables:
    """The section's forms as one: what holds for all answers, the response rules, the values taken."""

    def __init__(
        self, data: Any, *, initial: dict[str, Any], rules: list[dict[str, Any]], captures: list[dict[str, Any]]
    ) -> None:
        self.general = AnswersForm(data, initial=initial)
        self.rules = cast(RowFormSet, _RuleFormSet(data, initial=rules, prefix="rules"))
        self.captures = cast(RowFormSet, _CaptureFormSet(data, initial=captures, prefix="captures"))

    @property
    def has_errors(self) -> bool:
        """Whether anything is marked."""
        return bool(self.general.errors or self.rules.total_error_count() or self.captures.total_error_count())

    def is_valid(self) -> bool:
        """Whether everything can be told to the service; every table marks its mistakes."""
        found = [self.general.is_valid(), self.rules.is_valid(), self.captures.is_valid()]
        return all(found)

    def drafts(self) -> tuple[list[ResponseRuleDraft], list[CaptureDraft]]:
        """Give the rows of the two tables."""
        return (
            [ResponseRuleDraft(**row.said()) for row in self.rules.sent_rows()],
            [CaptureDraft(**row.said()) for row in self.captures.sent_rows()],
        )
