"""How and when a client's leads are transmitted.

A `Rule` owns client, name, state and which leads it takes; a `RuleVersion` owns what is sent. The rule names its
live version and its draft. That a live version sends the routing ID is guarded by the database itself
(migration `0002_guards`).
"""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from distribution.choices import AuthKind, BodyFormat, JsonType, Method, OtherAnswers, Placement, SourcesMode, Transform
from distribution.models.choosing import Choosing
from distribution.models.traffic import Traffic
from distribution.rules.values import ROUTING_SOURCES, SECRET


class RuleQuerySet(models.QuerySet["Rule"]):
    """Vocabulary for many rules."""

    def active(self) -> "RuleQuerySet":
        """Rules that take leads, paused ones included: their leads wait."""
        return self.filter(is_active=True, client__is_active=True)

    def found_by(self, term: str) -> "RuleQuerySet":
        """Rules in use with `term` in their name or their live address; they are few enough to be read through."""
        return self.filter(Q(name__icontains=term) | Q(live_version__url__icontains=term), deleted_at__isnull=True)

    def taking(self, source_id: int) -> "RuleQuerySet":
        """Active rules that take the leads of a source."""
        return self.active().filter(
            Q(sources_mode=SourcesMode.ALL) | Q(sources_mode=SourcesMode.SOME, sources=source_id)
        )


class Rule(Choosing, Traffic):
    """A client's transmission rule: which leads it takes and by which version it sends them."""

    client = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="rules", verbose_name=_("client"))
    name = models.CharField(_("rule name"), max_length=100)
    is_active = models.BooleanField(_("active"), default=False)
    sources_mode = models.CharField(
        _("takes leads of"),
        max_length=10,
        choices=SourcesMode.choices,
        blank=True,
        default="",
    )
    sources = models.ManyToManyField("distribution.Source", blank=True, related_name="rules", verbose_name=_("sources"))
    live_version = models.OneToOneField(
        "distribution.RuleVersion", models.PROTECT, null=True, editable=False, related_name="live_for"
    )
    draft_version = models.OneToOneField(
        "distribution.RuleVersion", models.SET_NULL, null=True, editable=False, related_name="draft_for"
    )
    allow_http = models.BooleanField(
        _("allow an unencrypted address (http://)"),
        default=False,
        help_text=_("Leads then travel readable for everybody on the way. Only where the client has nothing better."),
    )
    # Counts every change to the live mappings, so that such a change and an activation at the same time exclude
    # each other under every isolation level (see the guard in migration 0002).
    guard_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("transmission rule")
        verbose_name_plural = _("transmission rules")
        ordering = ["client", "id"]
        permissions = [("allow_http_rule", _("Can allow unencrypted addresses"))]
        constraints = [
            models.CheckConstraint(
                name="rule_active_has_live_version",
                condition=Q(is_active=False) | Q(live_version__isnull=False),
                violation_error_message=_("Save what the rule sends before switching it on."),
            ),
            models.CheckConstraint(
                name="rule_active_knows_its_sources",
                condition=Q(is_active=False) | ~Q(sources_mode=""),
                violation_error_message=_("Choose which sources' leads this rule takes before switching it on."),
            ),
            models.CheckConstraint(
                name="rule_deleted_is_inactive",
                condition=Q(is_active=False) | Q(deleted_at__isnull=True),
                violation_error_message=_("A deleted rule cannot be active."),
            ),
            models.CheckConstraint(
                name="rule_priority_and_share",
                condition=Q(priority__gte=1, weight__gte=1),
                violation_error_message=_("Priority and share are numbers from 1 on."),
            ),
        ]
        indexes = [
            # matching: active rules for all sources (those for some are found through the sources table)
            models.Index(fields=["sources_mode"], name="rule_active", condition=Q(is_active=True)),
        ]

    def __str__(self) -> str:
        return self.name


