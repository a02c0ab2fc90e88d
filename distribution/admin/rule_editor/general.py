"""The section at the top: what the rule is called."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from distribution.admin.rule_editor.section import Section


class GeneralForm(forms.Form):
    """The name."""

    name = forms.CharField(label=_("rule name"), max_length=100)


class GeneralSection(Section):
    """The name."""

    slug = "general"
    template = "admin/distribution/rule/_general.html"

    def make_form(self, data: Any) -> GeneralForm:
        """Show the rule's."""
        return GeneralForm(data, initial={"name": self.rule.name} if self.rule else {})

    def said(self) -> dict[str, Any]:
        """Give the name."""
        return {"name": self.form.cleaned_data["name"]}
