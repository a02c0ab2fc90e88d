"""Saving a rule: its own row, and the draft version anew. Showing what would be sent without saving."""

from datetime import datetime

from accounts.models import User
from distribution.choices import BodyFormat, SourcesMode
from distribution.errors import RuleInvalid, TargetNotAllowed
from distribution.models import FieldMapping, Lead, Rule, RuleVersion
from distribution.queries.versions import says_the_same
from distribution.rules.authentication import TOKEN_KINDS
from distribution.rules.values import SECRET
from distribution.services.rules.checking import refuse_if_wrong
from distribution.services.rules.drafts import RuleDraft
from distribution.services.rules.filling import fill, mappings_of
from distribution.services.rules.secrets import fill_mapping_secrets, fill_secrets
from distribution.services.rules.switching import guarded, make_live, refuse_unfinished
from distribution.services.rules.versions import drop_draft, next_number
from distribution.services.transmission import ShownRequest, check_target, preview


def save_rule(
    *,
    rule: Rule | None,
    client: User,
    draft: RuleDraft,
    by: User | None,
    now: datetime,
    activate: bool,
    unfinished: bool = False,
) -> Rule:
    """Save a rule (guide, part B, step 8); `activate` makes what was saved live at once, untested.

    Without it, what is sent waits as a draft, and an active rule goes on by its live version; name and which leads
    the rule takes count from now on. A draft that says what is live already is none. Raises `RoutingIdMissing` when
    it does not send the routing ID, and `RuleInvalid` with the fields and what is wrong with each; then nothing was
    saved. `unfinished` keeps a draft that could not go live yet.
    """
    _check_targets(draft)
    with guarded():
        saved = Rule.objects.select_for_update().get(pk=rule.pk) if rule else Rule(client=client, created_at=now)
        version = saved.draft_version or RuleVersion(rule=saved, created_at=now)
        fill(saved, version, draft)
        if saved.is_active and not saved.sources_mode:
            refuse_unfinished(saved, needs_version=False)
        _write_rule(saved, draft)
        version.edited_at, version.tested_at = now, None
        saved.draft_version = _write_draft(saved, version, draft, by)
        saved.save(update_fields=["draft_version"])
        if saved.is_active or not unfinished:
            refuse_unfinished(saved, needs_version=not unfinished)
        if activate:
            make_live(saved, now)
        elif saved.live_version is not None and says_the_same(saved.live_version, saved.draft_version):
            drop_draft(saved)
        return saved


def preview_rule(*, draft: RuleDraft, client: User, now: datetime, lead: Lead | None = None) -> ShownRequest:
    """Give the request that a rule would send as it is being written; nothing of the rule is saved.

    The values are those of `lead`, of the client's test lead for None.

    Raises `RequestNotRenderable`, or `RuleInvalid` for the mistake of a part.
    """
    version = RuleVersion(rule=Rule(client=client))
    fill(version.rule, version, draft)
    mappings = mappings_of(draft)
    for place, mapping in enumerate(mappings):
        if mapping.source == SECRET:
            mapping.secret, mapping.secret_slot = b"", f"preview{place}x"
    version.signing_secret = b"" if draft.is_signed else None
    return preview(version=version, lead=lead, mappings=mappings, now=now)


def _check_targets(draft: RuleDraft) -> None:
    if draft.body_format == BodyFormat.MAIL:
        return
    targets = {"url": draft.url, "sandbox_url": draft.sandbox_url}
    if draft.auth_kind in TOKEN_KINDS:
        targets["auth_token_url"] = str(draft.auth_options.get("token_url", ""))
    for name, url in targets.items():
        try:
            if url:
                check_target(url=url, allow_http=draft.allow_http)
        except TargetNotAllowed as error:
            raise RuleInvalid({name: [str(error)]}) from None


def _write_rule(rule: Rule, draft: RuleDraft) -> None:
    rule.full_clean(exclude=["client", "live_version", "draft_version"], validate_constraints=False)
    rule.save()
    rule.sources.set(draft.source_ids if draft.sources_mode == SourcesMode.SOME else [])


def _write_draft(rule: Rule, version: RuleVersion, draft: RuleDraft, by: User | None) -> RuleVersion:
    """Write the draft version anew: version, then its mappings in the order given, then the rows of the parts."""
    fill_secrets(rule, version, draft)
    version.created_by = by
    if version.pk is None:
        version.number = next_number(rule)
    mappings = mappings_of(draft)
    fill_mapping_secrets(rule, version, draft.mappings, mappings)
    refuse_if_wrong(rule, version, mappings, draft)
    version.save()
    version.mappings.all().delete()
    for mapping in mappings:
        mapping.version = version
    FieldMapping.objects.bulk_create(mappings)
    for part in draft.parts:
        part.write(rule, version)
    return version
