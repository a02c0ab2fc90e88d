"""What reports are made of: counts by day, kept so that a report reads no more than its period's days."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from feedback.choices import MailedPeriod, ReportKind, Rhythm, RoutingOutcome
from feedback.models.reason import Reason


class DailyLeads(models.Model):
    """How many leads of people a source brought on a day of the agency's clock."""

    day = models.DateField()
    source = models.ForeignKey("distribution.Source", models.CASCADE, related_name="+", db_index=False)
    leads = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("leads of a day")
        verbose_name_plural = _("leads of days")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["day", "source"], name="daily_leads_once")]

    def __str__(self) -> str:
        return f"{self.day}: {self.leads}"


class DailyRoutings(models.Model):
    """How many leads were given to a client on a day, and how far they came; `amount` is their feedback's."""

    day = models.DateField()
    source = models.ForeignKey("distribution.Source", models.CASCADE, related_name="+", db_index=False)
    client = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    # The reason of the current feedback; none: the client has said nothing yet.
    reason = models.ForeignKey(Reason, models.PROTECT, null=True, related_name="+", db_index=False)
    outcome = models.CharField(max_length=20, choices=RoutingOutcome.choices)
    is_transmitted = models.BooleanField()
    is_repeat = models.BooleanField()
    routings = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=16, decimal_places=2)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        default_permissions = ()
        permissions = [("view_report", "viewing")]
        indexes = [models.Index(fields=["day"], name="daily_routings_day")]  # a report's period, a day counted anew

    def __str__(self) -> str:
        return f"{self.day}: {self.routings}"


class CountProgress(models.Model):
    """Up to where days are counted: one row. The days from `open_from` on are counted when a report is read."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    open_from = models.DateField()
    counted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("progress of counting")
        verbose_name_plural = _("progress of counting")
        default_permissions = ()
        constraints = [models.CheckConstraint(name="count_progress_is_one_row", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self.open_from)


class ScheduledReport(models.Model):
    """A report that is mailed to staff again and again."""

    report = models.CharField(_("report"), max_length=20, choices=ReportKind.choices)
    period = models.CharField(_("period"), max_length=20, choices=MailedPeriod.choices)
    rhythm = models.CharField(_("sent"), max_length=20, choices=Rhythm.choices)
    recipients = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", verbose_name=_("recipients"))
    is_active = models.BooleanField(_("active"), default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    # The day it was last due and was sent for; each due day is sent for once, whoever looks.
    sent_for = models.DateField(_("last sent"), editable=False)

    class Meta:
        verbose_name = _("mailed report")
        verbose_name_plural = _("mailed reports")
        ordering = ["report", "id"]
        constraints = [
            models.CheckConstraint(
                name="monthly_count_of_a_month",
                condition=~Q(report=ReportKind.MONTH) | Q(period=MailedPeriod.LAST_MONTH),
                violation_error_message=_("The monthly count is of a month: choose “the month before” as its period."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_report_display()}, {self.get_period_display()}"
