"""What is watched for silence here: sources that bring no leads, clients that no leads reach."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import connection

from distribution.choices import AlarmKind
from distribution.queries.alarm_watches import Watch, register
from distribution.rules.alarm_settings import Thresholds
from distribution.rules.alarms import Sighting
from distribution.rules.silence import LOOK_BACK, History, is_silent

_SOURCES_SQL = "SELECT id, name, created_at FROM distribution_source WHERE is_active"
# By lead_received.
_LEADS_SQL = """
SELECT source_id, date_trunc('hour', received_at), count(*), max(received_at)
FROM distribution_lead
WHERE received_at >= %(from)s AND received_at <= %(now)s AND NOT is_test AND source_id IS NOT NULL
GROUP BY 1, 2
"""

# Only clients that leads should reach: with a rule that takes leads, counted from its going live.
CLIENTS_SQL = """
SELECT client.id, client.name, min(coalesce(version.activated_at, rule.created_at))
FROM accounts_user client
JOIN distribution_rule rule ON rule.client_id = client.id AND rule.is_active
JOIN distribution_ruleversion version ON version.id = rule.live_version_id
WHERE client.is_active
GROUP BY client.id
"""
# By routing_visible.
_ROUTINGS_SQL = """
SELECT client_id, date_trunc('hour', created_at), count(*), max(created_at)
FROM distribution_routing
WHERE created_at >= %(from)s AND created_at <= %(now)s AND visible_at IS NOT NULL AND delivered_at IS NOT NULL
  AND NOT is_test AND client_id = ANY(%(subjects)s)
GROUP BY 1, 2
"""


def silent_sources(now: datetime, thresholds: Thresholds, open_since: Mapping[int, datetime]) -> list[Sighting]:
    """Give the active sources that brought no lead for unusually long, or for longer than staff set."""
    return silent_subjects(_SOURCES_SQL, _LEADS_SQL, now, thresholds, open_since)


def clients_without_leads(now: datetime, thresholds: Thresholds, open_since: Mapping[int, datetime]) -> list[Sighting]:
    """Give the clients that no lead reached for unusually long, or for longer than staff set."""
    return silent_subjects(CLIENTS_SQL, _ROUTINGS_SQL, now, thresholds, open_since)


def silent_subjects(
    subjects_sql: str,
    events_sql: str,
    now: datetime,
    thresholds: Thresholds,
    open_since: Mapping[int, datetime],
) -> list[Sighting]:
    """Give the subjects that fell silent, and those silent still since their alarm was opened.

    `subjects_sql` gives id, name and since when something is expected of it; `events_sql` gives subject, hour,
    number, and the last moment of the hour.
    """
    with connection.cursor() as cursor:
        cursor.execute(subjects_sql)
        subjects = [row for row in cursor.fetchall() if thresholds.of(row[0]).is_on]
        cursor.execute(events_sql, {"from": now - LOOK_BACK, "now": now, "subjects": [row[0] for row in subjects]})
        histories = _histories(cursor.fetchall())
    found: list[Sighting] = []
    for subject_id, name, since in subjects:
        history = histories.get(subject_id, History())
        opened_at = open_since.get(subject_id)
        threshold_h = thresholds.of(subject_id).value
        # Earlier weeks become silent ones with time; what was unusual stays so until something comes.
        is_still = threshold_h is None and opened_at is not None and (history.last_at or opened_at) <= opened_at
        if is_still or is_silent(history, since=since, threshold_h=threshold_h, now=now):
            last_at = history.last_at.isoformat() if history.last_at else None
            found.append(Sighting(subject_id=subject_id, subject_name=name, facts={"since": last_at}))
    return found


def _histories(rows: Iterable[tuple[int, datetime, int, datetime]]) -> dict[int, History]:
    histories: dict[int, History] = {}
    for subject_id, hour, number, last_at in rows:
        history = histories.setdefault(subject_id, History())
        history.hours[hour] = number
        history.last_at = max(history.last_at or last_at, last_at)
    return histories


register(Watch(kind=AlarmKind.SOURCE_SILENT, look=silent_sources, is_hourly=True))
register(Watch(kind=AlarmKind.CLIENT_WITHOUT_LEADS, look=clients_without_leads, is_hourly=True))
