"""Wrong settings are named before they do harm."""

from typing import Any

import pytest

from distribution.checks import allowed_networks_are_readable
from distribution.engine.wire import Wire
from distribution.rules.address_policy import AllowedNetworkUnreadable


def test_an_allow_list_that_cannot_be_read_is_an_error_with_an_id_and_a_hint(settings: Any) -> None:
    settings.TRANSMIT_ALLOWED_NETWORKS = ["10.1.2.0/24:443", "10.0.0.0/8", "[fd00::/8]:*"]
    (error,) = allowed_networks_are_readable()
    assert (error.id, "10.0.0.0/8" in error.msg, bool(error.hint)) == ("distribution.E001", True, True)
    with pytest.raises(AllowedNetworkUnreadable):
        Wire(allowed_networks=settings.TRANSMIT_ALLOWED_NETWORKS)


def test_a_sound_allow_list_passes(settings: Any) -> None:
    settings.TRANSMIT_ALLOWED_NETWORKS = ["127.0.0.0/8:*"]
    assert allowed_networks_are_readable() == []
