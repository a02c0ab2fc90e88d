"""What the dashboard shows of leads and deliveries: one round trip for the numbers, a constant number for the lists."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Prefetch

from distribution.models import Delivery, Lead, Routing

# How far back undelivered leads count as something to do.
UNDELIVERED_DAYS = 30

# Leads by index lead_received; deliveries rule by rule (delivery_rule), so that the table's size does not matter;
# what waits by delivery_queue; what needs a person by delivery_needs_person.
_TODAY_SQL = """
SELECT
    (SELECT count(*) FROM distribution_lead WHERE received_at >= %(day)s AND NOT is_test),
    (SELECT count(*) FROM distribution_lead
      WHERE received_at >= %(day_before)s AND received_at < %(same_time)s AND NOT is_test),
    sent.accepted, sent.refused, sent.closed, queue.waiting, queue.oldest,
    (SELECT count(*) FROM distribution_delivery d
      WHERE d.state IN ('refused', 'held', 'gave_up') AND d.finished_at >= %(undelivered_since)s
        AND d.state <> 'refused')
FROM (
    SELECT coalesce(sum(of_rule.accepted), 0)::bigint AS accepted, coalesce(sum(of_rule.refused), 0)::bigint AS refused,
        coalesce(sum(of_rule.closed), 0)::bigint AS closed
    FROM distribution_rule rule
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE d.state = 'accepted') AS accepted,
            count(*) FILTER (WHERE d.state = 'refused') AS refused,
            count(*) FILTER (WHERE d.state IN ('accepted', 'refused', 'held', 'gave_up')) AS closed
        FROM distribution_delivery d WHERE d.rule_id = rule.id AND d.created_at >= %(day)s
    ) of_rule
) sent
CROSS JOIN (
    SELECT count(*) AS waiting, min(d.created_at) AS oldest
    FROM distribution_delivery d WHERE d.state IN ('waiting', 'sending')
) queue
"""

# A rule is in trouble when it is paused, when its last attempt was held for a person, or when its last three brought
# neither yes nor no; a single failure that is tried again is none. Its last attempts by attempt_version.
_TROUBLE_SQL = """
SELECT rule.id, rule.name, rule.client_id, client.name, rule.paused_at, rule.pause_reason,
    last.started_at, last.status_code,
    (SELECT count(*) FROM distribution_delivery d WHERE d.rule_id = rule.id AND d.state IN ('waiting', 'sending'))
FROM distribution_rule rule
JOIN accounts_user client ON client.id = rule.client_id AND client.is_active
CROSS JOIN LATERAL (
    SELECT max(recent.started_at) AS started_at, count(*) AS attempts,
        (array_agg(recent.outcome ORDER BY recent.started_at DESC))[1] AS outcome,
        (array_agg(recent.status_code ORDER BY recent.started_at DESC))[1] AS status_code,
        coalesce(bool_or(recent.outcome IN ('accepted', 'refused')), false) AS is_answered
    FROM (
        SELECT a.started_at, a.outcome, a.status_code
        FROM distribution_ruleversion version
        CROSS JOIN LATERAL (
            SELECT * FROM distribution_attempt a WHERE a.version_id = version.id AND a.finished_at IS NOT NULL
            ORDER BY a.started_at DESC LIMIT 3
        ) a
        WHERE version.rule_id = rule.id
        ORDER BY a.started_at DESC LIMIT 3
    ) recent
) last
WHERE rule.is_active AND (rule.paused_at IS NOT NULL OR last.outcome = 'held'
    OR last.attempts = 3 AND NOT last.is_answered)
ORDER BY rule.paused_at IS NULL, 9 DESC, rule.id
LIMIT %(limit)s
"""


@dataclass(frozen=True, kw_only=True)
class Today:
    """The numbers of a day. `closed` are the day's deliveries with an end, good or bad; `undelivered` looks further
    back (`UNDELIVERED_DAYS`), `waiting` and `oldest_waiting` at everything that waits now."""

    leads: int
    leads_day_before: int
    accepted: int
    refused: int
    closed: int
    waiting: int
    oldest_waiting: datetime | None
    undelivered: int

    @property
    def growth_percent(self) -> int | None:
        """How many more leads than the day before at this time; None when there is nothing to compare with."""
        if not self.leads_day_before:
            return None
        return round((self.leads - self.leads_day_before) * 100 / self.leads_day_before)

    @property
    def accepted_percent(self) -> int | None:
        """The share of today's closed deliveries that clients took."""
        return round(self.accepted * 100 / self.closed) if self.closed else None

    @property
    def refused_percent(self) -> int | None:
        """The share of today's closed deliveries that clients refused."""
        return round(self.refused * 100 / self.closed) if self.closed else None


@dataclass(frozen=True, kw_only=True)
class TroubledRule:
    """A rule that somebody should look at; `waiting` is how many deliveries wait for it."""

    rule_id: int
    name: str
    client_id: int
    client_name: str
    paused_at: datetime | None
    pause_reason: str
    last_attempt_at: datetime | None
    status_code: int | None
    waiting: int


def today(*, day_start: datetime, now: datetime) -> Today:
    """Give the numbers of the day that began at `day_start`."""
    one_day = timedelta(days=1)
    moments = {
        "day": day_start,
        "day_before": day_start - one_day,
        "same_time": now - one_day,
        "undelivered_since": now - timedelta(days=UNDELIVERED_DAYS),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TODAY_SQL, moments)
        leads, day_before, accepted, refused, closed, waiting, oldest, undelivered = cursor.fetchone()
    return Today(
        leads=leads,
        leads_day_before=day_before,
        accepted=accepted,
        refused=refused,
        closed=closed,
        waiting=waiting,
        oldest_waiting=oldest,
        undelivered=undelivered,
    )


def latest_leads(*, limit: int) -> list[Lead]:
    """Give the newest leads with their source, routings, clients and deliveries (`routings.all()`, newest first)."""
    routings = Routing.objects.select_related("client").prefetch_related(
        Prefetch("deliveries", queryset=Delivery.objects.order_by("-created_at"))
    )
    leads = Lead.objects.exclude(source=None).select_related("source").order_by("-id")
    return list(leads.prefetch_related(Prefetch("routings", queryset=routings.order_by("number")))[:limit])


def rules_in_trouble(*, limit: int) -> list[TroubledRule]:
    """Give active rules that are paused, locked out or not answered by their client's system; paused ones first."""
    with connection.cursor() as cursor:
        cursor.execute(_TROUBLE_SQL, {"limit": limit})
        rows = cursor.fetchall()
    return [
        TroubledRule(
            rule_id=rule_id,
            name=name,
            client_id=client_id,
            client_name=client_name,
            paused_at=paused_at,
            pause_reason=reason,
            last_attempt_at=last_attempt_at,
            status_code=status_code,
            waiting=waiting,
        )
        for rule_id, name, client_id, client_name, paused_at, reason, last_attempt_at, status_code, waiting in rows
    ]
