"""The section Which leads."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from distribution.admin.rule_editor.section import Section
from distribution.choices import SourcesMode
from distribution.models import Source


class LeadsForm(forms.Form):
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


class LeadsSection(Section):
    """Which sources' leads the rule takes."""

    slug = "leads"
    template = "admin/distribution/rule/_leads.html"

    def make_form(self, data: Any) -> LeadsForm:
        """Show the rule's."""
        rule = self.rule
        initial = {"sources_mode": rule.sources_mode, "sources": list(rule.sources.all())} if rule else {}
        return LeadsForm(data, initial=initial)

    def said(self) -> dict[str, Any]:
        """Give the sources."""
        data = self.form.cleaned_data
        return {"sources_mode": data["sources_mode"], "source_ids": [source.pk for source in data["sources"]]}
