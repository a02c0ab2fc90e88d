"""How a delivery's state is shown everywhere: dot and word."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from distribution.choices import DeliveryState
from distribution.models import Delivery
from distribution.rules.mail_outcome import HANDED_OVER

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
    is_mail = delivery.state == DeliveryState.ACCEPTED and delivery.outcome_code == HANDED_OVER
    text = _("handed to the mail server") if is_mail else delivery.get_state_display()
    return {"kind": KIND[DeliveryState(delivery.state)], "text": text}
