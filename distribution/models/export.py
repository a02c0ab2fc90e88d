"""Lists exported to files: who asked for which rows, how far it is, and the file for as long as it is kept."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from distribution.choices import ExportFormat, ImportState

QUERY_MAX_LENGTH = 2000


class Export(models.Model):
    """One file made of a filtered list. The row stays when the file is removed: it says who took what out."""

    listing = models.CharField(_("list"), max_length=40)
    # The query string of the page: the filters, the search.
    query = models.CharField(_("filters"), max_length=QUERY_MAX_LENGTH, blank=True)
    file_format = models.CharField(_("format"), max_length=4, choices=ExportFormat.choices)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    state = models.CharField(_("state"), max_length=10, choices=ImportState.choices, default=ImportState.WAITING)
    total = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    size = models.PositiveBigIntegerField(_("size"), default=0, help_text=_("bytes"))
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("started by")
    )
    finished_at = models.DateTimeField(_("finished"), null=True)
    kept_until = models.DateTimeField(_("kept until"), null=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="export_kept_when_done", condition=Q(kept_until__isnull=True) | Q(state=ImportState.DONE)
            ),
        ]
        indexes = [
            models.Index(fields=["created_by", "-id"], name="export_own"),  # the list of one's own
            models.Index(fields=["kept_until"], name="export_kept", condition=Q(kept_until__isnull=False)),  # removal
        ]

    def __str__(self) -> str:
        return f"{self.listing} {self.pk}"

    @property
    def is_running(self) -> bool:
        """Whether the worker has it, or is about to."""
        return self.state in {ImportState.WAITING, ImportState.RUNNING}

    @property
    def has_file(self) -> bool:
        """Whether the file is there to be downloaded."""
        return self.kept_until is not None and timezone.now() < self.kept_until

    @property
    def file_name(self) -> str:
        """What the file is called when it is downloaded."""
        return f"{self.listing}-{timezone.localtime(self.created_at):%Y-%m-%d}-{self.pk}.{self.file_format}"


class ExportPart(models.Model):
    """A piece of an export's file: in the database, where every server finds it, and sent piece by piece."""

    export = models.ForeignKey(Export, models.CASCADE, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        verbose_name = _("part of an export")
        verbose_name_plural = _("parts of exports")
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="export_part_once")]

    def __str__(self) -> str:
        return f"{self.export_id}/{self.number}"
