"""Pausing a rule by hand, and letting it send again: leads are taken meanwhile, and their deliveries wait."""

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from distribution.choices import PauseReason, RuleEventKind
from distribution.engine.wakeup import wake_transmitters
from distribution.models import Rule, RuleEvent
from distribution.models.traffic import STANDING_FIELDS


def pause_rule(*, rule: Rule, by: User | None) -> Rule:
    """Let a rule send nothing more until it is resumed by hand; what is under way ends.

    A rule that the breaker paused is then tried no more.
    """
    with transaction.atomic():
        locked = Rule.objects.select_for_update(no_key=True).get(pk=rule.pk)
        if locked.pause_reason != PauseReason.STAFF:
            locked.begin_afresh()
            locked.paused_at, locked.pause_reason = Now(), PauseReason.STAFF
            locked.save(update_fields=STANDING_FIELDS)
            _tell(locked, RuleEventKind.PAUSED, PauseReason.STAFF, by)
            locked.refresh_from_db(fields=["paused_at"])
        return locked


def resume_rule(*, rule: Rule, by: User | None) -> Rule:
    """Let a paused rule send again, beginning with what waits, whatever was known of its destination."""
    with transaction.atomic():
        locked = Rule.objects.select_for_update(no_key=True).get(pk=rule.pk)
        if locked.is_paused:
            _tell(locked, RuleEventKind.RESUMED, locked.pause_reason, by)
        locked.begin_afresh()
        locked.save(update_fields=STANDING_FIELDS)
        wake_transmitters()
        return locked


def _tell(rule: Rule, kind: str, reason: str, by: User | None) -> None:
    RuleEvent.objects.create(rule=rule, kind=kind, reason=reason, by=by, at=Now())
