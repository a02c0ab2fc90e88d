"""Taking a routing back before anything of it was sent."""

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from distribution.choices import TAKEN_BACK, DeliveryState
from distribution.errors import DeliveryIsSending, RoutingSeen
from distribution.models import Delivery, Routing
from distribution.services.tallies import recount


def take_back(*, routing: Routing, by: User | None) -> Routing:
    """Take back a routing that its client has not seen: what waits is cancelled, and its places in caps are free again.

    The lead's page keeps saying that it was given and taken back. Rules do not give it to this client again; a person
    may, and it then has the routing ID it had. Raises `DeliveryIsSending` while it is on its way, `RoutingSeen` when
    anything was sent or the client was shown it.
    """
    with transaction.atomic():
        # Deliveries before their routing, as the transmit loop locks them.
        deliveries = list(Delivery.objects.select_for_update().filter(routing=routing).order_by("id"))
        locked = Routing.objects.select_for_update(no_key=True).get(pk=routing.pk)
        if any(delivery.state == DeliveryState.SENDING for delivery in deliveries):
            raise DeliveryIsSending
        if locked.visible_at is not None or any(delivery.attempt_count for delivery in deliveries):
            raise RoutingSeen
        if locked.withdrawn_at is None:
            # Those that were held or cancelled, too: by the same rule the lead can then be given again.
            Delivery.objects.filter(routing=routing).update(
                state=DeliveryState.CANCELLED, finished_at=Now(), outcome_code=TAKEN_BACK, outcome_detail=""
            )
            locked.withdrawn_at, locked.withdrawn_by = timezone.now(), by
            locked.save(update_fields=["withdrawn_at", "withdrawn_by"])
            for rule_id in sorted({delivery.rule_id for delivery in deliveries}):
                recount(rule_id, now=timezone.now())
        return locked
