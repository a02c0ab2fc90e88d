"""What matching keeps: why rules took a lead or did not, and how many leads capped rules have taken."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MatchReport(models.Model):
    """What the rules for a lead's source said when it was matched: one row a lead, `rules.taking.Verdict` as JSON.

    There is none where every rule simply took the lead: its deliveries say that already.
    """

    lead = models.OneToOneField(
        "distribution.Lead", models.CASCADE, primary_key=True, related_name="match_report", db_index=False
    )
    verdicts = models.JSONField(default=list)
    is_repeat = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("match report")
        verbose_name_plural = _("match reports")

    def __str__(self) -> str:
        return str(self.lead_id)


class CapTally(models.Model):
    """How many leads a capped rule has taken, by period (`rules.caps.Tally`). Its row is the lock of the caps."""

    rule = models.OneToOneField("distribution.Rule", models.CASCADE, primary_key=True, related_name="cap_tally")
    counts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("cap tally")
        verbose_name_plural = _("cap tallies")

    def __str__(self) -> str:
        return str(self.rule_id)
