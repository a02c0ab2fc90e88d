"""Which leads of a file are here already."""

from collections.abc import Collection

from distribution.queries.statements import run_planned
from distribution.rules.import_rows import PresenceKey

EXTERNAL_IDS_SQL = "SELECT external_id FROM distribution_lead WHERE source_id = %s AND external_id = ANY(%s)"
# By the indexes lead_phone and lead_email.
PHONES_SQL = """
SELECT phone_normalized, '', submitted_at FROM distribution_lead
WHERE phone_normalized = ANY(%(phones)s) AND source_id = %(source)s
"""
EMAILS_SQL = """
SELECT '', lower(email), submitted_at FROM distribution_lead
WHERE lower(email) = ANY(%(emails)s) AND phone_normalized = '' AND source_id = %(source)s
"""


def present_external_ids(source_id: int, external_ids: Collection[str]) -> set[str]:
    """Give those of the ids that the source has brought before."""
    return {row[0] for row in run_planned(EXTERNAL_IDS_SQL, (source_id, list(external_ids)))} if external_ids else set()


def present_keys(source_id: int, keys: Collection[PresenceKey]) -> set[PresenceKey]:
    """Give, of the people in the keys, under which dates the source has brought them before."""
    phones = sorted({phone for phone, _email, _moment in keys if phone})
    emails = sorted({email for phone, email, _moment in keys if not phone})
    found: set[PresenceKey] = set()
    if phones:
        found.update(run_planned(PHONES_SQL, {"source": source_id, "phones": phones}))
    if emails:
        found.update(run_planned(EMAILS_SQL, {"source": source_id, "emails": emails}))
    return found
