"""How a rule version reads the answers of the client's system, and answers kept as examples."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from distribution.choices import AnswerMeaning, AnswerPart, AnswerTest, CaptureTarget, SampleKind

_PLACED = (AnswerPart.JSON, AnswerPart.XML, AnswerPart.HEADER)


class ResponseRule(models.Model):
    """One line of a version's response rules: an answer that fits it means this. The first that fits decides.

    An answer fits when its status is among `statuses` (empty: all) and what stands at `part` and `place` passes the
    test. The reason shown to staff is taken from the answer, else it is the fixed text.
    """

    version = models.ForeignKey("distribution.RuleVersion", models.CASCADE, related_name="response_rules")
    position = models.PositiveSmallIntegerField(default=0)
    statuses = models.CharField(_("status"), max_length=100, blank=True)
    part = models.CharField(_("looks at"), max_length=10, choices=AnswerPart.choices, default=AnswerPart.BODY)
    place = models.CharField(_("path or header"), max_length=300, blank=True)
    test = models.CharField(_("test"), max_length=10, choices=AnswerTest.choices, default=AnswerTest.CONTAINS)
    value = models.CharField(_("text"), max_length=1000, blank=True)
    meaning = models.CharField(_("means"), max_length=10, choices=AnswerMeaning.choices)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    reason_part = models.CharField(_("reason from"), max_length=10, choices=AnswerPart.choices, blank=True)
    reason_place = models.CharField(_("path or header of the reason"), max_length=300, blank=True)
    reason_pattern = models.CharField(_("pattern of the reason"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("response rule")
        verbose_name_plural = _("response rules")
        ordering = ["version", "position", "id"]
        constraints = [
            models.CheckConstraint(
                name="response_rule_asks_something",
                condition=~Q(part=AnswerPart.STATUS) | ~Q(statuses=""),
                violation_error_message=_("Say which statuses this is about, such as 409 or 4xx."),
            ),
            models.CheckConstraint(
                name="response_rule_has_its_place",
                condition=~Q(part__in=_PLACED) | ~Q(place=""),
                violation_error_message=_("Give the path or the name of the header."),
            ),
            models.CheckConstraint(
                name="response_rule_has_its_text",
                condition=Q(part=AnswerPart.STATUS) | Q(test=AnswerTest.EXISTS) | ~Q(value=""),
                violation_error_message=_("Give the text to look for."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}/{self.position}"


class Capture(models.Model):
    """A value that is taken from every answer which has it: the client's own id of the lead, or one under a name.

    `pattern` says which part of what stands there counts: its first group.
    """

    version = models.ForeignKey("distribution.RuleVersion", models.CASCADE, related_name="captures")
    position = models.PositiveSmallIntegerField(default=0)
    target = models.CharField(
        _("is"), max_length=10, choices=CaptureTarget.choices, default=CaptureTarget.CLIENT_REFERENCE
    )
    name = models.CharField(_("our name"), max_length=50, blank=True)
    part = models.CharField(_("looks at"), max_length=10, choices=AnswerPart.choices, default=AnswerPart.JSON)
    place = models.CharField(_("path or header"), max_length=300, blank=True)
    pattern = models.CharField(_("pattern"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("capture")
        verbose_name_plural = _("captures")
        ordering = ["version", "position", "id"]
        constraints = [
            models.CheckConstraint(
                name="capture_value_has_a_name",
                condition=Q(target=CaptureTarget.CLIENT_REFERENCE) | ~Q(name=""),
                violation_error_message=_("Give the value a name."),
            ),
            models.CheckConstraint(
                name="capture_has_its_place",
                condition=~Q(part__in=_PLACED) | ~Q(place=""),
                violation_error_message=_("Give the path or the name of the header."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}/{self.name or self.target}"


class AnswerSample(models.Model):
    """An answer kept as an example of success or failure; a rule's drafts are checked against its samples."""

    rule = models.ForeignKey("distribution.Rule", models.CASCADE, related_name="samples")
    kind = models.CharField(_("example of"), max_length=10, choices=SampleKind.choices)
    status = models.PositiveSmallIntegerField(_("status"))
    headers = models.JSONField(default=list)  # [[name, value], ...], secrets masked
    body = models.BinaryField(default=bytes)
    attempt_id = models.UUIDField(editable=False)
    # An answer may repeat what was sent: it goes when the routing does.
    routing = models.ForeignKey("distribution.Routing", models.CASCADE, related_name="+", editable=False)
    created_at = models.DateTimeField(_("kept"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = _("sample answer")
        verbose_name_plural = _("sample answers")
        ordering = ["rule", "kind", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "attempt_id"],
                name="sample_once_per_attempt",
                violation_error_message=_("This answer is kept already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.status}"
