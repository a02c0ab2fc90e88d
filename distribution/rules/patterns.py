"""Regular expressions that staff write, searched in time linear in the text.

RE2 and not `re`: an expression such as `(a+)+$` makes a backtracking engine take longer than the sun will last, in
the middle of the loop that sends everybody's leads. RE2 has no look-around and no back-references for that reason.
Source: https://github.com/google/re2/wiki/Syntax
"""

from functools import lru_cache
from typing import Any

import re2

MAX_LENGTH = 1_000
_OPTIONS = re2.Options()
_OPTIONS.max_mem = 1 << 20
_OPTIONS.log_errors = False


class PatternUnreadable(ValueError):
    """The text is no regular expression that RE2 knows; the message is RE2's."""


@lru_cache(maxsize=4096)
def compile_pattern(text: str) -> Any:
    """Give a compiled expression; raises `PatternUnreadable`."""
    if len(text) > MAX_LENGTH:
        raise PatternUnreadable(f"> {MAX_LENGTH}")
    try:
        return re2.compile(text, _OPTIONS)
    except (re2.error, UnicodeEncodeError) as error:
        said = error.args[0] if error.args else ""
        raise PatternUnreadable(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from None


def find(pattern: Any, text: str) -> str | None:
    """Give the first group of the first match, the whole match where there is no group, None without a match."""
    found = pattern.search(text)
    if found is None:
        return None
    return (found.group(1) or "") if pattern.groups else found.group(0)
