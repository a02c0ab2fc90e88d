"""New places for what waits at a rule's caps, when the caps change."""

from django.db.models.functions import Now

from distribution.choices import AtCap, DeliveryState, MatchCode
from distribution.models import Delivery
from distribution.queries import clock
from distribution.rules.caps import Place, find_place
from distribution.rules.selection import CompiledSelection
from distribution.services.tallies import count_anew, write_tallies


def place_anew(rule_id: int, selection: CompiledSelection) -> None:
    """Count a rule's tally anew, and give what waits for a free place the first one there is by its caps of now.

    In the order in which it came. The rule is locked, so nothing is taken meanwhile. What finds no place by the new
    caps keeps the one it had: it was taken, and is not dropped.
    """
    now = clock.database_now()
    tally = count_anew(rule_id, zone=selection.zone, now=now)
    waiting = list(
        Delivery.objects.filter(
            rule_id=rule_id, state=DeliveryState.WAITING, outcome_code=MatchCode.WAITS_FOR_CAP
        ).order_by("created_at", "id")
    )
    if not waiting or selection.at_cap != AtCap.WAIT:
        return
    for delivery in waiting:
        tally.take(delivery.due_at, zone=selection.zone, number=-1)
    for delivery in waiting:
        place = find_place(
            caps=selection.caps,
            tally=tally,
            hours=selection.hours,
            zone=selection.zone,
            now=now,
            may_wait_for_caps=True,
        )
        _put(delivery, place)
        tally.take(delivery.due_at, zone=selection.zone)
    Delivery.objects.bulk_update(waiting, ["due_at", "outcome_code"], batch_size=500)
    Delivery.objects.filter(pk__in=[each.pk for each in waiting if not each.outcome_code]).update(due_at=Now())
    write_tallies({rule_id: tally}, now=now, zones={rule_id: selection.zone})


def _put(delivery: Delivery, place: Place) -> None:
    if place.at is None:
        return
    delivery.outcome_code = MatchCode.WAITS_FOR_CAP if place.period else ""
    delivery.due_at = place.at
