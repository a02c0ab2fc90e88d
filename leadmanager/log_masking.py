"""Intake tokens and kit links stand in addresses; in logs they do not."""

import logging
import re

_TOKEN = re.compile(r"(/api/v1/leads/|/kit/)[^/\s?\"']+")


class MaskTokens(logging.Filter):
    """Put `***` in the place of the token in every logged address that has one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record's message; nothing is held back."""
        message = record.getMessage()
        if "/api/v1/leads/" in message or "/kit/" in message:
            record.msg, record.args = _TOKEN.sub(r"\1***", message), ()
        return True
