"""How fast a rule may send, what it does when nobody knows the outcome, and how its destination fares."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from distribution.choices import AfterUnknown, PauseReason, RatePeriod

# What is known about how the destination fares; a rule that begins afresh knows nothing of it.
STANDING_FIELDS = ("paused_at", "pause_reason", "failures", "failing_since", "probes", "probe_at", "quiet_until")


class Traffic(models.Model):
    """The part of a rule that the transmit loop goes by, and where it keeps what it learnt of the destination.

    Paused is not inactive: leads are taken and their deliveries wait. `probe_at` is set exactly while the breaker
    paused the rule: then one delivery goes out to try whether the destination works again.
    """

    max_in_flight = models.PositiveSmallIntegerField(
        _("requests at the same time"),
        default=8,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    rate_limit = models.PositiveIntegerField(
        _("at most so many requests"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text=_("Empty: as many as the client's system answers."),
    )
    rate_period = models.PositiveSmallIntegerField(_("in each"), choices=RatePeriod.choices, default=RatePeriod.MINUTE)
    after_unknown = models.CharField(
        _("when nobody knows whether a request arrived"),
        max_length=10,
        choices=AfterUnknown.choices,
        default=AfterUnknown.RETRY,
        help_text=_(
            "Because the connection broke off, no answer came in time, or a transmit process died. A system that "
            "knows the idempotency key takes a repeat for what it is; another one would have the lead twice."
        ),
    )
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True, editable=False)
    pause_reason = models.CharField(max_length=200, choices=PauseReason.choices, blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)  # one after the other, with no answer between
    failing_since = models.DateTimeField(null=True, editable=False)
    probes = models.PositiveSmallIntegerField(default=0, editable=False)
    probe_at = models.DateTimeField(null=True, editable=False)
    # The destination asked to be left alone until then (429 or 503 with Retry-After).
    quiet_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_paused(self) -> bool:
        """Whether deliveries wait although the rule takes leads."""
        return self.paused_at is not None

    @property
    def is_quiet(self) -> bool:
        """Whether the destination asked to be left alone and its time has not come yet."""
        return self.quiet_until is not None and self.quiet_until > timezone.now()

    def begin_afresh(self) -> None:
        """Forget how the destination fared; the caller saves `STANDING_FIELDS`."""
        self.paused_at = self.failing_since = self.probe_at = self.quiet_until = None
        self.pause_reason, self.failures, self.probes = "", 0, 0
