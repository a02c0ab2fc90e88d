"""One routing sent by one rule. The row is the queue: state, due time, lease."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from distribution.choices import NEEDS_PERSON_STATES, OPEN_STATES, DeliveryState
from distribution.models.routing import new_id


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Vocabulary for many deliveries."""

    def open(self) -> "DeliveryQuerySet":
        """Those the transmit loop still has to do with."""
        return self.filter(state__in=OPEN_STATES)


class Delivery(models.Model):
    """One routing sent by one rule, until the client's system has taken or refused it.

    While it is being sent, `due_at` is the end of the sender's lease, so a delivery whose sender died is simply
    due again. Its id is the idempotency key of every attempt.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    routing = models.ForeignKey("distribution.Routing", models.CASCADE, related_name="deliveries")
    rule = models.ForeignKey(
        "distribution.Rule", models.PROTECT, related_name="deliveries", verbose_name=_("transmission rule")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING, editable=False
    )
    due_at = models.DateTimeField(_("due"), default=timezone.now, editable=False)
    lease_owner = models.UUIDField(null=True, editable=False)
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0, editable=False)
    # Why it is where it is: a code of `distribution.rules.outcome`, and what the client's system said.
    outcome_code = models.CharField(max_length=40, blank=True, editable=False)
    outcome_detail = models.CharField(max_length=500, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="delivery_lease_while_sending",
                condition=Q(state=DeliveryState.SENDING, lease_owner__isnull=False)
                | (~Q(state=DeliveryState.SENDING) & Q(lease_owner__isnull=True)),
            ),
            models.CheckConstraint(
                name="delivery_finished_when_closed",
                condition=Q(state__in=OPEN_STATES, finished_at__isnull=True)
                | (~Q(state__in=OPEN_STATES) & Q(finished_at__isnull=False)),
            ),
        ]
        indexes = [
            # the transmit loop's claim: the due deliveries of each rule
            models.Index(fields=["rule", "due_at"], name="delivery_queue", condition=Q(state__in=OPEN_STATES)),
            # how many requests of a rule are under way, whatever waits beside them
            models.Index(fields=["rule"], name="delivery_in_flight", condition=Q(state=DeliveryState.SENDING)),
            # the screen of deliveries that need a person
            models.Index(
                fields=["-finished_at"], name="delivery_needs_person", condition=Q(state__in=NEEDS_PERSON_STATES)
            ),
            models.Index(fields=["rule", "-created_at"], name="delivery_rule"),  # a rule's numbers of today
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def can_be_moved(self) -> bool:
        """Whether a person can send it again or cancel it now: it is not on its way and not taken or cancelled."""
        return self.state in {DeliveryState.WAITING, *NEEDS_PERSON_STATES}


class FrozenRequest(models.Model):
    """What a delivery sends, fixed at its first attempt: the same key always means the same bytes.

    Secrets are not in it; they are filled in per attempt. Retention and erasure may delete the row.
    """

    delivery = models.OneToOneField(Delivery, models.CASCADE, primary_key=True, related_name="frozen")
    version = models.ForeignKey("distribution.RuleVersion", models.PROTECT, related_name="+")
    method = models.CharField(max_length=10)
    url = models.TextField()
    headers = models.JSONField(default=list)  # [[name, value], ...] in the order they are sent
    body = models.BinaryField(null=True)

    class Meta:
        verbose_name = _("frozen request")
        verbose_name_plural = _("frozen requests")

    def __str__(self) -> str:
        return str(self.delivery_id)
