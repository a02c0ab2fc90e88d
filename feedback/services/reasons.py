"""The list of feedback reasons: adding to it and putting it in order."""

from django.db import connection, transaction
from django.db.models import Max

from feedback.models import Reason

POSITION_STEP = 10


def add_reason(reason: Reason) -> None:
    """Save a new reason at the end of the list; the database gives it its number."""
    last = Reason.objects.aggregate(last=Max("position"))["last"] or 0
    reason.position = last + POSITION_STEP
    reason.save(force_insert=True)


def move_reason(*, reason_id: int, up: bool) -> None:
    """Let a reason change places with its neighbour; the first cannot go up, the last not down."""
    with transaction.atomic():
        # Two people who move at once: one after the other. Locking rows would not stop a new one.
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE feedback_reason IN SHARE ROW EXCLUSIVE MODE")
        ordered = list(Reason.objects.order_by("position", "id"))
        here = next((index for index, reason in enumerate(ordered) if reason.pk == reason_id), None)
        if here is None:
            return
        there = here - 1 if up else here + 1
        if 0 <= there < len(ordered):
            ordered[here], ordered[there] = ordered[there], ordered[here]
        for index, reason in enumerate(ordered, start=1):
            reason.position = index * POSITION_STEP
        Reason.objects.bulk_update(ordered, ["position"])
