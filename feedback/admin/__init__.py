"""Screens of this app, one module each."""

from feedback.admin import client_tab, kit_tab, lead_panel, routings_tab
from feedback.admin.feedback_list import FeedbackAdmin
from feedback.admin.reasons import ReasonAdmin

__all__ = ["FeedbackAdmin", "ReasonAdmin", "client_tab", "kit_tab", "lead_panel", "routings_tab"]
