"""What an answer means by a version's response rules, and what is taken from it.

The rules are asked in their order and the first that fits decides; else the defaults of `rules.outcome` do. Source:
design.md, “Default answers”; issue 4, item 3.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from distribution.choices import AnswerMeaning, AnswerPart, AnswerTest, AttemptOutcome, CaptureTarget, OtherAnswers
from distribution.rules.outcome import Reading, read_status
from distribution.rules.patterns import compile_pattern, find
from distribution.rules.received import ReceivedAnswer, check_place

MAX_REASON = 300
MAX_CAPTURED = 200
MAX_REFERENCE = 100
_STATUS = re.compile(r"([1-9])(\d\d|xx)", re.IGNORECASE)


class ExtractLike(Protocol):
    """Where in an answer a text is, and which part of it counts: the pattern's first group, all of it without one."""

    part: str
    place: str
    pattern: str


class CaptureLike(ExtractLike, Protocol):
    """A capture, saved or being edited."""

    target: str
    name: str


class ResponseRuleLike(Protocol):
    """A response rule, saved or being edited."""

    statuses: str
    part: str
    place: str
    test: str
    value: str
    meaning: str
    reason: str
    reason_part: str
    reason_place: str
    reason_pattern: str


class VersionLike(Protocol):
    """What a rule version says about all its answers."""

    answer_charset: str
    other_answers: str


class StatusesUnreadable(ValueError):
    """The text names no statuses."""


Fits = Callable[[ReceivedAnswer], bool]
Extract = Callable[[ReceivedAnswer], str | None]


@dataclass(frozen=True, slots=True)
class _Rule:
    statuses: tuple[str, ...]
    fits: Fits
    meaning: AnswerMeaning
    reason: str
    extract_reason: Extract | None


@dataclass(frozen=True, slots=True)
class _Capture:
    target: str
    name: str
    extract: Extract


@dataclass(frozen=True, slots=True)
class AnswerPlan:
    """A version's response rules and captures, worked out as far as they can be without an answer."""

    rules: tuple[_Rule, ...]
    captures: tuple[_Capture, ...]
    other_answers: OtherAnswers
    charset: str

    @property
    def knows_success(self) -> bool:
        """Whether a rule says what success looks like."""
        return any(rule.meaning == AnswerMeaning.ACCEPTED for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Understood:
    """What an answer means. `rule` is the place of the rule that decided, from 0; None when none did.

    `reference` is the client's own id, empty when the answer has none; `values` are those under names of ours.
    """

    reading: Reading
    rule: int | None = None
    reason: str = ""
    reference: str = ""
    values: dict[str, str] = field(default_factory=dict)


def read_statuses(text: str) -> tuple[str, ...]:
    """Read “200, 201” or “2xx” as beginnings of statuses; empty means all. Raises `StatusesUnreadable`."""
    found = []
    for word in text.replace(",", " ").split():
        match = _STATUS.fullmatch(word)
        if match is None:
            raise StatusesUnreadable(word)
        found.append(match[1] if match[2].lower() == "xx" else word)
    return tuple(found)


def compile_answers(
    version: VersionLike, rules: Sequence[ResponseRuleLike], captures: Sequence[CaptureLike]
) -> AnswerPlan | None:
    """Work out a version's response rules and captures; None when it has none, so that its answers cost nothing.

    Raises `StatusesUnreadable`, `PathUnreadable` or `PatternUnreadable` for what saving would have refused.
    """
    if not rules and not captures:
        return None
    return AnswerPlan(
        rules=tuple(_compile_rule(rule) for rule in rules),
        captures=tuple(
            _Capture(capture.target, capture.name, _extract(capture.part, capture.place, capture.pattern))
            for capture in captures
        ),
        other_answers=OtherAnswers(version.other_answers),
        charset=version.answer_charset,
    )


def _compile_rule(rule: ResponseRuleLike) -> _Rule:
    extract = _extract(rule.reason_part, rule.reason_place, rule.reason_pattern) if rule.reason_part else None
    return _Rule(read_statuses(rule.statuses), _fits(rule), AnswerMeaning(rule.meaning), rule.reason, extract)


def _extract(part: str, place: str, pattern: str) -> Extract:
    check_place(part, place)
    compiled = compile_pattern(pattern) if pattern else None

    def extract(answer: ReceivedAnswer) -> str | None:
        found = answer.value(part, place)
        if found is not None and compiled is not None:
            found = find(compiled, found)
        return None if found is None else " ".join(found.split())

    return extract


def _fits(rule: ResponseRuleLike) -> Fits:
    if rule.part == AnswerPart.STATUS:
        return lambda answer: True
    check_place(rule.part, rule.place)
    compare = _comparison(rule.test, rule.value)
    part, place = rule.part, rule.place

    def fits(answer: ReceivedAnswer) -> bool:
        found = answer.value(part, place)
        return found is not None and compare(found)

    return fits


def _comparison(test: str, value: str) -> Callable[[str], bool]:
    wanted: Any
    if test == AnswerTest.MATCHES:
        wanted = compile_pattern(value)
        return lambda found: wanted.search(found) is not None
    wanted = value.strip()
    if test == AnswerTest.EQUALS:
        return lambda found: found.strip() == wanted
    if test == AnswerTest.CONTAINS:
        return lambda found: wanted in found
    return lambda found: bool(found.strip())


_READINGS = {
    AnswerMeaning.ACCEPTED: Reading(AttemptOutcome.ACCEPTED, "accepted_by_rule"),
    AnswerMeaning.REFUSED: Reading(AttemptOutcome.REFUSED, "refused_by_rule"),
    AnswerMeaning.RETRY: Reading(AttemptOutcome.RETRY, "retry_by_rule"),
    AnswerMeaning.HELD: Reading(AttemptOutcome.HELD, "held_by_rule"),
}
_OTHER = {
    OtherAnswers.HELD: Reading(AttemptOutcome.HELD, "held_other_answer"),
    OtherAnswers.REFUSED: Reading(AttemptOutcome.REFUSED, "refused_other_answer"),
    OtherAnswers.ACCEPTED: Reading(AttemptOutcome.ACCEPTED, "accepted_other_answer"),
}


def understand(plan: AnswerPlan, answer: ReceivedAnswer) -> Understood:
    """Give what an answer means and what is taken from it. Fails for no answer."""
    reference, values = _captured(plan, answer)
    for place, rule in enumerate(plan.rules):
        if fits(rule, answer):
            reason = (rule.extract_reason(answer) if rule.extract_reason else None) or rule.reason
            return Understood(_READINGS[rule.meaning], place, reason[:MAX_REASON], reference, values)
    reading = read_status(answer.status)
    if reading.outcome == AttemptOutcome.ACCEPTED and plan.knows_success:
        reading = _OTHER[plan.other_answers]
    return Understood(reading, None, "", reference, values)


def fits(rule: _Rule, answer: ReceivedAnswer) -> bool:
    """Whether a compiled rule is about this answer."""
    return (not rule.statuses or str(answer.status).startswith(rule.statuses)) and rule.fits(answer)


def _captured(plan: AnswerPlan, answer: ReceivedAnswer) -> tuple[str, dict[str, str]]:
    reference = ""
    values: dict[str, str] = {}
    for capture in plan.captures:
        found = capture.extract(answer)
        if not found:
            continue
        if capture.target == CaptureTarget.CLIENT_REFERENCE:
            # Half an id would be another id.
            reference = reference or (found if len(found) <= MAX_REFERENCE else "")
        elif len(found) <= MAX_CAPTURED:
            values.setdefault(capture.name, found)
    return reference, values
