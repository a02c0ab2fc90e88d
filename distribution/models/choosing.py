"""Which leads a rule takes beside their sources, and its place among the other rules."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from distribution.rules import match_words


class Choosing(models.Model):
    """The part of a rule that matching goes by: `selection` is `rules.selection.Selection` as JSON.

    `selection_revision` is another after every change, and 0 where nothing is asked of a lead.
    """

    selection = models.JSONField(default=dict, db_default={}, blank=True, editable=False)
    selection_revision = models.BigIntegerField(default=0, db_default=0, editable=False)
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        default=5,
        db_default=5,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text=_("1 is asked first. It matters where a rule takes leads for its client alone."),
    )
    is_exclusive = models.BooleanField(
        _("exclusive"),
        default=False,
        db_default=False,
        help_text=_("A lead that this rule takes goes to no other client."),
    )
    weight = models.PositiveSmallIntegerField(
        _("share"),
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_(
            "Exclusive rules of the same priority share the leads: one with 2 gets twice as many as one with 1."
        ),
    )

    class Meta:
        abstract = True

    @property
    def asks(self) -> list[str]:
        """What it asks of a lead beside its source, in short."""
        return match_words.summary(self.selection)
