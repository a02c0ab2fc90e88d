"""Intake: leads come in, over HTTP, from files and by hand, and are matched to rules in the same transaction.

One statement writes leads, routings and deliveries and wakes the transmit loop: a lead that was acknowledged is in
the queue, and what is not in the queue was not acknowledged.
"""

import json
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.key_format import keyed_digest
from accounts.models import User
from distribution.choices import DELIVERIES_CHANNEL, Origin
from distribution.errors import InvalidIntakeToken, SourceInactive
from distribution.queries.statements import run_planned, run_prepared
from distribution.queries.takers import IntakeSource, source_by_id, source_by_token_digest
from distribution.rules.fields import Recogniser
from distribution.rules.lead_draft import LeadDraft, draft_lead
from distribution.rules.lead_facts import facts_of_draft
from distribution.rules.payloads import Posting
from distribution.services.gate import open_gate
from distribution.services.matching import DELIVERY_COLUMNS, PLAN_COLUMNS, ROUTING_COLUMNS, plan_rows, rule_ids

LEAD_COLUMNS = (
    "external_id", "name", "phone", "phone_normalized", "email", "city", "notes", "consent", "data", "is_test",
    "submitted_at",
)  # fmt: skip

# The ids are drawn first, so that a lead's place in the input and its id are known together. Repeats of an external
# id, also within the input and beside another intake at work, are left out by the unique constraint; inserting in
# the order of external ids keeps two intakes with the same ids from waiting for each other.
INTAKE_SQL = f"""
WITH input AS MATERIALIZED (
    SELECT nextval('distribution_lead_id_seq') AS id, came.*
    FROM json_to_recordset(%(leads)s::json) AS came(
        ordinal int, external_id text, name text, phone text, phone_normalized text, email text, city text,
        notes text, consent bool, data jsonb, is_test bool, submitted_at timestamptz)
),
plan AS MATERIALIZED (SELECT * FROM json_to_recordset(%(plan)s::json) AS plan({PLAN_COLUMNS})),
rule AS MATERIALIZED (
    SELECT id FROM distribution_rule WHERE id = ANY(%(rules)s) AND is_active ORDER BY id FOR KEY SHARE
),
new_lead AS (
    INSERT INTO distribution_lead (id, {", ".join(LEAD_COLUMNS)}, source_id, origin, received_at, version,
                                   lead_import_id, created_by_id)
    SELECT id, {", ".join(LEAD_COLUMNS)}, %(source)s, %(origin)s, %(now)s, 1, %(import)s::bigint, %(by)s::bigint
    FROM input ORDER BY external_id, id
    ON CONFLICT (source_id, external_id) DO NOTHING
    RETURNING id
),
new_plan AS MATERIALIZED (
    SELECT plan.*, new_lead.id AS new_lead_id
    FROM plan JOIN rule ON rule.id = plan.rule_id JOIN input USING (ordinal) JOIN new_lead ON new_lead.id = input.id
),
new_routing AS (
    INSERT INTO distribution_routing ({ROUTING_COLUMNS})
    SELECT DISTINCT ON (routing_id) routing_id, new_lead_id, client_id, %(now)s, NULL::bigint, NULL::timestamptz,
           '', false, 1
    FROM new_plan ORDER BY routing_id
),
new_delivery AS (
    INSERT INTO distribution_delivery ({DELIVERY_COLUMNS})
    SELECT delivery_id, routing_id, rule_id, 'waiting', coalesce(due_at, now()), 0, coalesce(code, ''), '', %(now)s
    FROM new_plan
    RETURNING id
)
SELECT input.ordinal, new_lead.id, woken.sent
FROM input JOIN new_lead ON new_lead.id = input.id
LEFT JOIN (SELECT pg_notify(%(channel)s, '')::text AS sent WHERE EXISTS (SELECT FROM new_delivery)) woken ON true
"""  # noqa: S608 - constants only
PRESENT_SQL = """
SELECT external_id, id FROM distribution_lead WHERE source_id = %s AND external_id = ANY(%s)
"""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one lead that came: its id and whether it is new, or why there is none ({field: reason code})."""

    lead_id: int | None = None
    is_new: bool = False
    refusals: dict[str, str] = field(default_factory=dict)


def agency_zone() -> zoneinfo.ZoneInfo:
    """Give the zone in which dates without an offset are read."""
    return zoneinfo.ZoneInfo(settings.TIME_ZONE)


def source_of_token(token: str) -> IntakeSource:
    """Give the source that an intake token opens.

    Raises `InvalidIntakeToken` when it opens none, `SourceInactive` when staff switched the source off.
    """
    source = source_by_token_digest(keyed_digest(token)) if token else None
    if source is None:
        raise InvalidIntakeToken
    if not source.is_active:
        raise SourceInactive
    return source


def take_postings(postings: Sequence[Posting], *, source: IntakeSource, now: datetime) -> list[Outcome]:
    """Take in what was posted, each posting on its own: the answers stand in the same order."""
    recogniser = Recogniser(source.field_names)
    zone = agency_zone()
    drafts = [
        draft_lead(
            ((recogniser.field(*entry.names), entry) for entry in posting.entries), zone=zone, is_test=posting.is_test
        )
        for posting in postings
    ]
    return take_drafts(drafts, source=source, origin=Origin.API, now=now)


def take_drafts(
    drafts: Sequence[LeadDraft],
    *,
    source: IntakeSource,
    origin: Origin,
    now: datetime,
    by: User | None = None,
    import_id: int | None = None,
) -> list[Outcome]:
    """Take in leads of one source and match them, in one transaction; the answers stand in the same order.

    A lead whose external id the source has brought before is that lead, not a new one, also when both come at
    the same moment. Nobody who cannot be reached is taken in; test leads are kept and not routed.
    """
    outcomes: list[Outcome | None] = []
    rows: list[dict[str, Any]] = []
    wanted: dict[int, LeadDraft] = {}
    for ordinal, draft in enumerate(drafts):
        if refusals := draft.refusals():
            outcomes.append(Outcome(refusals=refusals))
            continue
        outcomes.append(None)
        rows.append(_row(ordinal, draft))
        if not draft.is_test:
            wanted[ordinal] = draft
    insert = partial(_insert, rows, source=source, origin=origin, now=now, by=by, import_id=import_id)
    if not rows:
        made = {}
    elif source.is_plain or not wanted:
        made = insert([row for ordinal in wanted for row in plan_rows(ordinal, source.takers)])
    else:
        made = _insert_decided(insert, wanted, source=source, now=now)
    present = _present(source, [row["external_id"] for row in rows if row["ordinal"] not in made])
    return [
        outcome
        or (
            Outcome(lead_id=made[ordinal], is_new=True)
            if ordinal in made
            else Outcome(lead_id=present[str(drafts[ordinal].external_id)])
        )
        for ordinal, outcome in enumerate(outcomes)
    ]


def add_lead(draft: LeadDraft, *, source_id: int, by: User | None, now: datetime) -> Outcome:
    """Take in a lead that a member of staff typed in; it is matched as any other."""
    source = source_by_id(source_id)
    if source is None:
        raise InvalidIntakeToken
    return take_drafts([draft], source=source, origin=Origin.MANUAL, now=now, by=by)[0]


def _insert_decided(
    insert: Callable[[list[dict[str, Any]]], dict[int, int]],
    wanted: Mapping[int, LeadDraft],
    *,
    source: IntakeSource,
    now: datetime,
) -> dict[int, int]:
    """Write leads of which it has to be decided which rules take them; see `distribution.services.gate`."""
    leads = {
        ordinal: facts_of_draft(draft, source_id=source.id, source_name=source.name, received_at=now)
        for ordinal, draft in wanted.items()
    }
    takers = [taker.rule_id for taker in source.takers]
    with transaction.atomic():
        gate = open_gate(leads, dict.fromkeys(leads, takers), blocks_revision=source.blocks_revision)
        verdicts = gate.decide(_new_ones(source, wanted))
        made = insert(
            [
                row
                for ordinal, found in verdicts.items()
                for row in plan_rows(ordinal, [verdict for verdict in found if verdict.takes])
            ]
        )
        gate.keep({ordinal: lead_id for ordinal, lead_id in made.items() if ordinal in verdicts})
    return made


def _new_ones(source: IntakeSource, wanted: Mapping[int, LeadDraft]) -> list[int]:
    """Give the leads that are neither here already nor repeat one before them: only these take a place of a cap."""
    ids = [draft.external_id for draft in wanted.values() if draft.external_id]
    seen: set[str] = set(_present(source, ids)) if ids else set()
    new = []
    for ordinal, draft in wanted.items():
        if draft.external_id not in seen:
            new.append(ordinal)
        if draft.external_id:
            seen.add(draft.external_id)
    return new


def _insert(
    rows: list[dict[str, Any]],
    plan: list[dict[str, Any]],
    *,
    source: IntakeSource,
    origin: Origin,
    now: datetime,
    by: User | None,
    import_id: int | None,
) -> dict[int, int]:
    """Write leads with their routings and deliveries; give {place in the input: id} of those that were new."""
    found = run_prepared(
        INTAKE_SQL,
        {
            "leads": json.dumps(rows, ensure_ascii=False),
            "plan": json.dumps(plan),
            "rules": rule_ids(plan),
            "source": source.id,
            "origin": origin.value,
            "now": now,
            "by": by.pk if by else None,
            "import": import_id,
            "channel": DELIVERIES_CHANNEL,
        },
    )
    return {ordinal: lead_id for ordinal, lead_id, _sent in found}


def _present(source: IntakeSource, external_ids: list[str]) -> dict[str, int]:
    """Give the leads that were here already, by external id; what another intake has just committed included."""
    return dict(run_planned(PRESENT_SQL, (source.id, external_ids))) if external_ids else {}


def _row(ordinal: int, draft: LeadDraft) -> dict[str, Any]:
    row = {name: getattr(draft, name) for name in LEAD_COLUMNS}
    row["ordinal"] = ordinal
    row["submitted_at"] = draft.submitted_at.isoformat() if draft.submitted_at else None
    return row
