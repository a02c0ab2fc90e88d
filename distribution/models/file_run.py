"""What every uploaded file has that is worked through in the background."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from distribution.choices import ImportState


class FileRun(models.Model):
    """One file: its bytes, how its columns are matched, how far it is, and the rows that were refused.

    The bytes lie in the database, so that any worker on any machine can go on with it.
    """

    file_name = models.CharField(_("file"), max_length=255)
    content = models.BinaryField(editable=False)
    columns = models.JSONField(default=list, editable=False)  # the file's column names, in order
    matching = models.JSONField(default=dict, editable=False)  # {"column": "our field"}
    state = models.CharField(_("state"), max_length=10, choices=ImportState.choices, default=ImportState.MATCHING)
    rows_total = models.PositiveIntegerField(_("rows"), default=0, editable=False)
    rows_done = models.PositiveIntegerField(_("done"), default=0, editable=False)
    # [[row number, reason code], ...]; the cells are in the file
    refused_rows = models.JSONField(default=list, editable=False)
    failure = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.file_name

    @property
    def rows_refused(self) -> int:
        """How many rows were refused."""
        return len(self.refused_rows)

    @property
    def is_running(self) -> bool:
        """Whether a worker has it, or soon will."""
        return self.state in {ImportState.WAITING, ImportState.RUNNING}