class RuleVersion(models.Model):
    """What a rule sends: request, credentials, mappings. Never changed once it went live."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="versions", verbose_name=_("transmission rule"))
    number = models.PositiveIntegerField(_("version"))
    method = models.CharField(_("method"), max_length=10, choices=Method.choices, default=Method.POST)
    url = models.CharField(_("address"), max_length=2000)
    body_format = models.CharField(_("body"), max_length=20, choices=BodyFormat.choices, default=BodyFormat.JSON)
    charset = models.CharField(_("character set"), max_length=40, default="utf-8")
    is_lossy = models.BooleanField(_("send ? for letters that the character set lacks"), default=False)
    template = models.TextField(_("template"), max_length=100_000, blank=True)
    soap_action = models.CharField("SOAPAction", max_length=200, blank=True)
    mail_subject = models.CharField(_("subject of the mail"), max_length=150, blank=True)
    mail_text = models.TextField(_("opening words of the mail"), max_length=2000, blank=True)
    sandbox_url = models.CharField(_("address for tests"), max_length=2000, blank=True)
    auth_kind = models.CharField(_("authentication"), max_length=10, choices=AuthKind.choices, default=AuthKind.NONE)
    auth_username = models.CharField(_("user name"), max_length=200, blank=True)
    auth_secret = models.BinaryField(null=True, editable=False)
    # What the kind of authentication needs beside user name and secret; see `rules.authentication.AuthOptions`.
    auth_options = models.JSONField(default=dict, blank=True)
    signing_secret = models.BinaryField(null=True, editable=False)
    ca_certificate = models.TextField(_("certificate authority of its own (PEM)"), max_length=20_000, blank=True)
    timeout_s = models.PositiveSmallIntegerField(
        _("timeout (seconds)"), default=20, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    other_answers = models.CharField(
        _("any other answer of success"),
        max_length=10,
        choices=OtherAnswers.choices,
        default=OtherAnswers.HELD,
        help_text=_("What an answer of success (2xx) means that none of the rules fits, once a rule says “accepted”."),
    )
    answer_charset = models.CharField(_("character set of the answers"), max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    edited_at = models.DateTimeField(default=timezone.now, editable=False)
    # When a test send by it, as it is now, was accepted.
    tested_at = models.DateTimeField(null=True, editable=False)
    activated_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("rule version")
        verbose_name_plural = _("rule versions")
        ordering = ["rule", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="version_number_per_rule"),
            models.CheckConstraint(
                name="version_get_has_no_body",
                condition=~Q(method=Method.GET) | Q(body_format=BodyFormat.QUERY),
                violation_error_message=_("A GET request has no body: send the fields as parameters in the address."),
            ),
            models.CheckConstraint(
                name="version_timeout",
                condition=Q(timeout_s__gte=1, timeout_s__lte=120),
                violation_error_message=_("The timeout is between 1 and 120 seconds."),
            ),
            models.CheckConstraint(name="version_url", condition=~Q(url="")),
            models.CheckConstraint(
                name="version_mail_has_mail_address",
                condition=Q(body_format=BodyFormat.MAIL, url__startswith="mailto:")
                | (~Q(body_format=BodyFormat.MAIL) & ~Q(url__startswith="mailto:")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}/{self.number}"

    @property
    def is_mail(self) -> bool:
        """Whether leads go to a person by e-mail, not to a system."""
        return self.body_format == BodyFormat.MAIL

    @property
    def mail_to(self) -> str:
        """The e-mail address, empty for a rule that sends over HTTP."""
        return self.url.removeprefix("mailto:") if self.is_mail else ""


class FieldMapping(models.Model):
    """One value that a request carries: our field under the name it has in the client's system."""

    version = models.ForeignKey(RuleVersion, models.CASCADE, related_name="mappings")
    position = models.PositiveSmallIntegerField(default=0)
    placement = models.CharField(_("where"), max_length=10, choices=Placement.choices, default=Placement.FIELD)
    source = models.CharField(_("our field"), max_length=50)
    source_key = models.CharField(_("name of the further field"), max_length=200, blank=True)
    name = models.CharField(_("name in the client's system"), max_length=200)
    constant = models.CharField(_("fixed value"), max_length=2000, blank=True)
    # A secret fixed value, encrypted, and the placeholder that stands for it wherever a request is stored.
    secret = models.BinaryField(null=True, editable=False)
    secret_slot = models.CharField(max_length=40, blank=True, editable=False)
    joined_source = models.CharField(_("followed by"), max_length=50, blank=True)
    joined_key = models.CharField(_("name of the further field"), max_length=200, blank=True)
    separator = models.CharField(_("with this between them"), max_length=20, blank=True, default=" ")
    transform = models.CharField(_("form"), max_length=30, choices=Transform.choices, blank=True, default="")
    date_format = models.CharField(_("date format"), max_length=50, blank=True)
    value_table = models.JSONField(_("value table"), default=dict, blank=True)
    default = models.CharField(_("when empty"), max_length=200, blank=True)
    max_length = models.PositiveSmallIntegerField(_("longest length"), null=True, blank=True)
    json_type = models.CharField(_("type in JSON"), max_length=10, choices=JsonType.choices, blank=True, default="")
    is_always_sent = models.BooleanField(_("send it even when empty"), default=False)

    class Meta:
        verbose_name = _("field mapping")
        verbose_name_plural = _("field mappings")
        ordering = ["version", "position", "id"]
        constraints = [
            models.CheckConstraint(
                name="mapping_has_a_name",
                condition=~Q(name=""),
                violation_error_message=_("Give the name of the field in the client's system."),
            ),
            models.CheckConstraint(
                name="mapping_routing_id_unchanged",
                condition=~Q(source__in=ROUTING_SOURCES)
                | Q(transform="", value_table={}, default="", constant="", joined_source="", max_length__isnull=True),
                violation_error_message=_("The routing ID is sent as it is: remove the form, table and default value."),
            ),
            models.UniqueConstraint(
                fields=["version", "placement", "name"],
                name="mapping_name_once",
                # Forms and addresses may repeat a name: that is how they carry a list.
                condition=Q(placement__in=[Placement.HEADER, Placement.SLOT]),
                violation_error_message=_("Two mappings send a field of the same name. Keep one of them."),
            ),
            models.CheckConstraint(
                name="mapping_slot_name",
                condition=~Q(placement=Placement.SLOT) | Q(name__regex=r"^[A-Za-z][A-Za-z0-9_]*$"),
                violation_error_message=_("The name of a slot has English letters, digits and _ only."),
            ),
            models.CheckConstraint(
                name="mapping_secret_has_slot",
                condition=Q(source=SECRET, secret__isnull=False, secret_slot__regex=r"^[A-Za-z0-9]{32,}$")  # noqa: S106
                | (~Q(source=SECRET) & Q(secret__isnull=True, secret_slot="")),
                violation_error_message=_("Enter the secret value that the client gave."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.name}"
