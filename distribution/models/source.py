"""Where leads come from."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SourceQuerySet(models.QuerySet["Source"]):
    """Vocabulary for many sources."""

    def active(self) -> "SourceQuerySet":
        """Those that leads are taken from."""
        return self.filter(is_active=True)


class Source(models.Model):
    """A campaign, form, supplier or file that leads come from, with an intake token of its own."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    token_digest = models.BinaryField(max_length=32, unique=True, editable=False)
    token_ciphertext = models.BinaryField(editable=False)
    # {"their name": "our field"}: learnt from imports, set by staff; used at every door the source comes through.
    field_names = models.JSONField(_("field names"), default=dict, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = SourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
