"""What a client's kit says today, and the kits that were handed over."""

from accounts.models import User
from distribution.models import FieldMapping, Rule, RuleVersion
from distribution.rules.parameter_places import place_of
from distribution.rules.values import FEEDBACK_LINKS, ROUTING_SOURCES
from feedback.models import KitHandover
from feedback.queries.reasons import reasons_for_client
from feedback.rules.kit_contents import KitContents, KitReason, StoredParameter

SHOWN_HANDOVERS = 20


def kit_contents(client: User) -> KitContents:
    """Give what the client's live rules send and which reasons it is asked to use, as they are now."""
    rules = list(
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
        by_mail=any(
            mapping.source == FEEDBACK_LINKS
            for rule in rules
            if rule.live_version
            for mapping in rule.live_version.mappings.all()
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
        _parameter(rule, version, mapping) for mapping in version.mappings.all() if mapping.source in ROUTING_SOURCES
    ]


def _parameter(rule: Rule, version: RuleVersion, mapping: FieldMapping) -> StoredParameter:
    name, place = place_of(
        placement=mapping.placement,
        name=mapping.name,
        url=version.url,
        body_format=version.body_format,
        template=version.template,
    )
    return StoredParameter(
        rule_id=rule.pk,
        rule=rule.name,
        name=name,
        place=place.value,
        is_number=mapping.source == "routing.number",
    )
