"""The distribution app: leads in, leads out."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DistributionConfig(AppConfig):
    """Sources, leads, rules, routings, deliveries."""

    name = "distribution"
    verbose_name = _("Leads")

    def ready(self) -> None:
        """Register the system checks of transmission, and what is watched."""
        from distribution import checks  # noqa: F401
        from distribution.queries import alarm_sightings, caps_reached, silence  # noqa: F401
