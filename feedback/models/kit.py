"""Client kits as they were handed over, and what of them was opened."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Language
from feedback.choices import KitPart, KitWay


class KitHandoverQuerySet(models.QuerySet["KitHandover"]):
    """Vocabulary for many handovers."""

    def links(self) -> "KitHandoverQuerySet":
        """Those by link."""
        return self.filter(way=KitWay.LINK)


class KitHandover(models.Model):
    """A client's kit, handed over at a moment: by an expiring link, or as a file.

    A link's token is found by a keyed digest and kept encrypted apart, so that staff can send it once more.
    """

    client = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("client"))
    way = models.CharField(_("way"), max_length=10, choices=KitWay.choices)
    language = models.CharField(_("language"), max_length=5, choices=Language.choices)
    # What the kit said (`feedback.rules.kit_contents`): later a kit that says something else is to be handed over.
    snapshot = models.JSONField()
    handed_at = models.DateTimeField(_("handed over"), default=timezone.now)
    handed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("handed over by")
    )
    token_digest = models.BinaryField(max_length=32, unique=True, null=True)
    token_ciphertext = models.BinaryField(null=True)
    expires_at = models.DateTimeField(_("expires"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    offers_key = models.BooleanField(_("shows the API key once"), default=False)
    key_shown_at = models.DateTimeField(_("key shown"), null=True)

    objects = KitHandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("client kit")
        verbose_name_plural = _("client kits")
        ordering = ["-handed_at", "-id"]
        permissions = [("hand_over_kit", _("Can hand over client kits"))]
        constraints = [
            models.CheckConstraint(
                name="kit_link_has_token_and_end",
                condition=Q(
                    way=KitWay.LINK,
                    token_digest__isnull=False,
                    token_ciphertext__isnull=False,
                    expires_at__isnull=False,
                )
                | (
                    ~Q(way=KitWay.LINK)
                    & Q(token_digest__isnull=True, token_ciphertext__isnull=True, expires_at__isnull=True)
                    & Q(revoked_at__isnull=True, offers_key=False)
                ),
            ),
            models.CheckConstraint(
                name="kit_shows_only_what_it_offers", condition=Q(offers_key=True) | Q(key_shown_at__isnull=True)
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-handed_at"], name="kit_by_client"),  # the client's tab, the last handover
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.handed_at:%Y-%m-%d}"

    def is_open(self, now: datetime) -> bool:
        """Whether the link still leads to the kit."""
        return self.revoked_at is None and self.expires_at is not None and self.expires_at > now

    def shows_key(self, now: datetime) -> bool:
        """Whether whoever opens the link may still have the key shown, once."""
        return self.offers_key and self.key_shown_at is None and self.is_open(now)


class KitOpening(models.Model):
    """A part of a kit that was opened by its link: when first, when last, how often."""

    handover = models.ForeignKey(KitHandover, models.CASCADE, related_name="openings")
    part = models.CharField(_("part"), max_length=10, choices=KitPart.choices)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("opened part of a kit")
        verbose_name_plural = _("opened parts of kits")
        constraints = [models.UniqueConstraint(fields=["handover", "part"], name="kit_opening_once_per_part")]

    def __str__(self) -> str:
        return f"{self.handover_id} {self.part}"
