"""A source's form: its name, whether it is switched on, and what its fields are called."""

from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet
from django.utils.translation import gettext_lazy as _

from distribution.models import Source
from distribution.rules.fields import FIELD_LABELS, comparable

EMPTY_ROWS = 3


class SourceForm(forms.ModelForm):
    """Name and switch."""

    class Meta:
        model = Source
        fields = ("name", "is_active")


class FieldNameForm(forms.Form):
    """One of the source's names and our field for it; a row without a name is left out."""

    theirs = forms.CharField(
        label=_("their name"), max_length=200, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    ours = forms.ChoiceField(label=_("our field"), choices=[("", "–"), *FIELD_LABELS.items()], required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for the other half of a half-filled row."""
        cleaned = super().clean() or {}
        if cleaned.get("theirs") and not cleaned.get("ours"):
            self.add_error("ours", _("Choose our field for this name."))
        if cleaned.get("ours") and not cleaned.get("theirs"):
            self.add_error("theirs", _("Write the name under which the source sends this field."))
        return cleaned


class BaseFieldNameFormSet(BaseFormSet):
    """The table of names."""

    def clean(self) -> None:
        """Refuse two fields for one name."""
        names = [comparable(row["theirs"]) for row in self._rows()]
        if len(names) != len(set(names)):
            raise forms.ValidationError(_("A name stands in the table twice. Keep one of them."))

    def field_names(self) -> dict[str, str]:
        """Give what `Source.field_names` holds, once the table is valid."""
        return {row["theirs"]: row["ours"] for row in self._rows()}

    def _rows(self) -> list[dict[str, Any]]:
        rows = [form.cleaned_data for form in self.forms if hasattr(form, "cleaned_data")]
        return [row for row in rows if row.get("theirs") and row.get("ours") and not row.get("DELETE")]


FieldNameFormSet = forms.formset_factory(
    FieldNameForm, formset=BaseFieldNameFormSet, can_delete=True, extra=EMPTY_ROWS, max_num=300
)
