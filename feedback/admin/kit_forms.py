"""Forms of the tab ערכת חיבור."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.choices import Language
from accounts.models import User
from feedback.models import Reason
from feedback.queries.reasons import limit_of_client

DAYS = ((7, _("a week")), (14, _("two weeks")), (30, _("a month")), (90, _("three months")))


class LinkForm(forms.Form):
    """A new link: in which language, for how long, and whether it shows the key."""

    language = forms.ChoiceField(label=_("language"), choices=Language.choices)
    days = forms.TypedChoiceField(label=_("opens for"), choices=DAYS, coerce=int, initial=14)
    offers_key = forms.BooleanField(
        label=_("Shows the API key, once"),
        required=False,
        help_text=_("Whoever opens the link first and asks for the key gets it; afterwards the link shows it no more."),
    )

    def __init__(self, *args: Any, client: User, may_offer_key: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = client.language
        self.fields["offers_key"].initial = may_offer_key
        self.fields["offers_key"].disabled = not may_offer_key

    @property
    def valid_for(self) -> timedelta:
        """How long the valid form lets the link open."""
        return timedelta(days=self.cleaned_data["days"])


class ReasonLimitForm(forms.Form):
    """The reasons that a client uses; none chosen means all of them."""

    reasons = forms.ModelMultipleChoiceField(
        label=_("feedback reasons"),
        queryset=Reason.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, client: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reasons"].initial = limit_of_client(client)
        self.fields["reasons"].queryset = Reason.objects.active()  # type: ignore[attr-defined]
        self.fields["reasons"].label_from_instance = lambda reason: f"{reason.pk} {reason.name}"  # type: ignore[attr-defined]
