"""The section Pace: how many requests in which time, and what follows when nobody knows whether one arrived."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from distribution.admin.rule_editor.section import Section
from distribution.choices import AfterUnknown, RatePeriod
from distribution.models import Rule
from distribution.services.rules import Pace


class PaceForm(forms.Form):
    """Limit per time, and what follows doubt."""

    rate_limit = forms.IntegerField(
        label=Rule._meta.get_field("rate_limit").verbose_name,
        help_text=Rule._meta.get_field("rate_limit").help_text,
        min_value=1,
        max_value=100_000,
        required=False,
    )
    rate_period = forms.TypedChoiceField(
        label=Rule._meta.get_field("rate_period").verbose_name,
        choices=RatePeriod.choices,
        coerce=int,
        empty_value=None,
        required=False,
    )
    after_unknown = forms.ChoiceField(
        label=Rule._meta.get_field("after_unknown").verbose_name,
        help_text=Rule._meta.get_field("after_unknown").help_text,
        choices=AfterUnknown.choices,
        required=False,
    )


class PaceSection(Section):
    """How fast the rule may send, and what follows doubt."""

    slug = "pace"
    template = "admin/distribution/rule/_pace.html"
    title = _("Pace, and what follows doubt")

    def make_form(self, data: Any) -> PaceForm:
        """Show the rule's."""
        names = ("rate_limit", "rate_period", "after_unknown")
        initial = {name: getattr(self.rule, name) for name in names} if self.rule else {}
        return PaceForm(data, initial={"rate_period": RatePeriod.MINUTE} | initial)

    def part(self) -> Pace:
        """Give the pace."""
        data = self.form.cleaned_data
        return Pace(
            rate_limit=data["rate_limit"],
            rate_period=data["rate_period"] or RatePeriod.MINUTE,
            after_unknown=data["after_unknown"] or AfterUnknown.RETRY,
        )
