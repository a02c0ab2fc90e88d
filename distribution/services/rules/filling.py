"""What a draft says, put into rows that are not saved yet."""

import dataclasses

from distribution.models import FieldMapping, Rule, RuleVersion
from distribution.rules.authentication import OPTIONS_OF
from distribution.services.rules.drafts import MappingDraft, RuleDraft


def fill(rule: Rule, version: RuleVersion, draft: RuleDraft) -> None:
    """Put everything but sources, secret and mappings into the two; raises `RuleInvalid` for a part's mistakes."""
    rule.name, rule.sources_mode = draft.name, draft.sources_mode
    rule.allow_http, rule.max_in_flight = draft.allow_http, draft.max_in_flight
    for name in _OF_THE_VERSION:
        setattr(version, name, getattr(draft, name))
    options = OPTIONS_OF.get(draft.auth_kind, ())
    version.auth_options = {name: draft.auth_options[name] for name in options if name in draft.auth_options}
    for part in draft.parts:
        part.fill(rule, version)


_OF_THE_VERSION = (
    "method", "url", "body_format", "charset", "is_lossy", "template", "soap_action", "mail_subject", "mail_text",
    "sandbox_url", "auth_kind", "auth_username", "ca_certificate", "timeout_s",
)  # fmt: skip


def mappings_of(draft: RuleDraft) -> list[FieldMapping]:
    """Give the mappings in the order of the draft."""
    return [mapping_of(mapping, position=position) for position, mapping in enumerate(draft.mappings)]


def mapping_of(draft: MappingDraft, *, position: int) -> FieldMapping:
    """Give one mapping as its row, which is not saved and has no secret yet."""
    said = {field.name: getattr(draft, field.name) for field in dataclasses.fields(draft) if field.name != "secret"}
    return FieldMapping(position=position, **said)
