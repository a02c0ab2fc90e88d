"""What a draft says, put into rows that are not saved yet."""

from distribution.models import FieldMapping, Rule, RuleVersion
from distribution.services.rules.drafts import RuleDraft


def fill(rule: Rule, version: RuleVersion, draft: RuleDraft) -> None:
    """Put everything but sources, secret and mappings into the two; raises `RuleInvalid` for a part's mistakes."""
    rule.name, rule.sources_mode = draft.name, draft.sources_mode
    rule.allow_http, rule.max_in_flight = draft.allow_http, draft.max_in_flight
    version.method, version.url, version.body_format = draft.method, draft.url, draft.body_format
    version.auth_kind, version.auth_username = draft.auth_kind, draft.auth_username
    version.timeout_s = draft.timeout_s
    for part in draft.parts:
        part.fill(rule, version)


def mappings_of(draft: RuleDraft) -> list[FieldMapping]:
    """Give the mappings in the order of the draft."""
    return [
        FieldMapping(
            position=position,
            placement=mapping.placement,
            source=mapping.source,
            source_key=mapping.source_key,
            name=mapping.name,
            constant=mapping.constant,
            transform=mapping.transform,
            date_format=mapping.date_format,
            value_table=mapping.value_table,
            default=mapping.default,
        )
        for position, mapping in enumerate(draft.mappings)
    ]
