"""Which leads of the same persons were given to clients before."""

import zlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from distribution.queries.statements import run_planned, run_prepared
from distribution.rules.lead_facts import LeadFacts
from distribution.rules.taking import Earlier

# The key space of `pg_advisory_xact_lock(int, int)` that persons have for themselves; the number names nothing.
_LOCK_CLASS = 7_308
_BUCKETS = 256
LOCK_SQL = "SELECT pg_advisory_xact_lock(%s, bucket) FROM unnest(%s::int[]) AS bucket"
# The last lead that each client was given of each person; by the indexes `lead_phone` and `lead_email`.
_GIVEN = """
JOIN distribution_routing routing
    ON routing.lead_id = lead.id AND routing.withdrawn_at IS NULL AND NOT routing.is_test
WHERE lead.received_at >= %(since)s AND NOT lead.is_test
"""
EARLIER_SQL = f"""
SELECT person.key, lead.id, routing.client_id, lead.received_at
FROM unnest(%(phones)s::text[]) AS person (key)
JOIN distribution_lead lead ON lead.phone_normalized = person.key
{_GIVEN}
UNION ALL
SELECT '@' || person.key, lead.id, routing.client_id, lead.received_at
FROM unnest(%(emails)s::text[]) AS person (key)
JOIN distribution_lead lead ON lower(lead.email) = person.key
{_GIVEN}
"""  # noqa: S608 - constants only


def lock_persons(leads: Iterable[LeadFacts]) -> None:
    """Let no other intake decide about these persons until this transaction ends.

    A form that is sent twice at the same moment is decided about one after the other. Persons share a fixed number
    of locks, taken in order, so that a file of many persons neither runs out of locks nor blocks itself.
    """
    buckets = {zlib.crc32(key.encode()) % _BUCKETS for lead in leads for key in lead.person}
    run_prepared(LOCK_SQL, (_LOCK_CLASS, sorted(buckets)))


def earlier_leads(leads: Iterable[LeadFacts], *, since: datetime) -> dict[str, list[Earlier]]:
    """Give {person (`LeadFacts.person`): what clients were given of it since}."""
    keys = {key for lead in leads for key in lead.person}
    emails = [key.removeprefix("@") for key in keys if key.startswith("@")]
    phones = [key for key in keys if not key.startswith("@")]
    found: dict[str, list[Earlier]] = defaultdict(list)
    for key, lead_id, client_id, at in run_planned(EARLIER_SQL, {"phones": phones, "emails": emails, "since": since}):
        found[key].append(Earlier(lead_id=lead_id, client_id=client_id, at=at))
    return found
