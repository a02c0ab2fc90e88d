"""Reading a client's answer as text, in whatever character set it came."""

import codecs
import re
from collections.abc import Sequence

EXCERPT = 300

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
# What Israeli systems answer in when they do not say.
_GUESSES = ("utf-8", "windows-1255")


def content_type(headers: Sequence[tuple[str, str]]) -> str:
    """Give the answer's Content-Type, empty when it names none."""
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def decode(headers: Sequence[tuple[str, str]], body: bytes) -> str:
    """Give an answer's text: by its charset, else as UTF-8, else as windows-1255; never fails.

    NUL, which the database cannot hold, becomes U+FFFD.
    """
    declared = _CHARSET.search(content_type(headers)) or _CHARSET.search(body[:1024].decode("latin-1"))
    for charset in (*([declared[1]] if declared else []), *_GUESSES):
        try:
            codecs.lookup(charset)
            return body.decode(charset).replace("\x00", "\ufffd")
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return body.decode("utf-8", "replace").replace("\x00", "\ufffd")


def excerpt(status: int, headers: Sequence[tuple[str, str]], body: bytes) -> str:
    """Give the status and the beginning of what a client's system said, on one line."""
    said = " ".join(decode(headers, body[:2_000]).split())[:EXCERPT]
    return f"HTTP {status}: {said}" if said else f"HTTP {status}"
