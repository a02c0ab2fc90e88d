"""Forms of the alarms' screens: thresholds, exceptions from them, and what comes by mail."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from distribution.choices import SILENCE_KINDS, AlarmKind
from distribution.models import AlarmSetting, Source
from distribution.rules.alarm_settings import DELIVERED_WITH, EVERYTHING, Threshold, thresholds

LONGEST_H = 24 * 365
MOST = 1_000_000


class ThresholdForm(forms.Form):
    """From when on one kind counts as an alarm."""

    is_on = forms.BooleanField(label=_("watched"), required=False)
    value = forms.IntegerField(label=_("threshold"), min_value=1, max_value=MOST, required=False)
    remind_after_h = forms.IntegerField(
        label=_("told again after (hours)"), min_value=0, max_value=LONGEST_H, help_text=_("0: told once only.")
    )

    def __init__(self, data: Any = None, *, kind: AlarmKind, **kwargs: Any) -> None:
        super().__init__(data, prefix=kind.value, **kwargs)
        self.kind = kind
        delivered = DELIVERED_WITH[kind]
        if not delivered.unit:
            del self.fields["value"]
            return
        self.fields["value"].help_text = str(delivered.unit)
        self.fields["value"].required = delivered.value is not None

    def threshold(self) -> Threshold:
        """Give what the valid form says."""
        data = self.cleaned_data
        return Threshold(data["is_on"], data.get("value"), data["remind_after_h"])


def threshold_forms(data: Any = None) -> list[ThresholdForm]:
    """Give a form for each kind, as posted or as it is set now."""
    stored = list(AlarmSetting.objects.filter(subject_id=EVERYTHING))
    forms_ = []
    for kind in AlarmKind:
        now = thresholds(kind, stored).general
        initial = {"is_on": now.is_on, "value": now.value, "remind_after_h": now.remind_after_h}
        forms_.append(ThresholdForm(data, kind=kind, initial=initial))
    return forms_


def _subjects() -> list[Any]:
    sources = list(Source.objects.active().values_list("pk", "name"))
    clients = list(User.objects.clients().filter(is_active=True).values_list("pk", "name"))
    groups = ((kind, sources if kind == AlarmKind.SOURCE_SILENT else clients) for kind in SILENCE_KINDS)
    return [
        ("", _("Choose…")),
        *((kind.label, [(f"{kind.value}:{pk}", name) for pk, name in subjects]) for kind, subjects in groups),
    ]


class OwnThresholdForm(forms.Form):
    """A threshold of its own for one source or client."""

    subject = forms.ChoiceField(label=_("source or client"), choices=_subjects)
    is_on = forms.BooleanField(label=_("watched"), required=False, initial=True)
    value = forms.IntegerField(
        label=_("silent after (hours)"),
        min_value=1,
        max_value=LONGEST_H,
        required=False,
        help_text=_("Empty: compared with the same hours of earlier weeks."),
    )

    def chosen(self) -> tuple[AlarmKind, int, Threshold]:
        """Give kind, subject and threshold of the valid form."""
        kind, _colon, subject_id = self.cleaned_data["subject"].partition(":")
        return AlarmKind(kind), int(subject_id), Threshold(self.cleaned_data["is_on"], self.cleaned_data["value"])


class SubscriptionForm(forms.Form):
    """Which alarms come by mail."""

    kinds = forms.MultipleChoiceField(
        label=_("alarms that come to me by mail"),
        choices=AlarmKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
