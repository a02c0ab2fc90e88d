"""The closed vocabularies of accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a user is: one of the agency's people, or a client that leads are passed to."""

    STAFF = "staff", _("staff member")
    CLIENT = "client", _("client")


class Overlap(models.TextChoices):
    """For how long the old key goes on beside the one that replaces it."""

    NONE = "none", _("not at all: the old key ends now")
    DAY = "day", _("24 hours")
    WEEK = "week", _("7 days")
    BY_HAND = "by_hand", _("until somebody revokes it")


class Language(models.TextChoices):
    """Languages of the screens, of reason names and of error messages."""

    HEBREW = "he", _("Hebrew")
    ENGLISH = "en", _("English")
