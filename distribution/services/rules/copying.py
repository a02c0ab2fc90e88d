"""Copying a rule, to the same client or to another: what it sends, how it reads answers, which leads it takes."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from distribution.models import Rule
from distribution.rules.selection import read_selection
from distribution.services.rules.selecting import SelectionPart
from distribution.services.rules.versions import copy_version

_OF_THE_RULE = ("sources_mode", "max_in_flight", "rate_limit", "rate_period", "after_unknown")


def copy_rule(*, rule: Rule, client: User, name: str, by: User | None, now: datetime) -> Rule:
    """Give a copy of a rule: switched off, with the draft (else the live version) as its draft.

    Secrets, and the leave to send unencrypted, go along to the same client only: another client's copy lacks them,
    and secret fixed values are left out of its mappings. Samples, deliveries and history stay behind.
    """
    version = rule.draft_version or rule.live_version
    is_same = rule.client_id == client.pk
    with transaction.atomic():
        copied = Rule(client=client, name=name, created_at=now, allow_http=rule.allow_http and is_same)
        for field in _OF_THE_RULE:
            setattr(copied, field, getattr(rule, field))
        part = SelectionPart(
            selection=read_selection(rule.selection),
            priority=rule.priority,
            is_exclusive=rule.is_exclusive,
            weight=rule.weight,
        )
        if version is not None:
            part.fill(copied, version)
        copied.save()
        copied.sources.set(rule.sources.all())
        if version is not None:
            copied.draft_version = copy_version(version, rule=copied, by=by, now=now, with_secrets=is_same)
            copied.save(update_fields=["draft_version"])
            part.write(copied, copied.draft_version)
        return copied
