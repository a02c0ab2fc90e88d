"""Matching: the rules that take a lead give it a routing for each of their clients and a delivery for each rule.

A rule takes leads that arrive while it is active. The rules are read when the lead arrives and locked against
being switched off (`FOR KEY SHARE`, which waits for `FOR UPDATE` alone) when routings are written: a rule being
switched off meanwhile either sees the delivery or gets none. Where rules ask more than the source, they are locked
before that is decided (`distribution.services.gate`). New leads are written together with their routings by
`distribution.services.intake`; here are the leads that exist already.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from distribution.choices import DELIVERIES_CHANNEL, TAKEN_BACK
from distribution.models.routing import new_id
from distribution.queries.lead_facts import blocks_revision, holders_of, lock_leads
from distribution.queries.selections import block_list
from distribution.queries.statements import run_prepared
from distribution.queries.takers import TAKERS_SQL, Taker
from distribution.rules.lead_facts import LeadFacts
from distribution.rules.taking import Verdict
from distribution.services.gate import open_gate
from distribution.services.tallies import recount

# Rows of distribution_routing and distribution_delivery as a plan makes them; every statement that writes them says
# which lead is meant by `lead_id`. A delivery's due time is the database's: its clock is the only one the queue knows.
# `due_at` and `code` are for one that waits for its rule's hours or for a free place.
PLAN_COLUMNS = (
    "ordinal int, lead_id bigint, routing_id uuid, client_id bigint, delivery_id uuid, rule_id bigint, "
    "due_at timestamptz, code text"
)
ROUTING_COLUMNS = "id, lead_id, client_id, created_at, created_by_id, visible_at, client_reference, is_test, version"
DELIVERY_COLUMNS = "id, routing_id, rule_id, state, due_at, attempt_count, outcome_code, outcome_detail, created_at"

TAKING_LEADS_SQL = f"""
SELECT lead.id, taker.rule_id
FROM distribution_lead lead
JOIN distribution_source source ON source.id = lead.source_id
CROSS JOIN LATERAL ({TAKERS_SQL}) taker
WHERE lead.id = ANY(%(leads)s) AND NOT lead.is_test AND (%(rule)s::bigint IS NULL OR taker.rule_id = %(rule)s)
  AND NOT EXISTS (
      SELECT FROM distribution_routing routing
      WHERE routing.lead_id = lead.id AND routing.client_id = taker.client_id AND routing.withdrawn_at IS NOT NULL
  )
ORDER BY lead.id, taker.rule_id
"""  # noqa: S608 - constants only

# In a fixed order, so that two runs over the same leads wait for each other instead of locking each other out.
NEW_ROUTINGS_SQL = f"""
WITH plan AS MATERIALIZED (SELECT * FROM json_to_recordset(%(plan)s::json) AS plan({PLAN_COLUMNS})),
rule AS MATERIALIZED (
    SELECT id FROM distribution_rule WHERE id = ANY(%(rules)s) AND is_active ORDER BY id FOR KEY SHARE
)
INSERT INTO distribution_routing ({ROUTING_COLUMNS})
SELECT DISTINCT ON (lead_id, client_id)
       routing_id, lead_id, client_id, %(now)s, %(by)s::bigint, %(visible_at)s::timestamptz, '', false, 1
FROM plan WHERE rule_id IS NULL OR rule_id IN (SELECT id FROM rule)
ORDER BY lead_id, client_id
ON CONFLICT (lead_id, client_id) DO NOTHING
RETURNING id
"""  # noqa: S608 - constants only
LOCKED_ROUTINGS_SQL = f"""
WITH plan AS MATERIALIZED (SELECT * FROM json_to_recordset(%(plan)s::json) AS plan({PLAN_COLUMNS}))
SELECT routing.id, routing.lead_id, routing.client_id FROM distribution_routing routing
WHERE (routing.lead_id, routing.client_id) IN (SELECT lead_id, client_id FROM plan)
ORDER BY routing.lead_id, routing.client_id FOR NO KEY UPDATE
"""  # noqa: S608 - constants only
NEW_DELIVERIES_SQL = f"""
WITH plan AS MATERIALIZED (SELECT * FROM json_to_recordset(%(plan)s::json) AS plan({PLAN_COLUMNS})),
new_delivery AS (
    INSERT INTO distribution_delivery ({DELIVERY_COLUMNS})
    SELECT plan.delivery_id, plan.routing_id, plan.rule_id, 'waiting', coalesce(plan.due_at, now()), 0,
           coalesce(plan.code, ''), '', %(now)s
    FROM plan JOIN distribution_rule rule ON rule.id = plan.rule_id AND rule.is_active
    WHERE NOT EXISTS (
        SELECT FROM distribution_delivery made
        WHERE made.routing_id = plan.routing_id AND made.rule_id = plan.rule_id
            AND made.outcome_code <> '{TAKEN_BACK}'
    )
    RETURNING routing_id, rule_id
)
SELECT plan.lead_id, plan.rule_id, pg_notify(%(channel)s, '')::text
FROM new_delivery JOIN plan USING (routing_id, rule_id)
"""  # noqa: S608 - constants only


# A routing that was taken back is given anew under the ID it had.
GIVEN_AGAIN_SQL = """
UPDATE distribution_routing
SET withdrawn_at = NULL, withdrawn_by_id = NULL, created_by_id = %(by)s, visible_at = %(visible_at)s::timestamptz
WHERE lead_id = ANY(%(leads)s) AND client_id = %(client)s AND withdrawn_at IS NOT NULL
RETURNING id
"""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What came of giving leads to clients: routings made now, deliveries made now, leads that are blocked."""

    routings: int = 0
    deliveries: int = 0
    blocked: int = 0


