"""The rule editor's forms, and their translation into what the service takes."""

from typing import Any, cast

from django import forms
from django.forms.formsets import BaseFormSet
from django.utils.translation import gettext_lazy as _

from distribution.choices import AuthKind, BodyFormat, Method, Placement, SourcesMode, Transform
from distribution.models import FieldMapping, Rule, RuleVersion, Source
from distribution.rules.values import sendable_values
from distribution.services.rules import MappingDraft, RuleDraft

# What most clients ask for; the routing ID stands first and is marked.
STARTING_MAPPINGS = [
    {"source": "routing.id", "name": ""},
    {"source": "lead.name", "name": ""},
    {"source": "lead.phone", "name": ""},
    {"source": "lead.email", "name": ""},
]


class RuleForm(forms.Form):
    """Everything of a rule but its mappings."""

    name = forms.CharField(label=_("rule name"), max_length=100)
    is_active = forms.BooleanField(
        label=_("active"),
        required=False,
        initial=True,
        help_text=_("A rule that is switched on takes the leads that arrive from now on."),
    )
    sources_mode = forms.ChoiceField(
        label=_("takes leads of"), choices=[("", _("Choose…")), *SourcesMode.choices], required=False
    )
    sources = forms.ModelMultipleChoiceField(
        label=_("sources"),
        queryset=Source.objects.active(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    method = forms.ChoiceField(label=_("method"), choices=Method.choices)
    url = forms.CharField(
        label=_("address"), max_length=2000, widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "url"})
    )
    body_format = forms.ChoiceField(label=_("body"), choices=BodyFormat.choices)
    auth_kind = forms.ChoiceField(label=_("authentication"), choices=AuthKind.choices)
    auth_username = forms.CharField(
        label=_("user name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    auth_secret = forms.CharField(
        label=_("token or password"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"dir": "ltr", "autocomplete": "new-password"}),
    )
    timeout_s = forms.IntegerField(label=_("timeout (seconds)"), min_value=1, max_value=120, initial=20)
    max_in_flight = forms.IntegerField(label=_("requests at the same time"), min_value=1, max_value=100, initial=8)
    allow_http = forms.BooleanField(
        label=_("allow an unencrypted address (http://)"),
        required=False,
        help_text=_("Leads then travel readable for everybody on the way. Only where the client has nothing better."),
    )

    def __init__(self, *args: Any, may_allow_http: bool, has_secret: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who may not allow http:// leaves it as it is.
        self.fields["allow_http"].disabled = not may_allow_http
        if has_secret:
            self.fields["auth_secret"].widget.attrs["placeholder"] = _("•••••••• stored; leave empty to keep it")


def value_choices() -> list[tuple[str, Any]]:
    """Give the list “our field”, as long as the apps above have made it."""
    return [(value.key, value.label) for value in sendable_values()]


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

    def clean(self) -> dict[str, Any]:
        """Ask for a name only where the row says something."""
        cleaned = super().clean() or {}
        # The routing ID is never dropped silently: without a name it is an error of its row.
        says_something = cleaned.get("constant") or cleaned.get("source_key")
        if not cleaned.get("name") and says_something:
            self.add_error("name", _("Give the name of the field in the client's system."))
        return cleaned

    @property
    def is_sent(self) -> bool:
        """Whether the row is a mapping at all."""
        return bool(self.cleaned_data.get("name")) and not self.cleaned_data.get("DELETE")


class BaseMappingFormSet(BaseFormSet):
    """The mapping table."""

    def sent_rows(self) -> list[MappingForm]:
        """Give the rows that are mappings, in the order of the table."""
        return [row for row in self.ordered_forms if row.is_sent]

    def drafts(self) -> list[MappingDraft]:
        """Give the mappings in the order of the table."""
        return [
            MappingDraft(
                source=row.cleaned_data["source"],
                name=row.cleaned_data["name"],
                placement=row.cleaned_data["placement"] or Placement.FIELD,
                source_key=row.cleaned_data["source_key"],
                constant=row.cleaned_data["constant"],
                transform=row.cleaned_data["transform"],
                date_format=row.cleaned_data["date_format"],
                value_table=row.cleaned_data["value_table"],
                default=row.cleaned_data["default"],
            )
            for row in self.sent_rows()
        ]


_MappingFormSet = forms.formset_factory(
    MappingForm, formset=BaseMappingFormSet, can_order=True, can_delete=True, extra=0, max_num=200
)


def mapping_formset(data: Any = None, *, rows: list[dict[str, Any]] | None = None) -> BaseMappingFormSet:
    """Give the mapping table, as posted or with the rows that it begins with."""
    return cast(BaseMappingFormSet, _MappingFormSet(data, initial=rows, prefix="mappings"))


def rule_draft(form: RuleForm, mappings: BaseMappingFormSet) -> RuleDraft:
    """Give what the valid forms say."""
    data = form.cleaned_data
    return RuleDraft(
        name=data["name"],
        sources_mode=data["sources_mode"],
        source_ids=[source.pk for source in data["sources"]],
        method=data["method"],
        url=data["url"].strip(),
        body_format=data["body_format"],
        auth_kind=data["auth_kind"],
        auth_username=data["auth_username"],
        auth_secret=data["auth_secret"] or None,
        timeout_s=data["timeout_s"],
        allow_http=data["allow_http"],
        max_in_flight=data["max_in_flight"],
        mappings=mappings.drafts(),
    )


def preview_draft(form: RuleForm, mappings: BaseMappingFormSet) -> RuleDraft | None:
    """Give what can be shown of forms that are still being filled in; None when that is nothing."""
    form.is_valid()
    data = form.cleaned_data
    if not mappings.is_valid() or not {"method", "url", "body_format", "auth_kind"} <= data.keys():
        return None
    return RuleDraft(
        name="",
        method=data["method"],
        url=data["url"].strip(),
        body_format=data["body_format"],
        auth_kind=data["auth_kind"],
        mappings=mappings.drafts(),
    )


def initial_of(rule: Rule) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Give what the editor shows of a rule: its draft where there is one, else what is live."""
    version = rule.draft_version or rule.live_version
    initial: dict[str, Any] = {
        "name": rule.name,
        "is_active": rule.is_active,
        "sources_mode": rule.sources_mode,
        "sources": list(rule.sources.all()),
        "allow_http": rule.allow_http,
        "max_in_flight": rule.max_in_flight,
    }
    if version is None:
        return initial, list(STARTING_MAPPINGS)
    for name in ("method", "url", "body_format", "auth_kind", "auth_username", "timeout_s"):
        initial[name] = getattr(version, name)
    return initial, [_initial_mapping(mapping) for mapping in version.mappings.all()]


def _initial_mapping(mapping: FieldMapping) -> dict[str, Any]:
    names = (
        "source", "name", "source_key", "constant", "transform", "date_format", "placement", "value_table", "default"
    )  # fmt: skip
    return {name: getattr(mapping, name) for name in names}


def has_secret(rule: Rule | None) -> bool:
    """Whether a secret is stored that an empty field keeps."""
    versions: list[RuleVersion | None] = [rule.draft_version, rule.live_version] if rule else []
    return any(version is not None and version.auth_secret for version in versions)
