"""Making the demo, and saying what it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from feedback.models import Reason
from feedback.services.report_counts import count_days
from leadmanager.demo.agency import USERNAME, set_up
from leadmanager.demo.errors import PublicInstallation
from leadmanager.demo.history import routings_of, write_history
from leadmanager.demo.said import write_feedback

# Held while making, so that two makers at once give one demo.
_LOCK = 5_170_421_002


@dataclass(frozen=True, kw_only=True)
class Demo:
    """What somebody needs to look around in the demo, or to measure it."""

    base_url: str
    staff: dict[str, str]
    clients: list[dict[str, Any]]
    reasons: list[dict[str, Any]]
    sources: list[dict[str, str]]


def make_demo(*, base_url: str, stand_in: int, now: datetime) -> Demo:
    """Make what is missing of the demo and describe it; a second time nothing is doubled, and ids are the same.

    `stand_in` is the port at which the stand-in for the clients' systems listens. Raises `PublicInstallation`
    where PUBLIC_URL is https, and `LoginTaken` when somebody else is called demo.
    """
    if settings.IS_PUBLIC:
        raise PublicInstallation
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        agency = set_up(stand_in=stand_in, now=now)
        routings = {client.user.pk: routings_of(client) for client in agency.clients}
        if new := [client for client in agency.clients if not routings[client.user.pk]]:
            write_history(new, now=now)
            for client in new:
                routings[client.user.pk] = routings_of(client)
                write_feedback(client, routings[client.user.pk], staff=agency.staff, now=now)
            # The history was written into days that may be counted already.
            count_days(now=now, nightly=True)
    return Demo(
        base_url=base_url,
        staff={"username": USERNAME, "password": agency.password},
        clients=[
            {
                "name": client.user.name,
                "api_key": client.key_text,
                "routings": [str(routing.pk) for routing in routings[client.user.pk]],
            }
            for client in agency.clients
        ],
        reasons=[{"id": reason.pk, "name": reason.name_he} for reason in Reason.objects.active()],
        sources=[{"name": name, "token": token} for name, token in agency.tokens.items()],
    )
