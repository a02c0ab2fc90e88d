"""The list of feedback reasons."""

from django.db.models import QuerySet

from accounts.models import User
from feedback.models import ClientReason, Reason


def reasons_for_clients() -> QuerySet[Reason]:
    """Give the reasons that clients are asked to use, in their order."""
    return Reason.objects.active()


def reasons_for_client(client: User) -> QuerySet[Reason]:
    """Give the reasons that one client is asked to use: a client may be limited to some."""
    return Reason.objects.active().used_by(client.pk)


def limit_of_client(client: User) -> set[int]:
    """Give the numbers of the reasons that a client is limited to; none when it uses all of them."""
    return set(ClientReason.objects.filter(client=client).values_list("reason_id", flat=True))
