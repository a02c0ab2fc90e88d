"""Leads that are here already, as matching sees them, and who has them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from distribution.models import Lead
from distribution.queries.statements import run_planned
from distribution.rules.lead_facts import LeadFacts
from distribution.rules.taking import Holder

HOLDERS_SQL = """
SELECT routing.lead_id, routing.client_id, delivery.rule_id, coalesce(rule.is_exclusive, false)
FROM distribution_routing routing
LEFT JOIN distribution_delivery delivery ON delivery.routing_id = routing.id
LEFT JOIN distribution_rule rule ON rule.id = delivery.rule_id
WHERE routing.lead_id = ANY(%s) AND routing.withdrawn_at IS NULL
"""
BLOCKS_REVISION_SQL = "SELECT revision FROM distribution_blocklist WHERE id = 1 AND entries > 0"


def facts_of_lead(lead: Lead) -> LeadFacts:
    """Give what is known of a lead; its source is read with it."""
    return LeadFacts(
        id=lead.pk,
        source_id=lead.source_id or 0,
        source_name=lead.source.name if lead.source else "",
        external_id=lead.external_id or "",
        name=lead.name,
        phone=lead.phone,
        phone_normalized=lead.phone_normalized,
        email=lead.email,
        city=lead.city,
        notes=lead.notes,
        consent=lead.consent,
        submitted_at=lead.submitted_at,
        received_at=lead.received_at,
        data=lead.data,
    )


def lock_leads(lead_ids: Iterable[int]) -> dict[int, LeadFacts]:
    """Give real leads by id and lock them, so that two acts about the same lead are decided one after the other."""
    leads = Lead.objects.real().filter(pk__in=list(lead_ids)).select_related("source").order_by("pk")
    return {lead.pk: facts_of_lead(lead) for lead in leads.select_for_update(of=("self",), no_key=True)}


def holders_of(lead_ids: Sequence[int]) -> dict[int, list[Holder]]:
    """Give {lead id: the clients that have it, once for each rule that sends it}."""
    found: dict[int, list[Holder]] = defaultdict(list)
    for lead_id, client_id, rule_id, is_exclusive in run_planned(HOLDERS_SQL, (list(lead_ids),)):
        found[lead_id].append(Holder(client_id=client_id, rule_id=rule_id, is_exclusive=is_exclusive))
    return found


def blocks_revision() -> int | None:
    """Give the revision of the block list, None while it is empty."""
    rows = run_planned(BLOCKS_REVISION_SQL, None)
    return rows[0][0] if rows else None
