"""Giving many leads at once, in the background."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from distribution.choices import ImportState, RoutingJobKind


class RoutingJob(models.Model):
    """Many leads on their way to one client, and how far it is.

    The leads are listed when it is made, in the order of their ids; the worker goes on after the last one that is
    committed, so a worker that is killed loses nothing and repeats nothing.
    """

    kind = models.CharField(max_length=10, choices=RoutingJobKind.choices)
    client = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("client"))
    rule = models.ForeignKey(
        "distribution.Rule", models.PROTECT, null=True, related_name="+", verbose_name=_("transmission rule")
    )
    lead_ids = models.JSONField(default=list)
    state = models.CharField(_("state"), max_length=10, choices=ImportState.choices, default=ImportState.WAITING)
    total = models.PositiveIntegerField(_("leads"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    given = models.PositiveIntegerField(_("given"), default=0)
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("started by")
    )
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("routing of many leads")
        verbose_name_plural = _("routings of many leads")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="routing_job_progress", condition=Q(done__lte=models.F("total"))),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_running(self) -> bool:
        """Whether the worker has it, or is about to."""
        return self.state in {ImportState.WAITING, ImportState.RUNNING}
