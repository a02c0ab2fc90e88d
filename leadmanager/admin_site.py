"""The admin site: Django's own, with our name, our navigation and our first page."""

from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from leadmanager.dashboard import dashboard, live_panel
from leadmanager.navigation import navigation
from leadmanager.settings_pages import routing_settings


class LeadManagerAdminSite(admin.AdminSite):
    """The staff's workplace."""

    site_title = _("Lead Manager")
    site_header = _("Lead Manager")
    index_title = _("Dashboard")
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the pages that gather what several apps have."""
        return [
            path("dashboard/live/", self._dashboard_live, name="dashboard_live"),
            path("settings/routing/", self.admin_view(self._routing_settings), name="routing_settings"),
            path("feedback/guide/", self.admin_view(self._sending_guide), name="feedback_sending_guide"),
            path("feedback/feasibility/", self.admin_view(self._feasibility), name="feedback_feasibility"),
            *super().get_urls(),
        ]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the dashboard."""
        return dashboard(request, self)

    def _dashboard_live(self, request: HttpRequest) -> HttpResponse:
        # Whoever was logged out meanwhile gets the login page, not one inside a panel.
        if not self.has_permission(request):
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Refresh": "true"})
        return never_cache(live_panel)(request)

    def _routing_settings(self, request: HttpRequest) -> HttpResponse:
        return routing_settings(request, self)

    def _sending_guide(self, request: HttpRequest) -> HttpResponse:
        from feedback.admin.guide import sending_guide

        return sending_guide(request, self)

    def _feasibility(self, request: HttpRequest) -> HttpResponse:
        from feedback.admin.guide import feasibility

        return feasibility(request, self)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the navigation that every page shows."""
        return super().each_context(request) | {"navigation": navigation(request)}
