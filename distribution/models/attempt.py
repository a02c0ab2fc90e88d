"""One exchange with a client's system, and what was said in it.

Both tables are partitioned by month (migration `0002_guards`), so their key in the database is (id, started_at);
nothing has a foreign key to them, and updates name both columns.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from distribution.choices import AttemptKind, AttemptOutcome


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Vocabulary for many attempts."""

    def deliveries(self) -> "AttemptQuerySet":
        """Without test sends."""
        return self.filter(kind=AttemptKind.DELIVERY)


class Attempt(models.Model):
    """One exchange: inserted before the socket opens, completed once, then never changed (the database sees to it).

    Without `finished_at` it is under way or was cut off: its outcome is unknown.
    """

    id = models.UUIDField(primary_key=True)
    started_at = models.DateTimeField(_("started"))
    kind = models.CharField(max_length=10, choices=AttemptKind.choices)
    delivery = models.ForeignKey(
        "distribution.Delivery", models.CASCADE, null=True, related_name="attempts", db_constraint=False
    )
    routing = models.ForeignKey("distribution.Routing", models.CASCADE, related_name="attempts", db_constraint=False)
    version = models.ForeignKey(
        "distribution.RuleVersion", models.PROTECT, related_name="attempts", db_constraint=False
    )
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(  # noqa: DJ001 - NULL says that nobody knows, which no text should say
        max_length=10,
        choices=AttemptOutcome.choices,
        null=True,
    )
    status_code = models.PositiveSmallIntegerField(null=True)
    error_code = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    duration_ms = models.PositiveIntegerField(null=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "distribution_attempt"
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows what the exchange led to."""
        return self.outcome is None


class Exchange(models.Model):
    """What was sent and answered in an attempt, secrets masked. Retention and erasure may empty it."""

    attempt_id = models.UUIDField(primary_key=True)
    started_at = models.DateTimeField()
    request_method = models.CharField(max_length=10)
    request_url = models.TextField()
    request_headers = models.JSONField()
    request_body = models.BinaryField(null=True)
    response_headers = models.JSONField(null=True)
    response_body = models.BinaryField(null=True)
    # Token and login requests that came before, and a first answer of 401: [{name, method, url, ...}, ...].
    steps = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = "distribution_exchange"
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")

    def __str__(self) -> str:
        return str(self.attempt_id)
