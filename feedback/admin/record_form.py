"""What a client said on the phone, written down by staff."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from distribution.models import Routing
from feedback.errors import FeedbackError
from feedback.models import Reason
from feedback.rules.feedback_input import COMMENT_LENGTH, LARGEST_INTEGER
from feedback.services import FeedbackInput, FeedbackResult, record_by_staff

FIELD_OF = {
    "ReasonId": "reason",
    "Comment": "comment",
    "Amount": "amount",
    "OccurredAt": "occurred_at",
    "RoutingId": "routing",
}


class ReasonChoice(forms.ModelChoiceField):
    """Reasons by name and number."""

    def label_from_instance(self, obj: Any) -> str:
        """Show the number as well: staff and client speak of the same thing."""
        return f"{obj.name} ({obj.pk})"


class RecordForm(forms.Form):
    """The routing is chosen by its ID or number, unless the page is about one already."""

    routing = forms.CharField(
        label=_("Routing ID or number"), max_length=36, widget=forms.TextInput({"dir": "ltr", "autocomplete": "off"})
    )
    reason = ReasonChoice(label=_("feedback reason"), queryset=Reason.objects.none(), empty_label=_("Choose"))
    comment = forms.CharField(
        label=_("comment"), max_length=COMMENT_LENGTH, required=False, widget=forms.Textarea({"rows": 3})
    )
    amount = forms.DecimalField(label=_("amount"), max_digits=12, decimal_places=2, required=False)
    occurred_at = forms.DateTimeField(
        label=_("happened"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M"],
        help_text=_("Empty: now."),
    )

    def __init__(self, *args: Any, client: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = client
        self.fields["reason"].queryset = Reason.objects.active()  # type: ignore[attr-defined]

    def clean_routing(self) -> Routing:
        """Find the client's routing."""
        given = self.cleaned_data["routing"].strip()
        wanted: dict[str, Any] = {}
        if given.isdecimal() and int(given) <= LARGEST_INTEGER:
            wanted = {"number": int(given)}
        else:
            try:
                wanted = {"pk": UUID(given)}
            except ValueError:
                raise ValidationError(_("This is neither a routing ID nor a routing number.")) from None
        routing = Routing.objects.filter(client=self.client, **wanted).first()
        if routing is None:
            raise ValidationError(_("This client has no such routing. Copy the ID from the tab Routings."))
        return routing

    def record(self, *, author: User) -> FeedbackResult | None:
        """Record what the valid form says; None when the service refused, which the form then shows."""
        said = FeedbackInput(
            reason_id=self.cleaned_data["reason"].pk,
            comment=self.cleaned_data["comment"],
            amount=self.cleaned_data["amount"],
            occurred_at=self.cleaned_data["occurred_at"],
        )
        result = record_by_staff(routing=self.cleaned_data["routing"], author=author, said=said, now=timezone.now())
        if isinstance(result.error, FeedbackError):
            self.add_error(FIELD_OF.get(str(result.error.field)), str(result.error))
            return None
        return result
