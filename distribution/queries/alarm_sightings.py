"""What distribution watches: rules, deliveries and the queue. Each query reads an index, whatever the tables' size."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from distribution.choices import AlarmKind
from distribution.queries.alarm_watches import Watch, register
from distribution.queries.dashboard import UNDELIVERED_DAYS
from distribution.rules.alarm_settings import EVERYTHING, Thresholds
from distribution.rules.alarms import Sighting

# As far back as the first page counts them as something to do.
NOT_DELIVERED_WITHIN = timedelta(days=UNDELIVERED_DAYS)
REFUSED_WITHIN = timedelta(days=1)
RULES_NAMED = 3

_SUBJECT = "client.name || ' · ' || rule.name"

# What waits by delivery_queue, what the last attempt came to by rule_event_rule. Who paused a rule by
# hand knows it; a cap has an alarm of its own.
_PAUSED_SQL = f"""
SELECT rule.id, {_SUBJECT}, rule.client_id, rule.paused_at,
    (SELECT event.outcome_code FROM distribution_ruleevent event
      WHERE event.rule_id = rule.id AND event.kind = 'paused' ORDER BY event.id DESC LIMIT 1),
    rule.probe_at,
    (SELECT count(*) FROM distribution_delivery d WHERE d.rule_id = rule.id AND d.state IN ('waiting', 'sending'))
FROM distribution_rule rule
JOIN accounts_user client ON client.id = rule.client_id AND client.is_active
WHERE rule.paused_at IS NOT NULL AND rule.pause_reason NOT IN ('staff', 'cap_reached')
  AND rule.is_active AND rule.deleted_at IS NULL
"""  # noqa: S608 - constants of this module

# By delivery_needs_person.
_NEEDING_SQL = f"""
SELECT rule.id, {_SUBJECT}, count(*), min(d.finished_at)
FROM distribution_delivery d
JOIN distribution_rule rule ON rule.id = d.rule_id
JOIN accounts_user client ON client.id = rule.client_id
WHERE d.state IN ('refused', 'held', 'gave_up') AND d.state = ANY(%(states)s)
  AND d.finished_at >= %(since)s
GROUP BY rule.id, client.name, rule.name
"""  # noqa: S608

# By delivery_queue, rule by rule. Paused rules have an alarm of their own; what is switched off, keeps to a rate or was
# asked to be quiet waits on purpose.
_QUEUE_SQL = f"""
SELECT {_SUBJECT}, due.number, due.oldest
FROM distribution_rule rule
JOIN accounts_user client ON client.id = rule.client_id AND client.is_active
CROSS JOIN LATERAL (
    SELECT count(*) AS number, min(d.due_at) AS oldest FROM distribution_delivery d
    WHERE d.rule_id = rule.id AND d.state IN ('waiting', 'sending') AND d.due_at <= %(due_before)s
) due
WHERE rule.is_active AND rule.paused_at IS NULL AND rule.rate_limit IS NULL
  AND (rule.quiet_until IS NULL OR rule.quiet_until <= %(now)s) AND due.number > 0
ORDER BY due.number DESC
"""  # noqa: S608

OpenSince = Mapping[int, datetime]


def paused_rules(now: datetime, thresholds: Thresholds, open_since: OpenSince) -> list[Sighting]:
    """Give the rules that send nothing although they take leads, and nobody meant it."""
    return [
        Sighting(
            subject_id=rule_id,
            subject_name=name,
            facts={
                "client": client_id,
                "since": paused_at.isoformat(),
                "outcome": outcome,
                "is_probed": probe_at is not None,
                "waiting": waiting,
            },
        )
        for rule_id, name, client_id, paused_at, outcome, probe_at, waiting in _rows(_PAUSED_SQL)
    ]


def not_delivered(now: datetime, thresholds: Thresholds, open_since: OpenSince) -> list[Sighting]:
    """Give the rules with deliveries that a person must look at: held, or all attempts used up."""
    return _needing(thresholds, states=["held", "gave_up"], since=now - NOT_DELIVERED_WITHIN)


def refused(now: datetime, thresholds: Thresholds, open_since: OpenSince) -> list[Sighting]:
    """Give the rules whose client's system refused many leads of late; a few are its everyday business."""
    return _needing(thresholds, states=["refused"], since=now - REFUSED_WITHIN)


def _needing(thresholds: Thresholds, *, states: list[str], since: datetime) -> list[Sighting]:
    return [
        Sighting(subject_id=rule_id, subject_name=name, facts={"count": count, "since": oldest.isoformat()})
        for rule_id, name, count, oldest in _rows(_NEEDING_SQL, {"states": states, "since": since})
        if count >= (thresholds.of(rule_id).value or 1)
    ]


def old_queue(now: datetime, thresholds: Thresholds, open_since: OpenSince) -> list[Sighting]:
    """Give one sighting when deliveries are overdue: one for all, since mostly one thing holds them all up."""
    overdue = now - timedelta(minutes=thresholds.general.value or 0)
    rows = _rows(_QUEUE_SQL, {"due_before": overdue, "now": now})
    if not rows:
        return []
    facts = {
        "count": sum(number for _name, number, _oldest in rows),
        "since": min(oldest for _name, _number, oldest in rows).isoformat(),
        "rules": [name for name, _number, _oldest in rows[:RULES_NAMED]],
    }
    return [Sighting(subject_id=EVERYTHING, facts=facts)]


def _rows(sql: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


register(Watch(kind=AlarmKind.RULE_PAUSED, look=paused_rules))
register(Watch(kind=AlarmKind.NOT_DELIVERED, look=not_delivered))
register(Watch(kind=AlarmKind.REFUSED, look=refused))
register(Watch(kind=AlarmKind.QUEUE_OLD, look=old_queue))
