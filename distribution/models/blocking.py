"""People whose leads are given to nobody."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from distribution.choices import BlockedKind


class BlockedContact(models.Model):
    """One entry of the block list. Leads that it names are kept and shown, and given to no client by any rule.

    `value` is in the form in which it is compared: a phone or its beginning in international form, an address or a
    domain in lower case. A trigger counts every change in `distribution_blocklist`, by which processes notice it.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=BlockedKind.choices)
    value = models.CharField(_("phone, address or domain"), max_length=254)
    reason = models.CharField(_("reason"), max_length=200)
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("added by"),
    )

    class Meta:
        verbose_name = _("block list entry")
        verbose_name_plural = _("block list")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"],
                name="blocked_contact_once",
                violation_error_message=_("This stands on the block list already."),
            ),
        ]

    def __str__(self) -> str:
        return self.value
