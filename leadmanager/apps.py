"""The wiring app and the admin it puts in place of Django's own."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class LeadManagerConfig(AppConfig):
    """Settings, addresses and pages composed of several apps; no models."""

    name = "leadmanager"
    verbose_name = _("Lead Manager")

    def ready(self) -> None:
        """Register the system checks of this installation, and the quick reader of timestamps."""
        from leadmanager import checks, quick_timestamps  # noqa: F401

        quick_timestamps.register()


class LeadManagerAdminConfig(AdminConfig):
    """Django's admin with our site as the default one, so that every app registers on it unknowingly."""

    default_site = "leadmanager.admin_site.LeadManagerAdminSite"
