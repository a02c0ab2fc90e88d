"""What waits for rules and what is under way: what staff are told before and after they change a rule."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

# Waiting and under way by the queue's index; what was frozen by its key.
_BACKLOG_SQL = """
SELECT count(*) FILTER (WHERE delivery.state = 'waiting' AND frozen.delivery_id IS NULL),
    count(*) FILTER (WHERE delivery.state = 'waiting' AND frozen.delivery_id IS NOT NULL),
    count(*) FILTER (WHERE delivery.state = 'sending')
FROM distribution_delivery delivery
LEFT JOIN distribution_frozenrequest frozen ON frozen.delivery_id = delivery.id
WHERE delivery.state IN ('waiting', 'sending') AND delivery.rule_id IN (SELECT id FROM distribution_rule WHERE {which})
"""


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Deliveries that wait and were never sent (`fresh`), wait for another attempt (`begun`), or are under way."""

    fresh: int = 0
    begun: int = 0
    sending: int = 0

    @property
    def waiting(self) -> int:
        """All that wait."""
        return self.fresh + self.begun

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to speak of."""
        return not (self.waiting or self.sending)


def backlog_of_rule(rule_id: int) -> Backlog:
    """Give what waits for one rule and what is under way."""
    return _backlog("id = %(id)s", {"id": rule_id})


def backlog_of_client(client_id: int) -> Backlog:
    """Give what waits for all rules of a client and what is under way."""
    return _backlog("client_id = %(id)s", {"id": client_id})


def _backlog(which: str, parameters: dict[str, Any]) -> Backlog:
    with connection.cursor() as cursor:
        cursor.execute(_BACKLOG_SQL.format(which=which), parameters)
        fresh, begun, sending = cursor.fetchone()
    return Backlog(fresh=fresh, begun=begun, sending=sending)
