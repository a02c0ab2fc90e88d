"""Addresses of the intake."""

from django.urls import path

from distribution.api.views import LeadIntake, LeadIntakeByAddress, receive_leads

urlpatterns = [
    path("leads/", LeadIntake.as_view(), name="lead-intake"),
    path("leads/<str:token>/", LeadIntakeByAddress.as_view(), name="lead-intake-by-address"),
    # Without the last slash too: a redirect would lose what was posted.
    path("leads", receive_leads),
    path("leads/<str:token>", receive_leads),
]
