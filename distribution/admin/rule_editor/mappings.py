"""The section Field mapping: our fields, and their names in the client's system."""

from typing import Any, cast

from django import forms
from django.forms.formsets import BaseFormSet
from django.utils.translation import gettext_lazy as _

from distribution.admin.rule_editor.authentication import SECRET_STORED, secret_input, show_secret
from distribution.admin.rule_editor.section import Section
from distribution.choices import JsonType, Placement, Transform
from distribution.errors import RuleInvalid
from distribution.models import FieldMapping
from distribution.rules.values import CONSTANT, ROUTING_SOURCES, SECRET, sendable_values
from distribution.services.rules import MappingDraft

# What most clients ask for; the routing ID stands first and is marked.
STARTING_MAPPINGS = [
    {"source": "routing.id", "name": ""},
    {"source": "lead.name", "name": ""},
    {"source": "lead.phone", "name": ""},
    {"source": "lead.email", "name": ""},
]


def value_choices() -> list[tuple[str, Any]]:
    """Give the list “our field”, as long as the apps above have made it."""
    return [(value.key, value.label) for value in sendable_values()]


def joined_choices() -> list[tuple[str, Any]]:
    """Give the list “followed by”: every field of a lead, and none."""
    fixed = {CONSTANT, SECRET, *ROUTING_SOURCES}
    return [("", _("nothing")), *((key, label) for key, label in value_choices() if key not in fixed)]


