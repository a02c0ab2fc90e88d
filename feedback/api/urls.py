"""Addresses of the REST doors, with and without the last slash: a redirect would lose the body of a POST."""

from django.urls import re_path

from feedback.api import views

_UUID = r"(?P<pk>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"

urlpatterns = [
    re_path(r"^routings/?$", views.RoutingListView.as_view(), name="api-routings"),
    re_path(rf"^routings/{_UUID}/?$", views.RoutingView.as_view(), name="api-routing"),
    re_path(r"^feedback/?$", views.FeedbackListView.as_view(), name="api-feedback"),
    re_path(rf"^feedback/{_UUID}/?$", views.FeedbackView.as_view(), name="api-feedback-one"),
    re_path(r"^reasons/?$", views.ReasonListView.as_view(), name="api-reasons"),
    re_path(r"^reasons/(?P<pk>[0-9]{1,9})/?$", views.ReasonView.as_view(), name="api-reason"),
]
