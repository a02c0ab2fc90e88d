"""How a delivery's state is shown everywhere: dot and word."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from distribution.choices import DeliveryState
from distribution.models import Delivery
from distribution.rules.mail_outcome import HANDED_OVER
from distribution.rules.outcome import NOT_VERIFIED

register = template.Library()

KIND = {
    DeliveryState.WAITING: "neutral",
    DeliveryState.SENDING: "brand",
    DeliveryState.ACCEPTED: "ok",
    DeliveryState.REFUSED: "bad",
    DeliveryState.HELD: "warn",
    DeliveryState.GAVE_UP: "bad",
    DeliveryState.CANCELLED: "neutral",
}


@register.inclusion_tag("leadmanager/components/pill.html")
def delivery_pill(delivery: Delivery) -> dict[str, Any]:
    """Show where a delivery stands."""
    said = {HANDED_OVER: _("handed to the mail server"), NOT_VERIFIED: _("accepted by the client, not verified")}
    text = delivery.get_state_display()
    if delivery.state == DeliveryState.ACCEPTED:
        text = said.get(delivery.outcome_code, text)
    return {"kind": KIND[DeliveryState(delivery.state)], "text": text}
