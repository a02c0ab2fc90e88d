"""Reading a client's answer as text, in whatever character set it came."""

import codecs
import re
from collections.abc import Sequence

EXCERPT = 300

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_XML_ENCODING = re.compile(r"\A\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What Israeli systems answer in when they do not say.
_GUESSES = ("utf-8", "windows-1255")


def content_type(headers: Sequence[tuple[str, str]]) -> str:
    """Give the answer's Content-Type, empty when it names none."""
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def is_charset(name: str) -> bool:
    """Whether a name is a character set that texts can be read in."""
    try:
        return codecs.lookup(name)._is_text_encoding
    except (LookupError, UnicodeError, ValueError):
        return False


def decode(headers: Sequence[tuple[str, str]], body: bytes, *, charset: str = "") -> str:
    """Give an answer's text; never fails.

    Tried in this order: `charset` (what the rule names), the byte order mark, the Content-Type, the XML declaration
    or the page's own <meta>, UTF-8, windows-1255. What the database cannot hold (NUL, halves of a surrogate pair)
    becomes U+FFFD.
    """
    for name in (charset, *_declared(headers, body), *_GUESSES):
        if name and is_charset(name):
            try:
                return storable(body.decode(name))
            except (LookupError, UnicodeError, ValueError):
                continue
    return storable(body.decode("utf-8", "replace"))


def _declared(headers: Sequence[tuple[str, str]], body: bytes) -> list[str]:
    beginning = body[:1024].decode("latin-1")
    marks = [name for mark, name in _BYTE_ORDER_MARKS if body.startswith(mark)]
    found = (_CHARSET.search(content_type(headers)), _XML_ENCODING.search(beginning), _CHARSET.search(beginning))
    return [*marks, *(match[1] for match in found if match)]


def storable(text: str) -> str:
    """Give a text as the database can hold it."""
    text = text.replace("\x00", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text)
    return text


def excerpt(status: int, headers: Sequence[tuple[str, str]], body: bytes, *, charset: str = "") -> str:
    """Give the status and the beginning of what a client's system said, on one line."""
    said = " ".join(decode(headers, body[:2_000], charset=charset).split())[:EXCERPT]
    return f"HTTP {status}: {said}" if said else f"HTTP {status}"
