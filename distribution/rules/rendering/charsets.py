"""The character set that a client's system reads, and what becomes of letters it does not have."""

import codecs
import re
import string
from urllib.parse import quote

from distribution.rules.rendering.request import RenderFailure

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,39}")


class CharsetUnknown(ValueError):
    """No character set goes by this name, or one in which not even English letters are themselves."""


def check_charset(name: str) -> None:
    """Accept the name of a character set that contains ASCII (UTF-8, windows-1255, ISO-8859-8, ...).

    Raises `CharsetUnknown`; also for UTF-16 and its like, which no header, form or address can announce.
    """
    try:
        # Python reads names generously; a header must not.
        if not _NAME.fullmatch(name) or string.printable.encode(name) != string.printable.encode("ascii"):
            raise CharsetUnknown(name)
    except (LookupError, UnicodeError, ValueError, TypeError):
        raise CharsetUnknown(name) from None


class Charset:
    """Writes text for one client's system. A letter that the character set lacks is a failure that holds the
    delivery, or a question mark where the rule says so (`is_lossy`)."""

    def __init__(self, name: str, *, is_lossy: bool) -> None:
        self.name = name
        try:
            check_charset(name)
        except CharsetUnknown:
            raise RenderFailure("charset_unknown", name) from None
        self.is_utf8 = codecs.lookup(name).name == "utf-8"
        self._errors = "replace" if is_lossy else "strict"

    def encode(self, text: str, place: str) -> bytes:
        """Give the bytes of a text; raises `RenderFailure` naming `place` and the letter."""
        try:
            return text.encode(self.name, self._errors)
        except UnicodeEncodeError as error:
            raise self._failure(error, place) from None

    def percent(self, text: str, place: str) -> str:
        """Give a text as one value of a form or an address (RFC 3986, 2.1), bytes by the character set."""
        try:
            return quote(text, safe="", encoding=self.name, errors=self._errors)
        except UnicodeEncodeError as error:
            raise self._failure(error, place) from None

    def _failure(self, error: UnicodeEncodeError, place: str) -> RenderFailure:
        letter = error.object[error.start]
        if "\ud800" <= letter <= "\udfff":  # half a character: no character set has it
            return RenderFailure("render_failed", place)
        return RenderFailure("not_encodable", f"{place}: “{letter}” ({self.name})")

    @property
    def suffix(self) -> str:
        """What a Content-Type says of it; nothing for UTF-8, which JSON and forms are anyway."""
        return "" if self.is_utf8 else f"; charset={self.name}"
