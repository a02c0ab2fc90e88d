"""When a rule was paused and resumed, by whom and why: what staff are told, and can look up afterwards."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from distribution.choices import PauseReason, RuleEventKind


class RuleEvent(models.Model):
    """One thing that happened to a rule. Written in the transaction in which it happened, and never changed.

    `reason` says why it was paused (of a resumed rule: why it had been); `outcome_code` is what the last attempt
    came to, a key of `rules.outcome.EXPLANATIONS`; `by` is None when the transmit loop did it.
    """

    rule = models.ForeignKey("distribution.Rule", models.CASCADE, related_name="events")
    at = models.DateTimeField(_("when"), default=timezone.now)
    kind = models.CharField(max_length=10, choices=RuleEventKind.choices)
    reason = models.CharField(max_length=20, choices=PauseReason.choices, blank=True)
    outcome_code = models.CharField(max_length=40, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("rule event")
        verbose_name_plural = _("rule events")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["rule", "-id"], name="rule_event_rule"),  # a rule's last events, on its page
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.kind} {self.reason}".strip()
