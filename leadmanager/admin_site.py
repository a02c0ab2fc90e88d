"""The admin site: Django's own, with our name, our navigation and our first page."""

import functools
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ERROR_FLAG
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts.login_form import LoginForm
from distribution.queries import open_alarm_count
from leadmanager.dashboard import dashboard, live_panel
from leadmanager.navigation import ALARMS, navigation
from leadmanager.search import search
from leadmanager.settings_pages import routing_settings

View = Callable[..., HttpResponseBase]


class LeadManagerAdminSite(admin.AdminSite):
    """The staff's workplace."""

    site_title = _("Lead Manager")
    site_header = _("Lead Manager")
    index_title = _("Dashboard")
    enable_nav_sidebar = False
    login_form = LoginForm

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the pages that gather what several apps have."""
        from feedback.admin import reports

        return [
            path("dashboard/live/", self._dashboard_live, name="dashboard_live"),
            path("search/", self.admin_view(self._search), name="search"),
            path("settings/routing/", self.admin_view(self._routing_settings), name="routing_settings"),
            path("feedback/guide/", self.admin_view(self._sending_guide), name="feedback_sending_guide"),
            path("feedback/feasibility/", self.admin_view(self._feasibility), name="feedback_feasibility"),
            *reports.urls(self),
            *super().get_urls(),
        ]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Let in who may, whatever stands behind the question mark of the address."""
        return super().admin_view(_any_query(view), cacheable)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the dashboard."""
        return dashboard(request, self)

    def _dashboard_live(self, request: HttpRequest) -> HttpResponse:
        # Whoever was logged out meanwhile gets the login page, not one inside a panel.
        if not self.has_permission(request):
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Refresh": "true"})
        return never_cache(live_panel)(request)

    def _search(self, request: HttpRequest) -> HttpResponse:
        return search(request, self)

    def _routing_settings(self, request: HttpRequest) -> HttpResponse:
        return routing_settings(request, self)

    def _sending_guide(self, request: HttpRequest) -> HttpResponse:
        from feedback.admin.guide import sending_guide

        return sending_guide(request, self)

    def _feasibility(self, request: HttpRequest) -> HttpResponse:
        from feedback.admin.guide import feasibility

        return feasibility(request, self)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the navigation and the number of alarms that every page shows."""
        sees_alarms = request.user.has_perm("distribution.view_alarm")
        alarms = open_alarm_count() if sees_alarms else 0
        return super().each_context(request) | {
            "navigation": navigation(request, {ALARMS: alarms}),
            "sees_alarms": sees_alarms,
            "alarm_count": alarms,
        }


def _any_query(view: View) -> View:
    """Start a page afresh whose query nobody can answer, such as `name__regex=(` or a year beyond all calendars.

    Stock admin does so for what it cannot turn into a query, and gives an error page for what PostgreSQL refuses.
    """

    @functools.wraps(view)
    def forgiving(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (DataError, OverflowError):
            if request.method != "GET" or not request.GET or ERROR_FLAG in request.GET:
                raise
            return redirect(f"{request.path}?{ERROR_FLAG}=1")

    return forgiving