def plan_rows(ordinal: int, takers: Iterable[Taker | Verdict], *, lead_id: int | None = None) -> list[dict[str, Any]]:
    """Give the rows that one lead gets from these rules: one routing ID per client, one delivery ID per rule.

    The ids are made here, by a library: PostgreSQL before 18 makes no UUIDv7.
    """
    routing_ids: dict[int, uuid.UUID] = {}
    rows = []
    for taker in takers:
        routing_id = routing_ids.get(taker.client_id) or routing_ids.setdefault(taker.client_id, new_id())
        row = {
            "ordinal": ordinal,
            "lead_id": lead_id,
            "routing_id": str(routing_id),
            "client_id": taker.client_id,
            "delivery_id": str(new_id()),
            "rule_id": taker.rule_id,
        }
        if isinstance(taker, Verdict) and taker.due_at is not None:
            row |= {"due_at": taker.due_at.isoformat(), "code": str(taker.code)}
        rows.append(row)
    return rows


def rule_ids(plan: Iterable[Mapping[str, Any]]) -> list[int]:
    """Give the rules of a plan, once each."""
    return sorted({row["rule_id"] for row in plan if row.get("rule_id")})


def route_leads(lead_ids: Sequence[int], *, now: datetime, rule_id: int | None = None) -> Given:
    """Give leads that are here already to the rules that take their sources at this moment, or to one of these.

    A lead is given to a client once, and sent by a rule once, however often this runs. Conditions, hours, caps,
    repeats and exclusive rules hold as they do for leads that arrive. Test leads are not routed.
    """
    with transaction.atomic():
        leads = lock_leads(lead_ids)
        takers: dict[int, list[int]] = {}
        for lead_id, taker_id in run_prepared(TAKING_LEADS_SQL, {"leads": list(lead_ids), "rule": rule_id}):
            takers.setdefault(lead_id, []).append(taker_id)
        wanted = {lead_id: leads[lead_id] for lead_id in sorted(takers) if lead_id in leads}
        gate = open_gate(wanted, takers, blocks_revision=blocks_revision(), holders=holders_of(list(wanted)))
        verdicts = gate.decide(wanted)
        taken = {lead_id: [verdict for verdict in found if verdict.takes] for lead_id, found in verdicts.items()}
        given = _write(taken, now=now, by=None, visible_at=None)
        gate.keep({lead_id: lead_id for lead_id in wanted})
        return replace(given, blocked=len(gate.blocked))


def route_lead(lead_id: int, *, now: datetime) -> Given:
    """Give one lead that is here already to the rules that take its source; see `route_leads`."""
    return route_leads([lead_id], now=now)


def give(lead_ids: Sequence[int], *, client_id: int, rule_id: int | None, by: User | None, now: datetime) -> Given:
    """Give leads to one client, whatever its rules say: a person decided. Only who is blocked is given to nobody.

    With `rule_id`, a rule of that client, they are sent by it when it is active (and have not been sent by it
    before), within its hours, and count in its caps. Without one nothing is sent, and the client sees the routings
    at once.
    """
    with transaction.atomic():
        leads = lock_leads(lead_ids)
        free = sorted(_unblocked(leads))
        if not free:
            return Given(blocked=len(leads))
        visible_at = now if rule_id is None else None
        again = run_prepared(
            GIVEN_AGAIN_SQL,
            {"leads": free, "client": client_id, "by": by.pk if by else None, "visible_at": visible_at},
        )
        if rule_id is None:
            plan = [{"lead_id": lead_id, "routing_id": str(new_id()), "client_id": client_id} for lead_id in free]
            given = Given(routings=len(_insert_routings(plan, now=now, by=by, visible_at=now)))
        else:
            takers = {lead_id: [Taker(rule_id, client_id)] for lead_id in free}
            given = _write(takers, now=now, by=by, visible_at=None)
            recount(rule_id, now=now)
        return replace(given, routings=given.routings + len(again), blocked=len(leads) - len(free))


def _unblocked(leads: Mapping[int, LeadFacts]) -> list[int]:
    revision = blocks_revision()
    if revision is None:
        return list(leads)
    entries = block_list(revision)
    return [lead_id for lead_id, lead in leads.items() if entries.entry_for(lead) is None]


def _write(
    takers: Mapping[int, Sequence[Taker | Verdict]], *, now: datetime, by: User | None, visible_at: datetime | None
) -> Given:
    plan = [row for lead_id in sorted(takers) for row in plan_rows(0, takers[lead_id], lead_id=lead_id)]
    if not plan:
        return Given()
    made = _insert_routings(plan, now=now, by=by, visible_at=visible_at)
    routing_ids = {
        (lead_id, client_id): str(routing_id)
        for routing_id, lead_id, client_id in run_prepared(LOCKED_ROUTINGS_SQL, {"plan": json.dumps(plan)})
    }
    for row in plan:
        # No routing: its rules were switched off since they were read, and the next statement skips them too.
        row["routing_id"] = routing_ids.get((row["lead_id"], row["client_id"]))
    rows = run_prepared(NEW_DELIVERIES_SQL, {"plan": json.dumps(plan), "now": now, "channel": DELIVERIES_CHANNEL})
    return Given(routings=len(made), deliveries=len(rows))


def _insert_routings(
    plan: list[dict[str, Any]], *, now: datetime, by: User | None, visible_at: datetime | None
) -> list[tuple[Any, ...]]:
    return run_prepared(
        NEW_ROUTINGS_SQL,
        {
            "plan": json.dumps(plan),
            "rules": rule_ids(plan),
            "now": now,
            "by": by.pk if by else None,
            "visible_at": visible_at,
        },
    )
