"""A client's feedback that came as a file."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from distribution.models.file_run import FileRun


class FeedbackFile(FileRun):
    """A file that a client without an API of its own sent, uploaded by staff."""

    client = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("client"))
    rows_recorded = models.PositiveIntegerField(_("recorded"), default=0, editable=False)
    rows_repeated = models.PositiveIntegerField(_("said before"), default=0, editable=False)

    class Meta:
        verbose_name = _("feedback file")
        verbose_name_plural = _("feedback files")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(name="feedback_file_progress", condition=Q(rows_done__lte=F("rows_total"))),
        ]
        indexes = [
            models.Index(fields=["client", "-created_at"], name="feedback_file_by_client"),  # the client's tab
        ]
