"""The numbered feedback reasons, and which of them a client uses."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, Func, OuterRef, Value
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from feedback.choices import ReasonKind


class ReasonQuerySet(models.QuerySet["Reason"]):
    """Vocabulary for many reasons."""

    def active(self) -> "ReasonQuerySet":
        """Those clients are asked to use."""
        return self.filter(is_active=True)

    def used_by(self, client_id: int) -> "ReasonQuerySet":
        """Those that a client was limited to; all of them for a client without a limit."""
        limit = ClientReason.objects.filter(client_id=client_id)
        return self.filter(~Exists(limit) | Exists(limit.filter(reason=OuterRef("pk"))))


class Reason(models.Model):
    """A numbered feedback reason. The number is handed to clients, so it is never changed, reused or deleted."""

    id = models.IntegerField(
        "ID",
        primary_key=True,
        editable=False,
        db_default=Func(Value("feedback_reason_id_seq"), function="nextval"),
    )
    name_he = models.CharField(_("name in Hebrew"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=ReasonKind.choices)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Feedback with an inactive reason is still accepted, and marked: client systems never ask twice."),
    )
    is_comment_required = models.BooleanField(_("comment required"), default=False)

    objects = ReasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("feedback reason")
        verbose_name_plural = _("feedback reasons")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["name_he"],
                name="reason_name_he_once",
                violation_error_message=_("There is a reason with this Hebrew name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of the moment."""
        return self.name_en if translation.get_language() == "en" else self.name_he


class ClientReason(models.Model):
    """A reason that a client was limited to. A client without such rows uses all of them."""

    client = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("client"))
    reason = models.ForeignKey(Reason, models.CASCADE, related_name="+", verbose_name=_("feedback reason"))

    class Meta:
        verbose_name = _("reason of a client")
        verbose_name_plural = _("reasons of clients")
        constraints = [models.UniqueConstraint(fields=["client", "reason"], name="client_reason_once")]

    def __str__(self) -> str:
        return f"{self.client_id}: {self.reason_id}"
