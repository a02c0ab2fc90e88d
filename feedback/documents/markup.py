"""Our own HTML as a tree of plain values, for what is not a browser.

Only what our documents are made of is understood. What carries the class `no-print` is left out, as on paper.
"""

import re
from html.parser import HTMLParser
from typing import Any

BLOCKS = {"h1", "h2", "h3", "p", "ol", "ul", "li", "table", "tr", "th", "td", "pre"}
# What wraps others and means nothing itself on paper.
_LEFT_OUT = {"svg", "button", "form", "nav", "script", "style", "title"}
_VOID = {"br", "hr", "img", "input", "link", "meta", "use"}
_SPACE = re.compile(r"[ \t\r\n\f]+")


def tree_of(html: str) -> list[dict[str, Any]]:
    """Give the document's blocks: `{"is": "p", "of": [...]}`, whose parts are blocks, inline pieces or text.

    Inline pieces are `code`, `strong`, `ltr` and `rtl` (isolated). Text has its white space collapsed but in `pre`.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return _tidied(reader.root)


class _Reader(HTMLParser):
    """Builds the tree; elements without a meaning on paper hand their contents up."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root: list[Any] = []
        self._stack: list[tuple[str, list[Any] | None]] = [("", self.root)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a node, or go on in the one that is open."""
        if tag in _VOID:
            return
        inside = self._stack[-1][1]
        given = dict(attrs)
        if inside is None or tag in _LEFT_OUT or "no-print" in (given.get("class") or "").split():
            self._stack.append((tag, None))
        elif kind := _kind(tag, given):
            parts: list[Any] = []
            inside.append({"is": kind, "of": parts})
            self._stack.append((tag, parts))
        else:
            self._stack.append((tag, inside))

    def handle_endtag(self, tag: str) -> None:
        """Close the node; our own templates are well formed."""
        if tag not in _VOID and len(self._stack) > 1:
            self._stack.pop()

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        inside = self._stack[-1][1]
        if inside is not None:
            inside.append(data)


def _kind(tag: str, given: dict[str, str | None]) -> str:
    if tag in BLOCKS or tag in {"code", "strong"}:
        return tag
    classes = (given.get("class") or "").split()
    if given.get("dir") == "ltr" or "ltr" in classes:
        return "ltr"
    if tag == "bdi" and given.get("dir") == "rtl":
        return "rtl"
    return "pill" if "pill" in classes else ""


def _tidied(parts: list[Any], *, is_code: bool = False) -> list[Any]:
    tidy: list[Any] = []
    for part in parts:
        if isinstance(part, str):
            text = part if is_code else _SPACE.sub(" ", part)
            if tidy and isinstance(tidy[-1], str):
                tidy[-1] += text
            else:
                tidy.append(text)
        else:
            tidy.append({"is": part["is"], "of": _tidied(part["of"], is_code=is_code or part["is"] == "pre")})
    if any(not isinstance(part, str) and part["is"] in BLOCKS for part in tidy):
        tidy = [part for part in tidy if not isinstance(part, str) or part.strip()]
    if not is_code and tidy and isinstance(tidy[0], str):
        tidy[0] = tidy[0].lstrip(" ")
    if not is_code and tidy and isinstance(tidy[-1], str):
        tidy[-1] = tidy[-1].rstrip(" ")
    return [part for part in tidy if part != ""]
