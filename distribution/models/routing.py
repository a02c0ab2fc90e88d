"""One lead given to one client."""

import uuid

import uuid_utils.compat
from django.conf import settings
from django.db import models
from django.db.models import Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def new_id() -> uuid.UUID:
    """Make a UUIDv7 (RFC 9562, 5.7): unguessable enough for an id, in order of time for the indexes."""
    return uuid_utils.compat.uuid7()


class RoutingQuerySet(models.QuerySet["Routing"]):
    """Vocabulary for many routings."""

    def real(self) -> "RoutingQuerySet":
        """Without the clients' test routings, and without those taken back."""
        return self.filter(is_test=False, withdrawn_at__isnull=True)

    def visible_to(self, client_id: int) -> "RoutingQuerySet":
        """What a client's own key may see: its routings from their first attempt on, its test routing included."""
        return self.filter(client_id=client_id, visible_at__isnull=False)


class Routing(models.Model):
    """One lead given to one client. Its id is *the routing ID*, which the client's system keeps and names."""

    id = models.UUIDField(_("routing ID"), primary_key=True, default=new_id, editable=False)
    number = models.IntegerField(
        _("routing number"),
        unique=True,
        editable=False,
        db_default=Func(Value("distribution_routing_number_seq"), function="nextval"),
    )
    lead = models.ForeignKey("distribution.Lead", models.PROTECT, related_name="routings", verbose_name=_("lead"))
    client = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="routings", verbose_name=_("client")
    )
    created_at = models.DateTimeField(_("routed"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("given by"),
    )
    # From the first attempt on; a client does not see a routing that waits.
    visible_at = models.DateTimeField(null=True, editable=False)
    delivered_at = models.DateTimeField(_("delivered"), null=True, editable=False)
    client_reference = models.CharField(_("client's reference"), max_length=100, blank=True, editable=False)
    # Further values from the client's answers, {"our name": "text"}; NULL while there are none.
    captured = models.JSONField(null=True, editable=False)
    is_test = models.BooleanField(default=False, editable=False)
    # Taken back by a person before anything of it was sent: the client never saw it, and may be given the lead anew.
    withdrawn_at = models.DateTimeField(_("taken back"), null=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("taken back by"),
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = RoutingQuerySet.as_manager()

    class Meta:
        verbose_name = _("routing")
        verbose_name_plural = _("routings")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "client"],
                name="routing_once_per_lead_and_client",
                violation_error_message=_("This lead was given to this client already."),
            ),
            models.UniqueConstraint(fields=["client"], condition=Q(is_test=True), name="routing_one_test_per_client"),
            models.CheckConstraint(
                name="routing_withdrawn_unseen",
                condition=Q(withdrawn_at__isnull=True) | Q(visible_at__isnull=True),
                violation_error_message=_("The client has seen this routing: it cannot be taken back any more."),
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-number"], name="routing_client"),  # the client's tab
            models.Index(fields=["-created_at"], name="routing_by_time"),  # reports of a period, and their lists
            # the client's own view of its routings: API pages by time or in the order of ids
            models.Index(
                fields=["client", "created_at", "id"], name="routing_visible", condition=Q(visible_at__isnull=False)
            ),
            models.Index(fields=["client", "id"], name="routing_visible_by_id", condition=Q(visible_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def can_be_taken_back(self) -> bool:
        """Whether nothing of it was sent and the client was not shown it."""
        return self.visible_at is None and self.withdrawn_at is None and not self.is_test
