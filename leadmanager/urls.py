"""Every address of the product."""

from django.contrib import admin
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path, re_path

from feedback.api.base import NoSuchAddress
from feedback.api.developer_page import developer_page
from feedback.api.docs_view import SchemaView, api_docs
from feedback.api.link_page import link_page
from feedback.api.odata_model import SERVICE
from leadmanager import error_pages
from leadmanager.health import alive, ready
from leadmanager.operation.metrics import metrics

# In the order of how often they are asked for: each that is tried before costs time.
urlpatterns = [
    *SERVICE.urls,
    path("api/v1/", include("distribution.api.urls")),
    path("api/v1/", include("feedback.api.urls")),
    path("", lambda request: redirect("admin:index"), name="home"),
    path("favicon.ico", lambda request: redirect(static("leadmanager/favicon.svg"), permanent=True)),
    path("healthz", alive, name="healthz"),
    path("readyz", ready, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("api/schema/", SchemaView.as_view(), name="api-schema"),
    path("api/docs/", api_docs, name="api-docs"),
    path("api/developers/", developer_page, name="developer-page"),
    re_path(r"^api(?:/|$)", NoSuchAddress.as_view()),
    path("f/<str:token>/<int:reason_id>", link_page, name="feedback-link"),
    path("kit/", include("feedback.api.kit.urls")),
    path("admin/i18n/", include("leadmanager.language_urls")),
    path("admin/", admin.site.urls),
]

handler400 = error_pages.bad_request
handler404 = error_pages.not_found
handler500 = error_pages.server_error
