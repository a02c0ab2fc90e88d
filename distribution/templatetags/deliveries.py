"""How a delivery's state is shown everywhere: dot and word."""

from typing import Any

from django import template

from distribution.choices import DeliveryState
from distribution.models import Delivery

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
    return {"kind": KIND[DeliveryState(delivery.state)], "text": delivery.get_state_display()}
