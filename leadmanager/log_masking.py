"""Intake tokens, kit links and feedback links stand in addresses; in logs they do not."""

import logging
import re

_PLACES = ("/api/v1/leads/", "/kit/", "/f/")
_TOKEN = re.compile(rf"({'|'.join(_PLACES)})[^/\s?\"']+")


class MaskTokens(logging.Filter):
    """Put `***` in the place of the token in every logged address that has one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record's message; nothing is held back."""
        message = record.getMessage()
        if any(place in message for place in _PLACES):
            record.msg, record.args = _TOKEN.sub(r"\1***", message), ()
        return True
