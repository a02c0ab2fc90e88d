"""What clients say became of their leads."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from distribution.models.routing import new_id
from feedback.choices import Door
from feedback.models.reason import Reason


class Feedback(models.Model):
    """One thing a client said about one routing. Rows are only added (the database sees to it)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    routing = models.ForeignKey(
        "distribution.Routing", models.PROTECT, related_name="feedbacks", verbose_name=_("routing")
    )
    reason = models.ForeignKey(Reason, models.PROTECT, related_name="feedbacks", verbose_name=_("feedback reason"))
    comment = models.CharField(_("comment"), max_length=2000, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2, null=True, blank=True)
    occurred_at = models.DateTimeField(_("happened"), null=True, blank=True)
    client_reference = models.CharField(_("client's reference"), max_length=100, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    door = models.CharField(_("came through"), max_length=10, choices=Door.choices, editable=False)
    api_key = models.ForeignKey(
        "accounts.ApiKey", models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("API key")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("entered by"),
    )
    is_reason_inactive = models.BooleanField(_("with an inactive reason"), default=False, editable=False)
    # SHA-256 of everything the client wrote; set only where OccurredAt was given, since only then does an equal
    # post say the same thing again instead of a new thing.
    digest = models.BinaryField(max_length=32, null=True, editable=False)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = pgettext_lazy("plural", "feedback")
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["routing", "digest"], name="feedback_said_once", condition=Q(digest__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["routing", "-received_at", "-id"], name="feedback_by_routing"),  # a routing's history
            models.Index(fields=["-received_at"], name="feedback_by_time"),  # the list, today's count
            models.Index(fields=["reason", "-received_at"], name="feedback_by_reason"),  # the list by reason, reports
        ]

    def __str__(self) -> str:
        return str(self.id)


class CurrentFeedback(models.Model):
    """Which feedback of a routing counts now: the newest by the client's own time, then by arrival."""

    routing = models.OneToOneField(
        "distribution.Routing", models.CASCADE, primary_key=True, related_name="current_feedback"
    )
    feedback = models.ForeignKey(Feedback, models.PROTECT, related_name="+")
    effective_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("current feedback")
        verbose_name_plural = _("current feedback")

    def __str__(self) -> str:
        return str(self.routing_id)


class AnsweredRequest(models.Model):
    """A request with an idempotency key, and what was answered: ids and codes, never what was said."""

    client = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False, verbose_name=_("client")
    )
    key = models.CharField(_("idempotency key"), max_length=255)
    fingerprint = models.BinaryField(max_length=32)  # SHA-256 of the request
    outcomes = models.JSONField(default=list)
    received_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("answered request")
        verbose_name_plural = _("answered requests")
        constraints = [
            # A second request with the key waits here until the first is answered.
            models.UniqueConstraint(fields=["client", "key"], name="request_answered_once"),
        ]
        indexes = [models.Index(fields=["received_at"], name="answered_request_by_time")]  # the daily removal

    def __str__(self) -> str:
        return self.key


class LinkRevocation(models.Model):
    """From when on a client's feedback links count; those made before open nothing any more."""

    client = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("client")
    )
    revoked_at = models.DateTimeField(_("revoked"))
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("revoked by")
    )

    class Meta:
        verbose_name = _("revocation of feedback links")
        verbose_name_plural = _("revocations of feedback links")

    def __str__(self) -> str:
        return str(self.client_id)
