"""The closed vocabularies of accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a user is: one of the agency's people, or a client that leads are passed to."""

    STAFF = "staff", _("staff member")
    CLIENT = "client", _("client")


class Language(models.TextChoices):
    """Languages of the screens, of reason names and of error messages."""

    HEBREW = "he", _("Hebrew")
    ENGLISH = "en", _("English")
