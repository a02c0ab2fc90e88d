"""The distribution app: leads in, leads out."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DistributionConfig(AppConfig):
    """Sources, leads, rules, routings, deliveries."""

    name = "distribution"
    verbose_name = _("Leads")
