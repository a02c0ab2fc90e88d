"""Taking a rule out of use; its history stays."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from distribution.choices import DeliveryState
from distribution.models import Delivery, Rule


def delete_rule(*, rule: Rule, now: datetime) -> int:
    """Take a rule out of use and cancel what waits for it; its history stays. Gives the number cancelled."""
    with transaction.atomic():
        locked = Rule.objects.select_for_update().get(pk=rule.pk)
        locked.is_active, locked.deleted_at = False, now
        locked.save(update_fields=["is_active", "deleted_at"])
        return _cancel_unsent(Delivery.objects.filter(rule=locked))


def cancel_waiting(*, rule: Rule) -> int:
    """Cancel what waits for a rule; what is under way is left alone. Gives the number cancelled."""
    return _cancel_unsent(Delivery.objects.filter(rule=rule), code="rule_switched_off")


def cancel_leftovers_of_deleted_rules() -> int:
    """Cancel deliveries that were on their way when their rule was deleted, and came back or lost their sender.

    Called from time to time, since nobody claims for a deleted rule any more. Gives the number cancelled.
    """
    return _cancel_unsent(Delivery.objects.filter(rule__deleted_at__isnull=False))


def _cancel_unsent(deliveries: QuerySet[Delivery], *, code: str = "rule_deleted") -> int:
    expired = Q(state=DeliveryState.SENDING, due_at__lte=Now())
    return deliveries.filter(Q(state=DeliveryState.WAITING) | expired).update(
        state=DeliveryState.CANCELLED, lease_owner=None, finished_at=Now(), outcome_code=code
    )
