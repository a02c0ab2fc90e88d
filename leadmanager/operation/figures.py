"""What the database knows about the work under way: the figures behind `/metrics` and the doctor.

All of it comes from the database, so every web process on every machine tells the same.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

# Counting stops here: a scrape must stay quick however much is due.
MOST_COUNTED = 100_000
WINDOW_S = 300

_DESTINATIONS_SQL = """
SELECT rule.id, rule.client_id, rule.paused_at IS NOT NULL, due.number, due.oldest_s, sending.number
FROM distribution_rule rule
CROSS JOIN LATERAL (
    SELECT count(*) AS number, coalesce(extract(epoch FROM now() - min(counted.due_at)), 0)::float8 AS oldest_s
    FROM (
        SELECT delivery.due_at FROM distribution_delivery delivery
        WHERE delivery.rule_id = rule.id AND delivery.state IN ('waiting', 'sending') AND delivery.due_at <= now()
        ORDER BY delivery.due_at LIMIT %(most)s
    ) counted
) due
CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM distribution_delivery delivery
    WHERE delivery.rule_id = rule.id AND delivery.state = 'sending'
) sending
WHERE rule.deleted_at IS NULL AND rule.live_version_id IS NOT NULL
ORDER BY rule.id
"""

_ATTEMPTS_SQL = """
SELECT coalesce(outcome, 'unknown'), count(*),
       coalesce(percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration_ms), ARRAY[]::float8[])
FROM distribution_attempt
WHERE started_at > now() - make_interval(secs => %(window)s) AND kind = 'delivery'
GROUP BY 1 ORDER BY 1
"""

_ARRIVALS_SQL = """
SELECT (SELECT count(*) FROM distribution_lead WHERE received_at > now() - make_interval(secs => %(window)s)),
       (SELECT count(*) FROM feedback_feedback WHERE received_at > now() - make_interval(secs => %(window)s))
"""

_JOBS_SQL = """
SELECT queue_name, count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'doing'),
       coalesce(extract(epoch FROM now() - min(scheduled.since) FILTER (WHERE status = 'todo')), 0)::float8
FROM procrastinate_jobs job
CROSS JOIN LATERAL (
    SELECT coalesce(job.scheduled_at, max(event.at)) AS since
    FROM procrastinate_events event WHERE event.job_id = job.id
) scheduled
WHERE status IN ('todo', 'doing') AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
GROUP BY queue_name ORDER BY queue_name
"""

# Whoever speaks to this database as us: the transmit loops say what they are when they connect.
_PROCESSES_SQL = """
SELECT (SELECT count(DISTINCT pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'transmit'),
       (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '60 seconds')
"""


@dataclass(frozen=True, kw_only=True)
class Destination:
    """The deliveries of one rule: due now (counted up to `MOST_COUNTED`), the oldest of them in seconds, under way."""

    rule_id: int
    client_id: int
    is_paused: bool
    due: int
    oldest_due_s: float
    sending: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Attempts of the last `WINDOW_S` seconds that led to one outcome; `quantiles_ms` are the 0.5, 0.95, 0.99."""

    outcome: str
    count: int
    quantiles_ms: list[float]


@dataclass(frozen=True, kw_only=True)
class Queue:
    """The jobs of one queue: ready to be begun, begun, and for how many seconds the oldest ready one has waited."""

    name: str
    ready: int
    running: int
    oldest_ready_s: float


@dataclass(frozen=True, kw_only=True)
class Processes:
    """How many are at work for this database now: connections of transmit loops, and workers with a fresh heartbeat."""

    transmit_connections: int
    workers: int


def destinations() -> list[Destination]:
    """Give every rule in use with what is due for it."""
    return [
        Destination(
            rule_id=rule, client_id=client, is_paused=paused, due=due, oldest_due_s=max(oldest, 0), sending=sending
        )
        for rule, client, paused, due, oldest, sending in _rows(_DESTINATIONS_SQL, most=MOST_COUNTED)
    ]


def outcomes() -> list[Outcome]:
    """Give the attempts of the last `WINDOW_S` seconds by outcome."""
    return [
        Outcome(outcome=outcome, count=count, quantiles_ms=[value for value in quantiles if value is not None])
        for outcome, count, quantiles in _rows(_ATTEMPTS_SQL, window=WINDOW_S)
    ]


def arrivals() -> tuple[int, int]:
    """Give how many leads and how many feedbacks came in the last `WINDOW_S` seconds."""
    ((leads, feedbacks),) = _rows(_ARRIVALS_SQL, window=WINDOW_S)
    return leads, feedbacks


def queues() -> list[Queue]:
    """Give the worker's queues that have something ready or running."""
    return [
        Queue(name=name, ready=ready, running=running, oldest_ready_s=max(oldest, 0))
        for name, ready, running, oldest in _rows(_JOBS_SQL)
    ]


def processes() -> Processes:
    """Give how many transmit loops and workers are at work on this database."""
    ((transmit, workers),) = _rows(_PROCESSES_SQL)
    return Processes(transmit_connections=transmit, workers=workers)


def _rows(statement: str, **parameters: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
