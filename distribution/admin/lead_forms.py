"""A lead typed in by staff."""

from typing import Any

from django import forms
from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _

from distribution.models import Source
from distribution.rules.lead_draft import LIMITS, REFUSALS, Entry, LeadDraft, draft_lead
from distribution.services.intake import agency_zone


class LeadForm(forms.Form):
    """What staff know of a person; everything but the source passes through the same reading as at other doors."""

    source = forms.ModelChoiceField(
        label=_("source"),
        queryset=Source.objects.active(),
        error_messages={"required": _("Choose the source that the lead comes from.")},
    )
    name = forms.CharField(label=_("name"), max_length=LIMITS["name"], required=False)
    phone = forms.CharField(
        label=_("phone"),
        max_length=LIMITS["phone"],
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr"}),
    )
    email = forms.CharField(
        label=_("e-mail"), max_length=254, required=False, widget=forms.EmailInput(attrs={"dir": "ltr"})
    )
    city = forms.CharField(label=_("city"), max_length=LIMITS["city"], required=False)
    notes = forms.CharField(
        label=_("notes"), max_length=LIMITS["notes"], required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    consent = forms.ChoiceField(
        label=_("consent to marketing"),
        choices=[("", _("not known")), ("1", _("yes")), ("0", _("no"))],
        required=False,
    )

    draft: LeadDraft

    def clean(self) -> dict[str, Any]:
        """Read the lead, and say of each field why it cannot be taken."""
        cleaned = super().clean() or {}
        fields = ("name", "phone", "email", "city", "notes", "consent")
        self.draft = draft_lead(
            [(field, Entry(field, cleaned[field])) for field in fields if cleaned.get(field)], zone=agency_zone()
        )
        for field, code in (self.draft.wrong or self.draft.refusals()).items():
            self.add_error(field, force_str(REFUSALS[code]))
        return cleaned
