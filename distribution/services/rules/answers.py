"""How a rule reads answers: its part of a draft, and what a person makes by pointing at a real answer."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from distribution.choices import AnswerMeaning, AttemptOutcome, OtherAnswers, SampleKind
from distribution.errors import AnswerUnusable, RuleInvalid
from distribution.models import AnswerSample, Capture, ResponseRule, Rule, RuleVersion
from distribution.queries.answers import answers_plan, samples_of, stored_answer
from distribution.rules.answer_check import Mistakes, capture_mistakes, check_samples, rule_mistakes
from distribution.rules.answers import is_charset
from distribution.rules.received import ReceivedAnswer
from distribution.rules.response_rules import understand
from distribution.rules.suggesting import CaptureDraft, NothingThere, ResponseRuleDraft, suggest_capture, suggest_rule
from distribution.services.rules.switching import guarded
from distribution.services.rules.versions import open_draft

MOST_SAMPLES = 20
Made = TypeVar("Made")
RULES, CAPTURES = "response_rules", "captures"  # the names of the tables in `RuleInvalid.row_errors`


@dataclass(frozen=True, kw_only=True)
class AnswersPart:
    """What a rule says about answers, as a part of its draft (`RulePart`)."""

    response_rules: Sequence[ResponseRuleDraft] = ()
    captures: Sequence[CaptureDraft] = ()
    other_answers: str = OtherAnswers.HELD
    answer_charset: str = ""

    def fill(self, rule: Rule, version: RuleVersion) -> None:
        """Put in what holds for all answers; raises `RuleInvalid`."""
        if self.answer_charset and not is_charset(self.answer_charset):
            raise RuleInvalid({"answer_charset": [_("There is no such character set. Write windows-1255 or utf-8.")]})
        version.other_answers, version.answer_charset = self.other_answers, self.answer_charset

    def write(self, rule: Rule, version: RuleVersion) -> None:
        """Write response rules and captures anew, in their order; raises `RuleInvalid` with the rows."""
        mistakes = {
            RULES: _by_row([rule_mistakes(each) for each in self.response_rules]),
            CAPTURES: _by_row([capture_mistakes(each) for each in self.captures]),
        }
        if any(mistakes.values()):
            raise RuleInvalid({}, row_errors=mistakes)
        version.response_rules.all().delete()
        version.captures.all().delete()
        ResponseRule.objects.bulk_create(
            ResponseRule(version=version, position=place, **asdict(each))
            for place, each in enumerate(self.response_rules)
        )
        Capture.objects.bulk_create(
            Capture(version=version, position=place, **asdict(each)) for place, each in enumerate(self.captures)
        )


def _by_row(mistakes: list[Mistakes]) -> dict[int, Mistakes]:
    return {place: found for place, found in enumerate(mistakes) if found}


def add_response_rule(
    *,
    rule: Rule,
    attempt_id: UUID,
    part: str,
    place: str,
    meaning: str,
    is_reason: bool,
    by: User | None,
    now: datetime,
) -> ResponseRule:
    """Add to the draft what “this means …” says of a place in an attempt's answer, and keep the answer as a sample.

    Raises `AnswerUnusable`.
    """

    if meaning not in AnswerMeaning:
        raise AnswerUnusable

    def make(answer: ReceivedAnswer, draft: RuleVersion) -> ResponseRule:
        suggested = suggest_rule(answer, part=part, place=place, meaning=meaning, is_reason=is_reason)
        return ResponseRule.objects.create(version=draft, position=draft.response_rules.count(), **asdict(suggested))

    made = _from_answer(rule, attempt_id, make, by, now)
    kind = {AnswerMeaning.ACCEPTED: SampleKind.SUCCESS, AnswerMeaning.REFUSED: SampleKind.FAILURE}.get(
        AnswerMeaning(meaning)
    )
    if kind is not None and rule.samples.count() < MOST_SAMPLES:
        keep_sample(rule=rule, attempt_id=attempt_id, kind=kind, by=by, now=now)
    return made


def add_capture(*, rule: Rule, attempt_id: UUID, part: str, place: str, by: User | None, now: datetime) -> Capture:
    """Add to the draft that the client's own ID stands at a place of an attempt's answer; raises `AnswerUnusable`."""

    def make(answer: ReceivedAnswer, draft: RuleVersion) -> Capture:
        suggested = suggest_capture(answer, part=part, place=place)
        return Capture.objects.create(version=draft, position=draft.captures.count(), **asdict(suggested))

    return _from_answer(rule, attempt_id, make, by, now)


def _from_answer(
    rule: Rule, attempt_id: UUID, make: Callable[[ReceivedAnswer, RuleVersion], Made], by: User | None, now: datetime
) -> Made:
    with guarded():
        locked = Rule.objects.select_for_update().get(pk=rule.pk)
        stored = stored_answer(locked, attempt_id)
        if stored is None:
            raise AnswerUnusable
        tested_at = locked.draft_version.tested_at if locked.draft_version == stored.attempt.version else None
        draft = open_draft(rule=locked, by=by, now=now)
        answer = stored.received(draft.answer_charset)
        try:
            made = make(answer, draft)
        except NothingThere:
            raise AnswerUnusable from None
        if tested_at is not None and _is_accepted(draft, answer):
            # Only the reading has changed, and the answer of the test passes it still.
            RuleVersion.objects.filter(pk=draft.pk).update(tested_at=tested_at)
        return made


def _is_accepted(version: RuleVersion, answer: ReceivedAnswer) -> bool:
    plan = answers_plan(version)
    return plan is not None and understand(plan, answer).reading.outcome == AttemptOutcome.ACCEPTED


def keep_sample(*, rule: Rule, attempt_id: UUID, kind: str, by: User | None, now: datetime) -> AnswerSample:
    """Keep an attempt's answer as an example of success or failure; kept before, it changes sides.

    Raises `AnswerUnusable` when there is no answer, or more samples than anybody looks through.
    """
    stored = stored_answer(rule, attempt_id)
    is_kept = rule.samples.filter(attempt_id=attempt_id).exists()
    if stored is None or (not is_kept and rule.samples.count() >= MOST_SAMPLES):
        raise AnswerUnusable
    sample, _made = AnswerSample.objects.update_or_create(
        rule=rule,
        attempt_id=attempt_id,
        defaults={"kind": kind},
        create_defaults={
            "kind": kind,
            "status": stored.status,
            "headers": stored.headers,
            "body": stored.body,
            "routing_id": stored.attempt.routing_id,
            "created_by": by,
            "created_at": now,
        },
    )
    return sample


def remove_sample(*, rule: Rule, sample_id: int) -> None:
    """Forget an example."""
    rule.samples.filter(pk=sample_id).delete()


def sample_warnings(*, rule: Rule, version: RuleVersion | None) -> list[str | Promise]:
    """Give what a version reads otherwise than the rule's samples were kept for, in words that say what to do."""
    if version is None:
        return []
    found = check_samples(answers_plan(version), samples_of(rule, charset=version.answer_charset))
    return [warning.message for warning in found]
