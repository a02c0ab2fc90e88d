"""Leads whose values a test send can borrow."""

from accounts.models import User
from distribution.models import Lead


def recent_leads(client: User, *, most: int = 20) -> list[Lead]:
    """Give the leads the client was given last, newest first (index `routing_client`)."""
    return list(
        Lead.objects.filter(routings__client=client, routings__is_test=False).order_by("-routings__number")[:most]
    )
