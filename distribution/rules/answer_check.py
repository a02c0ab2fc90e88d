"""Is what a version says about answers readable, and does it still hold for the answers kept as samples?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from distribution.choices import AnswerMeaning, AnswerPart, AnswerTest, AttemptOutcome, CaptureTarget, SampleKind
from distribution.rules.answer_documents import PathUnreadable
from distribution.rules.patterns import PatternUnreadable, compile_pattern
from distribution.rules.received import ReceivedAnswer, check_place
from distribution.rules.response_rules import (
    AnswerPlan,
    CaptureLike,
    ResponseRuleLike,
    StatusesUnreadable,
    fits,
    read_statuses,
    understand,
)

Mistakes = dict[str, list[Any]]
_PLACES = {
    AnswerPart.JSON: _("Write the path as in data.leadId or errors[0].message."),
    AnswerPart.XML: _("Write the path as in Envelope/Body/Result/Code or Item/@id."),
    AnswerPart.HEADER: _("Write the name of the header, such as Location."),
}
_NO_PATTERN = _("This is no pattern that can be used here: %(why)s")


def rule_mistakes(rule: ResponseRuleLike) -> Mistakes:
    """Give what is wrong with a response rule, by field; empty when it can be read."""
    found: Mistakes = {}
    try:
        if not read_statuses(rule.statuses) and rule.part == AnswerPart.STATUS:
            found["statuses"] = [_("Say which statuses this is about, such as 409 or 4xx.")]
    except StatusesUnreadable:
        found["statuses"] = [_("Write statuses as 200, 201 or 4xx.")]
    if rule.part != AnswerPart.STATUS:
        found |= _place_mistakes("place", rule.part, rule.place)
        if rule.test == AnswerTest.MATCHES:
            found |= _pattern_mistakes("value", rule.value)
        if rule.test != AnswerTest.EXISTS and not rule.value.strip():
            found["value"] = [_("Give the text to look for.")]
    if rule.reason_part:
        found |= _place_mistakes("reason_place", rule.reason_part, rule.reason_place)
        found |= _pattern_mistakes("reason_pattern", rule.reason_pattern)
    return found


def capture_mistakes(capture: CaptureLike) -> Mistakes:
    """Give what is wrong with a capture, by field."""
    found = _place_mistakes("place", capture.part, capture.place) | _pattern_mistakes("pattern", capture.pattern)
    if capture.target == CaptureTarget.VALUE and not capture.name.strip():
        found["name"] = [_("Give the value a name.")]
    return found


def _place_mistakes(field: str, part: str, place: str) -> Mistakes:
    try:
        check_place(part, place)
    except PathUnreadable:
        return {field: [_PLACES[AnswerPart(part)]]}
    return {}


def _pattern_mistakes(field: str, pattern: str) -> Mistakes:
    try:
        compile_pattern(pattern)
    except PatternUnreadable as error:
        return {field: [_NO_PATTERN % {"why": error}]}
    return {}


@dataclass(frozen=True, slots=True)
class Sample:
    """An answer kept as an example, read with the version's character set."""

    kind: SampleKind
    answer: ReceivedAnswer
    label: str


@dataclass(frozen=True, slots=True)
class SampleWarning:
    """A sample that the response rules read otherwise than it was kept for. `rule` is the rule at fault, from 0."""

    code: str
    sample: Sample
    rule: int | None

    @property
    def message(self) -> str | Promise:
        """What it means, in words that say what to do."""
        number = (self.rule or 0) + 1
        return _WARNINGS[self.code] % {"sample": self.sample.label, "number": number}


_WARNINGS = {
    "success_not_accepted": _(
        "The saved sample of success (%(sample)s) does not count as accepted any more. Correct the response rules, or "
        "remove the sample."
    ),
    "failure_accepted": _(
        "The saved sample of failure (%(sample)s) counts as accepted, by response rule %(number)d. Make its text more "
        "exact, or put a rule for refusal before it."
    ),
    "failure_accepted_by_default": _(
        "The saved sample of failure (%(sample)s) counts as accepted, since no response rule fits it. Add a rule for "
        "refusal."
    ),
    "success_pattern_fits_failure": _(
        "Response rule %(number)d says “accepted” and also fits the saved sample of failure (%(sample)s). Only the "
        "order of the rules keeps them apart: make its text more exact."
    ),
}


def check_samples(plan: AnswerPlan | None, samples: Sequence[Sample]) -> list[SampleWarning]:
    """Give what the response rules read otherwise than it was kept for; without rules there is nothing to compare."""
    if plan is None or not plan.rules:
        return []
    found = []
    for sample in samples:
        understood = understand(plan, sample.answer)
        is_accepted = understood.reading.outcome == AttemptOutcome.ACCEPTED
        if sample.kind == SampleKind.SUCCESS:
            if not is_accepted:
                found.append(SampleWarning("success_not_accepted", sample, understood.rule))
        elif is_accepted:
            code = "failure_accepted" if understood.rule is not None else "failure_accepted_by_default"
            found.append(SampleWarning(code, sample, understood.rule))
        else:
            found += [
                SampleWarning("success_pattern_fits_failure", sample, place)
                for place, rule in enumerate(plan.rules)
                if rule.meaning == AnswerMeaning.ACCEPTED and fits(rule, sample.answer)
            ]
    return found
