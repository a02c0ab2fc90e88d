"""The section at the top: what the rule is called, and whether it is switched on."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from distribution.admin.rule_editor.section import Section


class GeneralForm(forms.Form):
    """Name and switch."""

    name = forms.CharField(label=_("rule name"), max_length=100)
    is_active = forms.BooleanField(
        label=_("active"),
        required=False,
        initial=True,
        help_text=_("A rule that is switched on takes the leads that arrive from now on."),
    )


class GeneralSection(Section):
    """Name and switch."""

    slug = "general"
    template = "admin/distribution/rule/_general.html"

    def make_form(self, data: Any) -> GeneralForm:
        """Show the rule's."""
        rule = self.rule
        return GeneralForm(data, initial={"name": rule.name, "is_active": rule.is_active} if rule else {})

    def said(self) -> dict[str, Any]:
        """Give the name; the switch is the view's to act on."""
        return {"name": self.form.cleaned_data["name"]}
