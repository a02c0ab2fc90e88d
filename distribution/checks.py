"""System checks of transmission: a setting that would make every send fail is named at the start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from distribution.rules.address_policy import AllowedNetworkUnreadable, read_allowed_network


@register()
def allowed_networks_are_readable(**kwargs: Any) -> list[CheckMessage]:
    """Every entry of TRANSMIT_ALLOWED_NETWORKS must be CIDR:port."""
    found: list[CheckMessage] = []
    for text in settings.TRANSMIT_ALLOWED_NETWORKS:
        try:
            read_allowed_network(text)
        except AllowedNetworkUnreadable as error:
            found.append(
                Error(
                    f"TRANSMIT_ALLOWED_NETWORKS: {error}",
                    hint="Write networks with a port or *, separated by commas: 10.1.2.0/24:443,[fd00::/8]:*",
                    id="distribution.E001",
                )
            )
    return found
