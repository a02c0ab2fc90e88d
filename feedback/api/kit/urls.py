"""Addresses behind a kit's link."""

from django.urls import path

from feedback.api.kit import try_it, views

urlpatterns = [
    path("<slug:token>/", views.kit_page, name="kit"),
    path("<slug:token>/key/", views.kit_key, name="kit-key"),
    path("<slug:token>/try/", try_it.try_page, name="kit-try"),
    path("<slug:token>/files/<str:name>", views.kit_file, name="kit-file"),
]
