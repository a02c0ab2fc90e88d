"""Mistakes in response rules are named at their field; samples are checked against what the rules say now."""

from types import SimpleNamespace

import pytest

from distribution.choices import SampleKind
from distribution.rules.answer_check import Sample, capture_mistakes, check_samples, rule_mistakes
from distribution.rules.received import ReceivedAnswer
from distribution.rules.response_rules import compile_answers
from distribution.rules.suggesting import CaptureDraft, ResponseRuleDraft


def rule(meaning: str = "accepted", **fields: str) -> ResponseRuleDraft:
    return ResponseRuleDraft(meaning=meaning, **fields)


def sample(kind: SampleKind, body: str, status: int = 200) -> Sample:
    return Sample(kind, ReceivedAnswer(status=status, headers=(), body=body.encode()), "HTTP")


SUCCESS, FAILURE = sample(SampleKind.SUCCESS, "valid"), sample(SampleKind.FAILURE, "invalid")


@pytest.mark.parametrize(
    ("rules", "samples", "codes"),
    [
        ([rule(value="valid")], [SUCCESS, FAILURE], ["failure_accepted"]),
        ([rule(test="equals", value="valid")], [SUCCESS, FAILURE], []),
        ([rule("refused", value="invalid"), rule(value="valid")], [FAILURE], ["success_pattern_fits_failure"]),
        ([rule(value="OK")], [SUCCESS], ["success_not_accepted"]),
        ([rule("refused", value="valid")], [SUCCESS], ["success_not_accepted"]),
        ([rule("refused", value="ERROR")], [FAILURE], ["failure_accepted_by_default"]),
        ([rule(value="OK")], [sample(SampleKind.FAILURE, "no", 500)], []),
        ([], [SUCCESS, FAILURE], []),
    ],
)
def test_samples_are_read_by_the_rules(rules: list[ResponseRuleDraft], samples: list[Sample], codes: list[str]) -> None:
    plan = compile_answers(SimpleNamespace(answer_charset="", other_answers="held"), rules, [])
    found = check_samples(plan, samples)
    assert [warning.code for warning in found] == codes
    assert all(str(warning.message) for warning in found)


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        (rule(value="OK"), set()),
        (rule(part="status", statuses="409"), set()),
        (rule(part="status"), {"statuses"}),
        (rule(statuses="two", value="x"), {"statuses"}),
        (rule(), {"value"}),
        (rule(test="exists"), set()),
        (rule(test="matches", value="("), {"value"}),
        (rule(part="json", test="exists"), {"place"}),
        (rule(part="header", place="a b", test="exists"), {"place"}),
        (rule("refused", test="exists", reason_part="xml", reason_pattern="["), {"reason_place", "reason_pattern"}),
    ],
)
def test_a_mistake_is_named_at_its_field(given: ResponseRuleDraft, fields: set[str]) -> None:
    assert rule_mistakes(given).keys() == fields


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        (CaptureDraft(place="data.id"), set()),
        (CaptureDraft(), {"place"}),
        (CaptureDraft(part="body", pattern="("), {"pattern"}),
        (CaptureDraft(target="value", place="a"), {"name"}),
    ],
)
def test_a_mistake_of_a_capture_is_named_at_its_field(given: CaptureDraft, fields: set[str]) -> None:
    assert capture_mistakes(given).keys() == fields
