"""The filters above a client's routings and feedback."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.choices import RoutingOutcome
from feedback.models import Reason
from feedback.queries.client_filters import ANY, NONE, ClientFilter


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class FeedbackFilterForm(forms.Form):
    """Which feedback of a client; both days are included."""

    q = forms.CharField(
        label=_("phone, e-mail, name or routing"), required=False, max_length=200, widget=forms.TextInput()
    )
    said = forms.ChoiceField(label=_("feedback reason"), required=False)
    since = _day(_("from day"))
    until = _day(_("until day"))

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["said"].choices = [("", _("All")), *self.kinds_of_answer(), *self._reasons()]  # type: ignore[attr-defined]

    def kinds_of_answer(self) -> list[tuple[str, Any]]:
        """Give the choices beside the reasons."""
        return []

    def _reasons(self) -> list[tuple[str, str]]:
        return [(str(reason.pk), f"{reason.pk} · {reason.name}") for reason in Reason.objects.all()]

    def chosen(self) -> ClientFilter | None:
        """Give what is asked for; None when it cannot be read, and the form says why."""
        if not self.is_valid():
            return None
        data = self.cleaned_data
        return ClientFilter(
            outcome=RoutingOutcome(data["outcome"]) if data.get("outcome") else None,
            said=data["said"],
            since=_start_of(data["since"]),
            until=_start_of(data["until"] + timedelta(days=1)) if data["until"] else None,
            term=data["q"],
        )

    def query(self) -> dict[str, str]:
        """Give the filters that are set, for an address."""
        return {name: value for name in self.fields if (value := self.data.get(name, ""))}

    def clean_until(self) -> date | None:
        """Refuse the last day of all, after which there is none."""
        day = self.cleaned_data["until"]
        if day == date.max:
            raise forms.ValidationError(_("Choose an earlier day."))
        return day


class RoutingFilterForm(FeedbackFilterForm):
    """Which routings of a client."""

    outcome = forms.ChoiceField(label=_("state"), required=False, choices=[("", _("All")), *RoutingOutcome.choices])
    field_order = ("q", "outcome", "said", "since", "until")

    def kinds_of_answer(self) -> list[tuple[str, Any]]:
        """Offer those with any feedback, and those without."""
        return [(ANY, _("any feedback")), (NONE, _("no feedback"))]


def _start_of(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
