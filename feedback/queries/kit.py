"""What a client's kit says today, and the kits that were handed over."""

from accounts.models import User
from distribution.models import Rule
from distribution.rules.values import ROUTING_SOURCES
from feedback.models import KitHandover
from feedback.queries.reasons import reasons_for_client
from feedback.rules.kit_contents import KitContents, KitReason, StoredParameter

SHOWN_HANDOVERS = 20


def kit_contents(client: User) -> KitContents:
    """Give what the client's live rules send and which reasons it is asked to use, as they are now."""
    rules = (
        Rule.objects.filter(client=client, is_active=True, live_version__isnull=False)
        .select_related("live_version")
        .prefetch_related("live_version__mappings")
        .order_by("id")
    )
    return KitContents(
        parameters=tuple(parameter for rule in rules for parameter in _parameters(rule)),
        reasons=tuple(
            KitReason(
                id=reason.pk,
                name_he=reason.name_he,
                name_en=reason.name_en,
                is_comment_required=reason.is_comment_required,
            )
            for reason in reasons_for_client(client)
        ),
    )


def handovers(client: User) -> list[KitHandover]:
    """Give the client's newest kits with what was opened of each, the newest first (index kit_by_client)."""
    rows = KitHandover.objects.filter(client=client).select_related("handed_by").prefetch_related("openings")
    return list(rows[:SHOWN_HANDOVERS])


def handover_by_digest(digest: bytes) -> KitHandover | None:
    """Give the kit whose link has this token, with its client."""
    return KitHandover.objects.filter(token_digest=digest).select_related("client", "handed_by").first()


def _parameters(rule: Rule) -> list[StoredParameter]:
    version = rule.live_version
    if version is None:
        return []
    return [
        StoredParameter(
            rule_id=rule.pk,
            rule=rule.name,
            name=mapping.name,
            placement=mapping.placement,
            body_format=version.body_format,
            is_number=mapping.source == "routing.number",
        )
        for mapping in version.mappings.all()
        if mapping.source in ROUTING_SOURCES
    ]
