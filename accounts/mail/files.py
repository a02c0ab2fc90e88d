"""Where mails go while no mail server is set: one .eml file each, which every mail program opens."""

import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9.@-]")


class EmailBackend(BaseEmailBackend):
    """Writes `<Message-ID>.eml` into `EMAIL_FILE_PATH`; the same mail sent again is the same file."""

    def __init__(self, fail_silently: bool = False, file_path: str | Path | None = None, **_server: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self._directory = Path(file_path or settings.EMAIL_FILE_PATH or "")

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the mails; each file appears whole. Raises `OSError` when the directory cannot be written."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for email in email_messages:
            message = email.message()
            name = _NOT_IN_A_NAME.sub("_", str(message["Message-ID"]).strip("<>"))[:150]
            unfinished = self._directory / f".{name}.{secrets.token_hex(4)}"
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(message.as_bytes())
            unfinished.replace(self._directory / f"{name}.eml")
        return len(email_messages)
