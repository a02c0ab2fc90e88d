"""Switching a rule on and off."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from distribution.choices import PauseReason, SourcesMode
from distribution.errors import DraftChanged, RoutingIdMissing, RuleError, RuleInvalid
from distribution.models import Rule
from distribution.models.traffic import STANDING_FIELDS
from distribution.services.rules.checking import refuse_unsendable

ROUTING_ID_GUARD = "rule_sends_routing_id"


def activate_rule(*, rule: Rule, now: datetime, seen: datetime | None = None) -> Rule:
    """Switch a rule on: its draft, if there is one, becomes what is sent.

    `seen` is when the draft was last edited as far as the person knows. Raises `DraftChanged` when it was edited
    since, `RoutingIdMissing` or `RuleInvalid`; the rule then stays as it was.
    """
    with guarded():
        locked = Rule.objects.select_for_update().get(pk=rule.pk)
        if seen is not None and (locked.draft_version is None or locked.draft_version.edited_at != seen):
            raise DraftChanged
        make_live(locked, now)
        return locked


def deactivate_rule(*, rule: Rule) -> Rule:
    """Switch a rule off: it takes no further leads. Deliveries that wait go on waiting."""
    with transaction.atomic():
        locked = Rule.objects.select_for_update().get(pk=rule.pk)
        locked.is_active = False
        locked.save(update_fields=["is_active"])
        return locked


def what_is_missing(rule: Rule) -> list[str]:
    """Give what keeps a saved rule from going live, in words that say what to do; empty when nothing does."""
    try:
        refuse_unfinished(rule, needs_version=True)
    except RuleInvalid as error:
        messages = [message for found in error.errors.values() for message in found]
        messages += [m for errors in error.mapping_errors.values() for found in errors.values() for m in found]
        return [str(message) for message in messages]
    except RuleError as error:
        return [str(error)]
    return []


def refuse_unfinished(rule: Rule, *, needs_version: bool) -> None:
    """Refuse a rule that could not go live: with its draft (`needs_version`), or by its own row alone.

    Raises `RoutingIdMissing` or `RuleInvalid`.
    """
    if needs_version and rule.draft_version is not None:
        refuse_unsendable(rule, rule.draft_version)
    if not rule.sources_mode or (rule.sources_mode == SourcesMode.SOME and not rule.sources.all()):
        raise RuleInvalid({"sources_mode": [_("Choose which sources' leads this rule takes before switching it on.")]})


def make_live(rule: Rule, now: datetime) -> None:
    """Switch a locked rule on with its draft; raises `RoutingIdMissing` or `RuleInvalid`. Call it `guarded`."""
    refuse_unfinished(rule, needs_version=True)
    if rule.draft_version is not None:
        rule.live_version, rule.draft_version = rule.draft_version, None
        rule.live_version.activated_at = now
        rule.live_version.save(update_fields=["activated_at"])
    rule.is_active = True
    if rule.pause_reason != PauseReason.STAFF:  # who paused it by hand resumes it by hand
        rule.begin_afresh()
    rule.save(update_fields=["live_version", "draft_version", "is_active", *STANDING_FIELDS])


@contextmanager
def guarded() -> Iterator[None]:
    """Run in a transaction whose guards speak up before its end, in words that staff can act on."""
    try:
        with transaction.atomic():
            yield
            with connection.cursor() as cursor:
                cursor.execute(
                    "SET CONSTRAINTS rule_sends_routing_id, mapping_guard, version_keeps_routing_id IMMEDIATE"
                )
    except IntegrityError as error:
        diagnostics = getattr(error.__cause__, "diag", None)
        if diagnostics is not None and diagnostics.constraint_name == ROUTING_ID_GUARD:
            raise RoutingIdMissing from None
        raise
    except ValidationError as error:
        raise RuleInvalid(error.message_dict) from None
