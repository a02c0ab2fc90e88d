"""One person's enquiry."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from distribution.choices import Origin

# Words are parted here and not by the text search parser, which takes the Hebrew hyphen (בן־דוד) for a letter in one
# locale and for a sign in another.
WORD_SIGNS = "־-–'\"׳״.,/()"
NAME_WORDS = SearchVector(
    Func(F("name"), Value(WORD_SIGNS), Value(" " * len(WORD_SIGNS)), function="translate", output_field=TextField()),
    config="simple",
)


class LeadQuerySet(models.QuerySet["Lead"]):
    """Vocabulary for many leads."""

    def real(self) -> "LeadQuerySet":
        """Leads of people: neither a source's own test nor a client's test lead."""
        return self.filter(is_test=False)


class Lead(models.Model):
    """A person with what they asked for. Further fields stay in `data` under the names they came with."""

    source = models.ForeignKey(
        "distribution.Source", models.PROTECT, null=True, related_name="leads", verbose_name=_("source")
    )
    external_id = models.CharField(  # noqa: DJ001 - without an id a lead repeats no other; only NULL is never equal
        _("id at the source"),
        max_length=200,
        null=True,
        blank=True,
    )
    origin = models.CharField(_("came in"), max_length=10, choices=Origin.choices, default=Origin.API)
    name = models.CharField(_("name"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    phone_normalized = models.CharField(max_length=40, blank=True, editable=False)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    notes = models.TextField(_("notes"), blank=True, max_length=10_000)
    consent = models.BooleanField(_("consent to marketing"), null=True, blank=True)
    data = models.JSONField(_("further fields"), default=dict, blank=True)
    is_test = models.BooleanField(_("test"), default=False, editable=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    lead_import = models.ForeignKey(
        "distribution.LeadImport", models.SET_NULL, null=True, editable=False, related_name="leads"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("entered by"),
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = LeadQuerySet.as_manager()

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                name="lead_external_id_per_source",
                violation_error_message=_("This source has sent a lead with this id already."),
            ),
            models.CheckConstraint(
                name="lead_has_a_source",
                condition=Q(source__isnull=False) | Q(origin=Origin.TEST),
                violation_error_message=_("Choose the source that the lead comes from."),
            ),
            models.CheckConstraint(
                name="lead_can_be_reached",
                condition=~Q(phone="") | ~Q(email=""),
                violation_error_message=_("A lead needs a phone or an e-mail address."),
            ),
        ]
        indexes = [
            models.Index(fields=["source", "-id"], name="lead_source"),  # the list filtered by source
            models.Index(fields=["-received_at"], name="lead_received"),  # the list by date, counts of today
            # search by exact or beginning of phone; repeats of a person within a source
            models.Index(OpClass("phone_normalized", name="varchar_pattern_ops"), name="lead_phone"),
            models.Index(OpClass(Lower("email"), name="text_pattern_ops"), name="lead_email"),  # search by e-mail
            # the list filtered by what few leads are; those that come in over HTTP pay nothing for it
            models.Index(fields=["-id"], name="lead_test", condition=Q(is_test=True)),
            models.Index(
                fields=["origin", "-id"],
                name="lead_by_hand_or_file",
                condition=Q(origin__in=[Origin.IMPORT, Origin.MANUAL]),
            ),
            GinIndex(NAME_WORDS, name="lead_name_words"),  # search by words of the name
        ]

    def __str__(self) -> str:
        return self.name or self.phone or self.email
