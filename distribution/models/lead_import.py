"""A file of leads on its way in."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from distribution.models.file_run import FileRun


class LeadImport(FileRun):
    """A file of one source's leads."""

    source = models.ForeignKey("distribution.Source", models.PROTECT, related_name="imports", verbose_name=_("source"))
    skip_present = models.BooleanField(_("skip leads that are here already"), default=True)
    rows_created = models.PositiveIntegerField(_("new leads"), default=0, editable=False)
    rows_present = models.PositiveIntegerField(_("here already"), default=0, editable=False)

    class Meta:
        verbose_name = _("lead import")
        verbose_name_plural = _("lead imports")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(name="import_progress", condition=Q(rows_done__lte=models.F("rows_total"))),
        ]
