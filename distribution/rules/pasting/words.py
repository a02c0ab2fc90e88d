"""Taking a command apart into its words, as bash or the Windows command line would; nothing is ever run.

Sources: POSIX.1-2024, Shell Command Language, 2.2 (quoting); GNU Bash manual, 3.1.2.4 (`$'...'`); Microsoft C runtime,
“Parsing C command-line arguments”, with the carets that cmd.exe takes away before.
"""

import re

from django.utils.translation import gettext_lazy as _

MAX_TEXT = 100_000  # characters
MAX_WORDS = 2_000

_CARETS = re.compile(r"\^\s*\n|\^[\"^&<>|%{}\\]")
_SLASHES = re.compile(r"\\+")
# Word processors make these of quotation marks.
_CURLY = str.maketrans("“”„‘’‚", "\"\"\"'''")
_ENDS = frozenset({"|", "||", "&&", ";", "&", ">", ">>", "<", "2>", "2>&1"})
_ANSI = {
    "n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip
_ANSI_CODE = re.compile(r"u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|x([0-9A-Fa-f]{1,2})|([0-7]{1,3})")


class PasteUnreadable(ValueError):
    """What was pasted cannot be understood at all; the message tells staff what to paste instead."""


def split_words(text: str) -> list[str]:
    """Give the words of the first command in a text; raises `PasteUnreadable`."""
    if len(text) > MAX_TEXT:
        raise PasteUnreadable(_("This is too long for one request. Paste the curl command only."))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").strip()
    if not any(quote in text for quote in "\"'"):
        text = text.translate(_CURLY)
    words = _windows_words(_without_carets(text)) if _CARETS.search(text) else _bash_words(text)
    for place, word in enumerate(words):
        if word in _ENDS:
            return words[:place]
    return words


def _bash_words(text: str) -> list[str]:
    words: list[str] = []
    word: str | None = None
    place = 0
    while place < len(text):
        sign = text[place]
        if sign.isspace():
            _finish(words, word)
            if sign == "\n" and words:
                return words
            word, place = None, place + 1
            continue
        word = word or ""
        if sign == "\\":
            following = text[place + 1 : place + 2]
            if following == "\n" and not word:
                word = None  # a line that goes on
            elif following != "\n":
                word += following
            place += 2
        elif sign == "'":
            end = _closing(text, "'", place + 1)
            word, place = word + text[place + 1 : end], end + 1
        elif sign == "$" and text[place + 1 : place + 2] == "'":
            part, place = _ansi_quoted(text, place + 2)
            word += part
        elif sign == '"':
            part, place = _double_quoted(text, place + 1)
            word += part
        else:
            word, place = word + sign, place + 1
    _finish(words, word)
    return words


def _finish(words: list[str], word: str | None) -> None:
    if word is not None:
        words.append(word)
    if len(words) > MAX_WORDS:
        raise PasteUnreadable(_("This is too long for one request. Paste the curl command only."))


def _closing(text: str, quote: str, start: int) -> int:
    end = text.find(quote, start)
    if end < 0:
        raise PasteUnreadable(_("A quotation mark is not closed. Copy the command whole, to its last line."))
    return end


def _double_quoted(text: str, place: int) -> tuple[str, int]:
    parts: list[str] = []
    while True:
        end = _closing(text, '"', place)
        stop = text.find("\\", place, end)
        if stop < 0:
            parts.append(text[place:end])
            return "".join(parts), end + 1
        parts.append(text[place:stop])
        following = text[stop + 1]
        if following not in '"\\$`\n':
            parts.append("\\" + following)
        elif following != "\n":
            parts.append(following)
        place = stop + 2


def _ansi_quoted(text: str, place: int) -> tuple[str, int]:
    parts: list[str] = []
    while True:
        end = _closing(text, "'", place)
        stop = text.find("\\", place, end)
        if stop < 0:
            parts.append(text[place:end])
            return "".join(parts), end + 1
        parts.append(text[place:stop])
        if code := _ANSI_CODE.match(text, stop + 1):
            octal = code[4]
            number = int(octal, 8) if octal else int(code[1] or code[2] or code[3], 16)
            parts.append(chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "")
            place = code.end()
        else:
            following = text[stop + 1]
            parts.append(_ANSI.get(following, "\\" + following))
            place = stop + 2


def _without_carets(text: str) -> str:
    """Do what cmd.exe does first: a caret outside quotes makes the next sign ordinary, a line's end among them."""
    signs: list[str] = []
    is_quoted, place = False, 0
    while place < len(text):
        sign = text[place]
        if sign == "^" and not is_quoted:
            following = text[place + 1 : place + 2]
            if following == "\n":  # the line goes on; a second line's end is a real one (Chrome writes them so)
                second = text[place + 2 : place + 3]
                signs.append("\n" if second == "\n" else " ")
                place += 3 if second == "\n" else 2
            else:
                signs.append(following)
                place += 2
            continue
        if sign == '"':
            is_quoted = not is_quoted
        signs.append(sign)
        place += 1
    return "".join(signs)


def _windows_words(text: str) -> list[str]:
    words: list[str] = []
    word: str | None = None
    is_quoted, place = False, 0
    while place < len(text):
        sign = text[place]
        if sign.isspace() and not is_quoted:
            _finish(words, word)
            word, place = None, place + 1
            continue
        word = word or ""
        if run := _SLASHES.match(text, place):
            slashes, place = len(run[0]), run.end()
            if text[place : place + 1] != '"':
                word += "\\" * slashes
                continue
            word += "\\" * (slashes // 2)
            if slashes % 2:
                word, place = word + '"', place + 1
            continue
        if sign == '"':
            if is_quoted and text[place + 1 : place + 2] == '"':
                word, place = word + '"', place + 2
                continue
            is_quoted = not is_quoted
        else:
            word += sign
        place += 1
    if is_quoted:
        raise PasteUnreadable(_("A quotation mark is not closed. Copy the command whole, to its last line."))
    _finish(words, word)
    return words
