"""The product's settings for transmit processes under test: retries within seconds instead of days."""

from leadmanager.settings import *  # noqa: F403

TRANSMIT_BACKOFF_S = [1] * 30
