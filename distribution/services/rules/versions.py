"""Drafts: made from what is live, given up, or taken from an earlier version."""

from datetime import datetime

from django.db import models, transaction
from django.db.models import Max

from accounts.models import User
from distribution.errors import RuleError
from distribution.models import Attempt, Rule, RuleVersion
from distribution.queries.versions import child_relations, rows_of


def open_draft(*, rule: Rule, by: User | None, now: datetime) -> RuleVersion:
    """Give a locked rule's draft, made from its live version where it has none, marked as edited now.

    Call it in a transaction, with the rule locked. What was tested before is not tested any more.
    """
    version = rule.draft_version
    if version is None:
        if rule.live_version is None:
            raise RuleError
        version = copy_version(rule.live_version, rule=rule, by=by, now=now)
        rule.draft_version = version
        rule.save(update_fields=["draft_version"])
    version.edited_at, version.tested_at, version.created_by = now, None, by
    version.save(update_fields=["edited_at", "tested_at", "created_by"])
    return version


def discard_draft(*, rule: Rule) -> Rule:
    """Give up a rule's changes that are not live yet; a rule that never was live keeps its draft."""
    with transaction.atomic():
        locked = Rule.objects.select_for_update().get(pk=rule.pk)
        if locked.live_version is not None:
            drop_draft(locked)
        return locked


def drop_draft(rule: Rule) -> None:
    """Take a locked rule's draft away; a draft that test sends were made by stays among the versions."""
    draft, rule.draft_version = rule.draft_version, None
    rule.save(update_fields=["draft_version"])
    if draft is not None and not Attempt.objects.filter(version=draft).exists():
        draft.delete()


def restore_version(*, rule: Rule, version: RuleVersion, by: User | None, now: datetime) -> RuleVersion:
    """Go back: make an earlier version the draft, in place of the one there is. It goes live like any draft."""
    with transaction.atomic():
        locked = Rule.objects.select_for_update().get(pk=rule.pk)
        earlier = locked.versions.get(pk=version.pk)
        draft = copy_version(earlier, rule=locked, by=by, now=now)
        if locked.draft_version is not None and locked.draft_version != earlier:
            drop_draft(locked)
        locked.draft_version = draft
        locked.save(update_fields=["draft_version"])
        return draft


def next_number(rule: Rule) -> int:
    """Give the number of a rule's next version."""
    return (rule.versions.aggregate(last=Max("number"))["last"] or 0) + 1


def copy_version(
    version: RuleVersion, *, rule: Rule, by: User | None, now: datetime, with_secrets: bool = True
) -> RuleVersion:
    """Make a version of a rule that says the same, under the rule's next number.

    Without secrets it has no token, password or signing secret, and none of the mappings that send a secret value.
    """
    copied = RuleVersion.objects.get(pk=version.pk)
    copied.pk, copied._state.adding = None, True
    copied.rule, copied.number, copied.created_by = rule, next_number(rule), by
    copied.created_at = copied.edited_at = now
    copied.tested_at = copied.activated_at = None
    if not with_secrets:
        copied.auth_secret = copied.signing_secret = None
    copied.save()
    for relation in child_relations():
        rows = [row for row in rows_of(version, relation) if with_secrets or not getattr(row, "secret", None)]
        for row in rows:
            row.pk = None
            row._state.adding = True
            setattr(row, relation.field.name, copied)
        manager: models.Manager[models.Model] = relation.related_model._default_manager
        manager.bulk_create(rows)
    return copied
