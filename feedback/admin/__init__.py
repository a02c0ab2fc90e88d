"""Screens of this app, one module each."""

from feedback.admin import activity_tab, client_tab, kit_tab, lead_panel, list_exports, routings_tab
from feedback.admin.feedback_list import FeedbackAdmin
from feedback.admin.reasons import ReasonAdmin
from feedback.admin.routing_list import RoutingAdmin
from feedback.admin.scheduled_reports import ScheduledReportAdmin

__all__ = [
    "FeedbackAdmin",
    "ReasonAdmin",
    "RoutingAdmin",
    "ScheduledReportAdmin",
    "activity_tab",
    "client_tab",
    "kit_tab",
    "lead_panel",
    "list_exports",
    "routings_tab",
]
