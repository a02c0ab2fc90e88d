"""The books of a scenario: what senders were told, what the receiver got, what the database says."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.ledger import Request

# For every delivery of the scenario's rules: its key, its routing, its lead, whether it is open, its attempts, and
# those of them of which nobody knows what came.
DELIVERIES = """
SELECT delivery.id::text, delivery.routing_id::text, lead.name, delivery.state IN ('waiting', 'sending'),
    count(attempt.id), count(attempt.id) FILTER (WHERE attempt.outcome IS NULL)
FROM distribution_delivery delivery
JOIN distribution_routing routing ON routing.id = delivery.routing_id
JOIN distribution_lead lead ON lead.id = routing.lead_id
LEFT JOIN distribution_attempt attempt ON attempt.delivery_id = delivery.id
WHERE delivery.rule_id = ANY(%(rules)s)
GROUP BY delivery.id, lead.id
"""


@dataclass(frozen=True)
class Delivered:
    """A delivery as the database knows it."""

    key: str
    routing: str
    lead: str
    is_open: bool
    attempts: int
    unknown_attempts: int


@dataclass
class Account:
    """What came of a scenario. `complaints` says what else was not as it must be; empty is well."""

    name: str
    acknowledged: int
    delivered: int
    lost: int
    duplicates: int
    """Requests that a client's system took although it had taken that key before."""
    wrong_key: int
    """Requests without a key, with another delivery's key, or with other bytes than their key's first."""
    unknown: int
    """Deliveries without a final state."""
    requests: int
    outside_send_window: int
    """Duplicates that no attempt of unknown outcome explains, and requests without an attempt in the database."""
    more: dict[str, Any] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether everything that is promised was kept."""
        return not (self.lost or self.wrong_key or self.unknown or self.outside_send_window or self.complaints)

    def expect(self, **numbers: int) -> None:
        """Complain about every number of the account that is another."""
        for name, expected in numbers.items():
            found = getattr(self, name) if hasattr(self, name) else self.more[name]
            if found != expected:
                self.complaints.append(f"{name} is {found}, not {expected}")

    def line(self) -> str:
        """Give it as a line of JSON."""
        line = {
            name: getattr(self, name)
            for name in (
                "name", "acknowledged", "delivered", "lost", "duplicates", "wrong_key", "unknown", "requests",
                "outside_send_window",
            )
        }  # fmt: skip
        return json.dumps(line | self.more | ({"complaints": self.complaints} if self.complaints else {}))


def balance(
    *, name: str, acknowledged: Collection[str], requests: Iterable[Request], rows: Iterable[tuple[Any, ...]]
) -> Account:
    """Compare the three; every acknowledged lead has to have been taken by its client's system."""
    deliveries = {found.key: found for found in (Delivered(*row) for row in rows)}
    by_key: dict[str | None, list[Request]] = defaultdict(list)
    for request in requests:
        by_key[request.key].append(request)
    taken = {str(each.fields.get("name")) for group in by_key.values() for each in group if each.is_taken}
    delivered = sum(lead in taken for lead in acknowledged)
    duplicates = outside = 0
    for key, group in by_key.items():
        extra = max(0, sum(request.is_taken for request in group) - 1)
        duplicates += extra
        if known := deliveries.get(key or ""):
            outside += max(extra - known.unknown_attempts, len(group) - known.attempts, 0)
    return Account(
        name=name,
        acknowledged=len(acknowledged),
        delivered=delivered,
        lost=len(acknowledged) - delivered,
        duplicates=duplicates,
        wrong_key=sum(_wrong(group, deliveries.get(key or "")) for key, group in by_key.items()),
        unknown=sum(each.is_open for each in deliveries.values()),
        requests=sum(map(len, by_key.values())),
        outside_send_window=outside,
    )


def _wrong(group: list[Request], delivery: Delivered | None) -> int:
    """Give how many requests of one key are not that key's."""
    if delivery is None:
        return len(group)
    return sum(
        request.sameness != group[0].sameness
        or request.fields.get("rid") != delivery.routing
        or request.fields.get("name") != delivery.lead
        for request in group
    )