class ValueTableField(forms.CharField):
    """A value table, written one `ours = theirs` a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        """Show a stored table as lines."""
        if isinstance(value, dict):
            return "\n".join(f"{ours} = {theirs}" for ours, theirs in value.items())
        return value

    def to_python(self, value: Any) -> Any:
        """Read the lines."""
        table: dict[str, str] = {}
        for line in (super().to_python(value) or "").splitlines():
            if not line.strip():
                continue
            ours, equals, theirs = line.partition("=")
            if not equals:
                raise forms.ValidationError(
                    _("Write each line as “our value = the client's value”."), code="value_table"
                )
            table[ours.strip()] = theirs.strip()
        return table


class MappingForm(forms.Form):
    """One mapping; a row whose name is left empty is not sent."""

    source = forms.ChoiceField(label=_("our field"), choices=value_choices)
    name = forms.CharField(
        label=_("name in the client's system"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    source_key = forms.CharField(label=_("name of the further field"), max_length=200, required=False)
    constant = forms.CharField(label=_("fixed value"), max_length=2000, required=False)
    transform = forms.ChoiceField(label=_("form"), choices=Transform.choices, required=False)
    date_format = forms.CharField(
        label=_("date format"),
        max_length=50,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "placeholder": "DD/MM/YYYY HH:MM"}),
    )
    placement = forms.ChoiceField(label=_("where"), choices=Placement.choices, required=False, initial=Placement.FIELD)
    value_table = ValueTableField(
        label=_("value table"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One line each: our value = the client's value"),
    )
    default = forms.CharField(label=_("when empty"), max_length=200, required=False)
    secret = forms.CharField(label=_("secret value"), max_length=1000, required=False, widget=secret_input())
    joined_source = forms.ChoiceField(label=_("followed by"), choices=joined_choices, required=False)
    joined_key = forms.CharField(label=_("name of the second further field"), max_length=200, required=False)
    separator = forms.CharField(
        label=_("with this between them"), max_length=20, required=False, strip=False, initial=" "
    )
    max_length = forms.IntegerField(
        label=_("at most so many characters"), min_value=1, max_value=10_000, required=False
    )
    json_type = forms.ChoiceField(label=_("type in JSON"), choices=JsonType.choices, required=False)
    is_always_sent = forms.BooleanField(label=_("send it even when empty"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "secret" in self.initial:  # pasted, not stored
            show_secret(self, "secret")
        elif self.initial.get("source") == SECRET:
            self.fields["secret"].widget.attrs["placeholder"] = SECRET_STORED

    def clean(self) -> dict[str, Any]:
        """Ask for a name only where the row says something."""
        cleaned = super().clean() or {}
        # The routing ID is never dropped silently: without a name it is an error of its row.
        says_something = any(cleaned.get(name) for name in ("constant", "source_key", "secret"))
        if not cleaned.get("name") and says_something:
            self.add_error("name", _("Give the name of the field in the client's system."))
        return cleaned

    @property
    def is_unusual(self) -> bool:
        """Whether anything under “Form, value table, place” is not as it is by itself.

        A row that was filled in from a command or a template stays folded: its value beside it tells enough.
        """
        if "secret" in self.initial:
            return False
        names = ("transform", "value_table", "default", "joined_source", "max_length", "json_type", "is_always_sent")
        return any(self[name].value() for name in names) or self["placement"].value() not in {None, "", Placement.FIELD}

    @property
    def is_sent(self) -> bool:
        """Whether the row is a mapping at all."""
        return bool(self.cleaned_data.get("name")) and not self.cleaned_data.get("DELETE")

    def draft(self) -> MappingDraft:
        """Give the valid row as a mapping."""
        data = self.cleaned_data
        return MappingDraft(
            placement=data["placement"] or Placement.FIELD,
            secret=data["secret"] or None,
            **{name: data[name] for name in _AS_THEY_ARE},
        )


_AS_THEY_ARE = (
    "source", "name", "source_key", "constant", "transform", "date_format", "value_table", "default", "joined_source",
    "joined_key", "separator", "max_length", "json_type", "is_always_sent",
)  # fmt: skip


class BaseMappingFormSet(BaseFormSet):
    """The mapping table."""

    def sent_rows(self) -> list[MappingForm]:
        """Give the rows that are mappings, in the order of the table."""
        return [row for row in self.ordered_forms if row.is_sent]

    def drafts(self) -> list[MappingDraft]:
        """Give the mappings in the order of the table."""
        return [row.draft() for row in self.sent_rows()]

    def typed_rows(self) -> dict[str, MappingDraft]:
        """Give the rows that can be read, by their prefixes: those without a name as well, and beside wrong ones."""
        rows = [row for row in self.forms if row.is_valid() and not row.cleaned_data.get("DELETE")]
        return {row.prefix: row.draft() for row in rows if row.cleaned_data.get("source")}


_MappingFormSet = forms.formset_factory(
    MappingForm, formset=BaseMappingFormSet, can_order=True, can_delete=True, extra=0, max_num=200
)


def mapping_formset(data: Any = None, *, rows: list[dict[str, Any]] | None = None) -> BaseMappingFormSet:
    """Give the mapping table, as posted or with the rows that it begins with."""
    return cast(BaseMappingFormSet, _MappingFormSet(data, initial=rows, prefix="mappings"))


class MappingsSection(Section):
    """The mapping table."""

    slug = "mappings"
    template = "admin/distribution/rule/_mappings.html"
    is_sketched = True

    def make_form(self, data: Any) -> BaseMappingFormSet:
        """Show the sketch's mappings, else the version's; a new rule begins with what most clients ask for."""
        if self.sketch and self.sketch.mappings:
            rows = [mapping.as_row() for mapping in self.sketch.mappings]
        elif self.version is None:
            rows = list(STARTING_MAPPINGS)
        else:
            rows = [_initial_mapping(mapping) for mapping in self.version.mappings.all()]
        return mapping_formset(data, rows=rows)

    @property
    def has_errors(self) -> bool:
        """Whether a row is marked, or the table as a whole."""
        return bool(self.form.total_error_count())

    def said(self) -> dict[str, Any]:
        """Give the mappings in the order of the table."""
        return {"mappings": self.form.drafts()}

    def previewed(self) -> dict[str, Any] | None:
        """Give the mappings, when every row can be read."""
        return self.said() if self.form.is_valid() else None

    def add_errors(self, error: RuleInvalid) -> set[str]:
        """Put the service's errors at the rows they are about."""
        rows = self.form.sent_rows()
        for place, errors in error.mapping_errors.items():
            for name, found in errors.items():
                for message in found:
                    rows[place].add_error(name if name in rows[place].fields else None, message)
        return set()


def _initial_mapping(mapping: FieldMapping) -> dict[str, Any]:
    return {name: getattr(mapping, name) for name in (*_AS_THEY_ARE, "placement")}
