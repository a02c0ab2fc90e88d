"""The list of feedback reasons: adding to it, putting it in order, limiting a client to some of it."""

from collections.abc import Collection

from django.db import connection, transaction
from django.db.models import Max

from accounts.models import User
from feedback.models import ClientReason, Reason

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


def limit_reasons(*, client: User, reason_ids: Collection[int]) -> None:
    """Let a client's kit and its list of reasons name these alone; none lets them name all.

    What the client sends with another reason is still taken: client systems never ask twice.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=client.pk)
        ClientReason.objects.filter(client=client).exclude(reason_id__in=reason_ids).delete()
        known = Reason.objects.filter(pk__in=reason_ids)
        rows = [ClientReason(client=client, reason=reason) for reason in known]
        ClientReason.objects.bulk_create(rows, ignore_conflicts=True)
