"""The admin site: Django's own, with our name, our navigation and our first page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class LeadManagerAdminSite(admin.AdminSite):
    """The staff's workplace."""

    site_title = _("Lead Manager")
    site_header = _("Lead Manager")
    index_title = _("Dashboard")
    enable_nav_sidebar = False

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the navigation that every page shows."""
        from leadmanager.navigation import navigation

        return super().each_context(request) | {"navigation": navigation(request)}
