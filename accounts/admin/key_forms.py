"""Forms of the key dialog."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.choices import Overlap
from accounts.key_limits import normal_network
from accounts.models import ApiKey

OVERLAPS: dict[str, timedelta | None] = {
    Overlap.NONE: timedelta(0),
    Overlap.DAY: timedelta(days=1),
    Overlap.WEEK: timedelta(days=7),
    Overlap.BY_HAND: None,
}
LARGEST_NUMBER_OF_NETWORKS = 50


class ReplaceForm(forms.Form):
    """For how long the old key goes on."""

    overlap = forms.ChoiceField(
        label=_("The old key goes on"), choices=Overlap.choices, initial=Overlap.DAY, required=False
    )

    def length(self) -> timedelta | None:
        """Give for how long the old key goes on; nothing said means not at all, None until it is revoked."""
        return OVERLAPS[self.cleaned_data["overlap"] or Overlap.NONE]


class LimitsForm(forms.Form):
    """Until when, for what and from where a key lets in."""

    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty: the key does not expire. Two weeks before, you are reminded here."),
    )
    may_read = forms.BooleanField(label=_("read leads and reasons"), required=False)
    may_write = forms.BooleanField(label=_("write feedback"), required=False)
    networks = forms.CharField(
        label=_("Accepted from these addresses only"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "ltr", "spellcheck": "false"}),
        help_text=_(
            "One address or network on each line, such as 203.0.113.7 or 203.0.113.0/24. Empty: from anywhere."
        ),
    )

    def clean_last_day(self) -> datetime | None:
        """Give the end of that day, in the staff member's time zone; a day that is over is none."""
        day = self.cleaned_data["last_day"]
        if day is None:
            return None
        try:
            end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
        except OverflowError:
            raise forms.ValidationError(
                _("There is no such day. Choose another one, or leave the field empty.")
            ) from None
        if end <= timezone.now():
            raise forms.ValidationError(_("This day is over. To end the key now, revoke it."))
        return end

    def clean_networks(self) -> list[str]:
        """Give the networks in their normal form."""
        texts = self.cleaned_data["networks"].replace(",", " ").split()
        if len(texts) > LARGEST_NUMBER_OF_NETWORKS:
            raise forms.ValidationError(_("At most 50 addresses or networks fit. Join them to larger networks."))
        networks = []
        for text in texts:
            try:
                networks.append(normal_network(text))
            except ValueError:
                said = gettext("“%(text)s” is no address or network. Write it as 203.0.113.7 or 203.0.113.0/24.")
                raise forms.ValidationError(said % {"text": text[:60]}) from None
        return list(dict.fromkeys(networks))

    def clean(self) -> dict[str, Any]:
        """Leave a key something that it may do."""
        if not self.cleaned_data.get("may_read") and not self.cleaned_data.get("may_write"):
            raise forms.ValidationError(_("Choose what the key may do: read, write feedback, or both."))
        return self.cleaned_data


def limits_form(key: ApiKey) -> LimitsForm:
    """Give the form that shows a key's limits as they are."""
    last_moment = key.expires_at and timezone.localtime(key.expires_at) - timedelta(seconds=1)
    return LimitsForm(
        initial={
            "last_day": last_moment and last_moment.date(),
            "may_read": key.may_read,
            "may_write": key.may_write,
            "networks": "\n".join(key.networks),
        }
    )
