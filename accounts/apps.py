"""The accounts app: who may come in."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Users (staff and clients are users) and API keys."""

    name = "accounts"
    verbose_name = _("Users")
