"""Every address of the product."""

from django.contrib import admin
from django.shortcuts import redirect
from django.urls import include, path

from leadmanager.health import alive, ready

urlpatterns = [
    path("", lambda request: redirect("admin:index"), name="home"),
    path("healthz", alive, name="healthz"),
    path("readyz", ready, name="readyz"),
    path("admin/i18n/", include("leadmanager.language_urls")),
    path("admin/", admin.site.urls),
]
