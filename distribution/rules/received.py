"""One answer as response rules look at it: each part read at most once, and only when a rule asks for it."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any
from xml.etree.ElementTree import Element

from distribution.choices import AnswerPart
from distribution.rules import answer_documents, answers

_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}")


def check_place(part: str, place: str) -> None:
    """Accept where in an answer something is looked for; raises `PathUnreadable`."""
    if part == AnswerPart.JSON:
        answer_documents.read_json_path(place)
    elif part == AnswerPart.XML:
        answer_documents.read_xml_path(place)
    elif part == AnswerPart.HEADER and not _HEADER_NAME.fullmatch(place):
        raise answer_documents.PathUnreadable(place)


class ReceivedAnswer:
    """What a client's system answered."""

    def __init__(self, *, status: int, headers: Sequence[tuple[str, str]], body: bytes, charset: str = "") -> None:
        """Take an answer; `charset` overrides what it says of itself."""
        self.status = status
        self.headers = headers
        self._body = body
        self._charset = charset

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return answers.decode(self.headers, self._body, charset=self._charset)

    @cached_property
    def json(self) -> Any:
        """The body as a JSON document, None when it is none."""
        return answer_documents.read_json(self.text)

    @cached_property
    def xml(self) -> Element | None:
        """The root of the body as XML, None when it is none."""
        return answer_documents.read_xml(self.text)

    def value(self, part: str, place: str) -> str | None:
        """Give what stands at a place, None when nothing does. The place must have passed `check_place`."""
        if part == AnswerPart.JSON:
            found = answer_documents.json_value(self.json, answer_documents.read_json_path(place))
        elif part == AnswerPart.XML:
            found = answer_documents.xml_value(self.xml, answer_documents.read_xml_path(place))
        elif part == AnswerPart.HEADER:
            wanted = place.lower()
            found = next((value for name, value in self.headers if name.lower() == wanted), None)
        elif part == AnswerPart.STATUS:
            found = str(self.status)
        else:
            found = self.text
        return None if found is None else answers.storable(found)
