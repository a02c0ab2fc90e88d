"""From a place in a real answer that a person pointed at to the response rule or capture that is meant by it.

What is suggested fits the next answer too: an id or a message is asked to be there, a word like "error" to be the same.
"""

import re
from dataclasses import dataclass

from distribution.choices import AnswerMeaning, AnswerPart, AnswerTest, CaptureTarget
from distribution.rules.answer_documents import PathUnreadable
from distribution.rules.received import ReceivedAnswer, check_place

MAX_VALUE = 1_000
MAX_PLACE = 300
_LONG = 40
_PARTICULAR = re.compile(r"\d{3,}|[0-9a-f]{8}-[0-9a-f]{4}-")
_LABELLED = re.compile(r"\s*([^\W\d_][^:<>]{0,30}:)\s*(\S.*)")
_TAG = re.compile(r"<[^>]*>")
_NUMBER = re.compile(r"\d{3,}")
_BEFORE_NUMBER = 20


class NothingThere(ValueError):
    """The answer has nothing at this place."""


@dataclass(kw_only=True)
class ResponseRuleDraft:
    """One response rule as written or suggested; see `models.ResponseRule` for the fields."""

    meaning: str
    statuses: str = ""
    part: str = AnswerPart.BODY
    place: str = ""
    test: str = AnswerTest.CONTAINS
    value: str = ""
    reason: str = ""
    reason_part: str = ""
    reason_place: str = ""
    reason_pattern: str = ""


@dataclass(kw_only=True)
class CaptureDraft:
    """One capture as written or suggested; see `models.Capture` for the fields."""

    target: str = CaptureTarget.CLIENT_REFERENCE
    name: str = ""
    part: str = AnswerPart.JSON
    place: str = ""
    pattern: str = ""


def suggest_rule(
    answer: ReceivedAnswer, *, part: str, place: str, meaning: str, is_reason: bool = False
) -> ResponseRuleDraft:
    """Give the response rule that “this means …” makes. For the text of an answer `place` is a line, from 0.

    `is_reason`: what stands there says why. Raises `NothingThere`.
    """
    statuses = f"{answer.status // 100}xx" if 100 <= answer.status < 1000 else ""
    if part == AnswerPart.STATUS:
        return ResponseRuleDraft(meaning=meaning, part=part, statuses=str(answer.status))
    if part == AnswerPart.BODY:
        return _rule_of_line(answer, _line(answer, place), statuses, meaning, is_reason)
    found = _value(answer, part, place)
    is_message = is_reason or (meaning == AnswerMeaning.REFUSED and (" " in found or len(found) > _LONG))
    is_same_again = not is_message and len(found) <= _LONG and not _PARTICULAR.search(found)
    return ResponseRuleDraft(
        meaning=meaning,
        statuses=statuses,
        part=part,
        place=place,
        test=AnswerTest.EQUALS if is_same_again else AnswerTest.EXISTS,
        value=found if is_same_again else "",
        reason_part=part if is_message else "",
        reason_place=place if is_message else "",
    )


def suggest_capture(answer: ReceivedAnswer, *, part: str, place: str) -> CaptureDraft:
    """Give the capture that “this is the client's ID” makes; raises `NothingThere`."""
    if part in (AnswerPart.JSON, AnswerPart.XML):
        _value(answer, part, place)
        return CaptureDraft(part=part, place=place)
    text = _value(answer, part, place) if part == AnswerPart.HEADER else _line(answer, place)
    number = _NUMBER.search(text)
    pattern = ""
    if number:
        before = text[max(0, number.start() - _BEFORE_NUMBER) : number.start()]
        pattern = _literal(before) + r"(\d+)"
    elif part == AnswerPart.BODY and text.strip() != answer.text.strip():
        raise NothingThere(place)
    return CaptureDraft(part=part, place=place if part == AnswerPart.HEADER else "", pattern=pattern)


def _value(answer: ReceivedAnswer, part: str, place: str) -> str:
    if part not in (AnswerPart.JSON, AnswerPart.XML, AnswerPart.HEADER) or len(place) > MAX_PLACE:
        raise NothingThere(place)
    try:
        check_place(part, place)
    except PathUnreadable:
        raise NothingThere(place) from None
    found = (answer.value(part, place) or "").strip()
    if not found:
        raise NothingThere(place)
    return found


def _line(answer: ReceivedAnswer, place: str) -> str:
    number = int(place) if place.isascii() and place.isdecimal() and len(place) < 6 else -1
    found = dict(enumerate(answer.text.splitlines())).get(number, "").strip()
    if not found:
        raise NothingThere(place)
    return found


def _rule_of_line(answer: ReceivedAnswer, line: str, statuses: str, meaning: str, is_reason: bool) -> ResponseRuleDraft:
    labelled = _LABELLED.fullmatch(_TAG.sub("", line)) if meaning == AnswerMeaning.REFUSED or is_reason else None
    if labelled and labelled[1] in line:
        return ResponseRuleDraft(
            meaning=meaning,
            statuses=statuses,
            value=labelled[1],
            reason_part=AnswerPart.BODY,
            reason_pattern=_literal(labelled[1]) + r"\s*([^\r\n<]*)",
        )
    words = max((piece.strip() for piece in re.split(r"<[^>]*>|\d{3,}", line)), key=len)[:MAX_VALUE] or line[:MAX_VALUE]
    is_all = words == answer.text.strip()
    return ResponseRuleDraft(
        meaning=meaning,
        statuses=statuses,
        test=AnswerTest.EQUALS if is_all else AnswerTest.CONTAINS,
        value=words,
        reason_part=AnswerPart.BODY if is_reason else "",
    )


def _literal(text: str) -> str:
    """Give a pattern that finds a text as it stands; RE2 knows no other escapes than those of signs."""
    return re.sub(r"[\\.+*?()\[\]{}|^$]", r"\\\g<0>", text)
