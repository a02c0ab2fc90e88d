"""What can be asked about deliveries and attempts."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from distribution.models import Attempt, Exchange

# Only what the loop would send: a delivery of a rule that is paused, switched off or asked to be quiet is not late.
OLDEST_DUE_SQL = """
SELECT extract(epoch FROM now() - min(due.due_at))
FROM distribution_rule rule
JOIN accounts_user client ON client.id = rule.client_id AND client.is_active
CROSS JOIN LATERAL (
    SELECT delivery.due_at FROM distribution_delivery delivery
    WHERE delivery.rule_id = rule.id AND delivery.state IN ('waiting', 'sending') AND delivery.due_at <= now()
    ORDER BY delivery.due_at LIMIT 1
) due
WHERE rule.is_active AND rule.paused_at IS NULL AND (rule.quiet_until IS NULL OR rule.quiet_until <= now())
"""


@dataclass(frozen=True, kw_only=True)
class AttemptWithExchange:
    """An attempt and what was said in it; `exchange` is None when retention emptied it or the attempt was cut off."""

    attempt: Attempt
    exchange: Exchange | None


def oldest_due_s() -> float:
    """Give for how many seconds the oldest delivery that could be sent has been due; 0 when none is."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST_DUE_SQL)
        (seconds,) = cursor.fetchone()
    return max(0.0, float(seconds or 0.0))


def attempts_of_routing(routing_id: UUID) -> list[AttemptWithExchange]:
    """Give a routing's attempts, newest first, tests included, each with what was said in it. Two queries."""
    attempts = list(
        Attempt.objects.filter(routing_id=routing_id)
        .select_related("version__rule", "delivery")
        .order_by("-started_at", "-id")
    )
    exchanges = {
        exchange.attempt_id: exchange
        for exchange in Exchange.objects.filter(
            attempt_id__in=[attempt.id for attempt in attempts],
            started_at__in=[attempt.started_at for attempt in attempts],
        )
    }
    return [AttemptWithExchange(attempt=attempt, exchange=exchanges.get(attempt.id)) for attempt in attempts]
