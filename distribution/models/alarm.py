"""What staff are told of, from when to when, and who wants to be told how."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.mail.writing import absolute_url
from distribution.choices import AlarmKind
from distribution.rules import alarm_texts
from distribution.rules.alarm_settings import EVERYTHING


class AlarmQuerySet(models.QuerySet["Alarm"]):
    """Vocabulary for many alarms."""

    def open(self) -> "AlarmQuerySet":
        """Those whose cause still lasts."""
        return self.filter(closed_at__isnull=True)


class Alarm(models.Model):
    """Something is wrong with a subject since `opened_at`; closed when it is right again.

    The subject is a rule, a source or a client, as the kind says, by its id; its name is kept as it was then.
    """

    kind = models.CharField(_("kind"), max_length=30, choices=AlarmKind.choices)
    subject_id = models.PositiveBigIntegerField(default=EVERYTHING)
    subject_name = models.CharField(_("about"), max_length=200, blank=True)
    facts = models.JSONField(default=dict)  # what `rules.alarm_texts` puts into its sentences
    opened_at = models.DateTimeField(_("since"), default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(_("told by mail"), null=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("acknowledged by")
    )
    closed_at = models.DateTimeField(_("closed"), null=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_id"], condition=Q(closed_at__isnull=True), name="alarm_open_once"
            ),
            models.CheckConstraint(
                name="alarm_closed_after_opened",
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=models.F("opened_at")),
            ),
        ]
        indexes = [models.Index(fields=["-closed_at"], name="alarm_closed")]  # the screen's list of those over

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject_name}" if self.subject_name else self.get_kind_display()

    @property
    def said(self) -> str:
        """What is wrong, as a sentence in the language of the moment."""
        return alarm_texts.say(self.kind, self.facts)

    @property
    def advice(self) -> str | Promise:
        """What to do next."""
        return alarm_texts.advise(self.kind)

    @property
    def act_label(self) -> str | Promise:
        """The name of the page where it is done."""
        return alarm_texts.name_act(self.kind)

    @property
    def act_path(self) -> str:
        """The page where it is done."""
        subject, deliveries = self.subject_id, reverse("admin:distribution_delivery_changelist")
        match self.kind:
            case AlarmKind.RULE_PAUSED | AlarmKind.CAP_REACHED:
                return reverse("admin:accounts_user_tab", args=[self.facts["client"], "rules"])
            case AlarmKind.CLIENT_WITHOUT_LEADS:
                return reverse("admin:accounts_user_tab", args=[subject, "rules"])
            case AlarmKind.CLIENT_WITHOUT_FEEDBACK:
                return reverse("admin:accounts_user_change", args=[subject])
            case AlarmKind.SOURCE_SILENT:
                return reverse("admin:distribution_source_change", args=[subject])
            case AlarmKind.NOT_DELIVERED:
                return f"{deliveries}?state=undelivered&rule__id__exact={subject}"
            case AlarmKind.REFUSED:
                return f"{deliveries}?state=refused&rule__id__exact={subject}"
            case _:
                return f"{deliveries}?state=open"

    @property
    def act_address(self) -> str:
        """The same page as a link that leaves the house."""
        return absolute_url(self.act_path)


class AlarmSetting(models.Model):
    """From when on a kind counts as an alarm; for one subject, or (`EVERYTHING`) wherever a subject has none."""

    kind = models.CharField(_("kind"), max_length=30, choices=AlarmKind.choices)
    subject_id = models.PositiveBigIntegerField(default=EVERYTHING)
    is_on = models.BooleanField(_("watched"), default=True)
    # In the kind's own unit (`rules.alarm_settings`); none: what is usual decides.
    threshold = models.PositiveIntegerField(_("threshold"), null=True, blank=True)
    remind_after_h = models.PositiveSmallIntegerField(_("told again after (hours)"), default=24)

    class Meta:
        verbose_name = _("alarm setting")
        verbose_name_plural = _("alarm settings")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_id"],
                name="alarm_setting_once",
                violation_error_message=_("There is a setting for this already. Change that one."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class AlarmSubscription(models.Model):
    """Which alarms come to a staff member by mail. Who never chose gets all with all permissions, else none."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    kinds = ArrayField(models.CharField(max_length=30, choices=AlarmKind.choices), default=list, blank=True)

    class Meta:
        verbose_name = _("alarms by mail")
        verbose_name_plural = _("alarms by mail")

    def __str__(self) -> str:
        return str(self.user_id)
