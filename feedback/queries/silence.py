"""What is watched for silence here: clients that get leads and say nothing about them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.db import connection

from distribution.choices import AlarmKind
from distribution.queries.alarm_watches import Watch, register
from distribution.queries.silence import CLIENTS_SQL, silent_subjects
from distribution.rules.alarm_settings import Thresholds
from distribution.rules.alarms import Sighting
from distribution.rules.silence import LOOK_BACK

# By feedback_by_time.
_FEEDBACK_SQL = """
SELECT routing.client_id, date_trunc('hour', said.received_at), count(*), max(said.received_at)
FROM feedback_feedback said
JOIN distribution_routing routing ON routing.id = said.routing_id AND NOT routing.is_test
WHERE said.received_at >= %(from)s AND said.received_at <= %(now)s AND routing.client_id = ANY(%(subjects)s)
GROUP BY 1, 2
"""
# By routing_visible.
_WAITING_SQL = """
SELECT silent.client_id, (
    SELECT count(*) FROM distribution_routing routing
    WHERE routing.client_id = silent.client_id AND routing.created_at > silent.since
      AND routing.visible_at IS NOT NULL AND routing.delivered_at IS NOT NULL AND NOT routing.is_test
)
FROM unnest(%(clients)s::bigint[], %(since)s::timestamptz[]) AS silent (client_id, since)
"""


def clients_without_feedback(
    now: datetime, thresholds: Thresholds, open_since: Mapping[int, datetime]
) -> list[Sighting]:
    """Give the clients that got leads and said nothing for unusually long, or for longer than staff set."""
    silent = silent_subjects(CLIENTS_SQL, _FEEDBACK_SQL, now, thresholds, open_since)
    waiting = _delivered_since(silent, now)
    return [
        replace(sighting, facts={**sighting.facts, "waiting": waiting[sighting.subject_id]})
        for sighting in silent
        if waiting[sighting.subject_id]
    ]


def _delivered_since(silent: list[Sighting], now: datetime) -> dict[int, int]:
    since = [sighting.facts["since"] or (now - LOOK_BACK).isoformat() for sighting in silent]
    with connection.cursor() as cursor:
        cursor.execute(_WAITING_SQL, {"clients": [sighting.subject_id for sighting in silent], "since": since})
        return dict(cursor.fetchall())


register(Watch(kind=AlarmKind.CLIENT_WITHOUT_FEEDBACK, look=clients_without_feedback, is_hourly=True))
