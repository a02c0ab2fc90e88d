"""Moving many deliveries at once, in the background: sending again, sending anew, cancelling."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from distribution.choices import DeliveryAct, ImportState


class DeliveryMove(models.Model):
    """One act on many deliveries, and how far it is.

    The deliveries are listed when it is made: what fails again meanwhile is not taken up a second time. The worker
    goes on after the last one committed, so a worker that is killed loses nothing and repeats nothing.
    """

    act = models.CharField(_("what is done"), max_length=10, choices=DeliveryAct.choices)
    delivery_ids = ArrayField(models.UUIDField(), default=list, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=ImportState.choices, default=ImportState.WAITING)
    total = models.PositiveIntegerField(_("deliveries"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    moved = models.PositiveIntegerField(_("moved"), default=0)
    # {message code: how many were left as they are for that reason}
    refusals = models.JSONField(default=dict, editable=False)
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("started by")
    )
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("act on many deliveries")
        verbose_name_plural = _("acts on many deliveries")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="delivery_move_progress", condition=Q(done__lte=models.F("total"))),
        ]

    def __str__(self) -> str:
        return self.get_act_display()

    @property
    def is_running(self) -> bool:
        """Whether the worker has it, or is about to."""
        return self.state in {ImportState.WAITING, ImportState.RUNNING}
