"""Answers that were kept: of an attempt, and as a rule's samples."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from distribution.choices import SampleKind
from distribution.models import Attempt, Exchange, Rule, RuleVersion
from distribution.rules.answer_check import Sample
from distribution.rules.received import ReceivedAnswer
from distribution.rules.response_rules import AnswerPlan, compile_answers


@dataclass(frozen=True, kw_only=True)
class StoredAnswer:
    """The answer of an attempt as it was kept: secrets masked, at most what is read of an answer."""

    attempt: Attempt
    status: int
    headers: list[list[str]]
    body: bytes

    def received(self, charset: str = "") -> ReceivedAnswer:
        """Give it as response rules look at it."""
        return _received(self.status, self.headers, self.body, charset)


def attempt_of_rule(rule: Rule, attempt_id: UUID) -> Attempt | None:
    """Give one of a rule's attempts, tests included."""
    return Attempt.objects.select_related("version").filter(id=attempt_id, version__rule=rule).first()


def exchange_of(attempt: Attempt) -> Exchange | None:
    """Give what was said in an attempt, None when retention emptied it."""
    return Exchange.objects.filter(attempt_id=attempt.id, started_at=attempt.started_at).first()


def stored_answer(rule: Rule, attempt_id: UUID) -> StoredAnswer | None:
    """Give the answer of one of a rule's attempts, None when there was none or retention emptied it."""
    attempt = attempt_of_rule(rule, attempt_id)
    if attempt is None or attempt.status_code is None:
        return None
    exchange = exchange_of(attempt)
    if exchange is None or exchange.response_headers is None:
        return None
    return StoredAnswer(
        attempt=attempt,
        status=attempt.status_code,
        headers=exchange.response_headers,
        body=bytes(exchange.response_body or b""),
    )


def answers_plan(version: RuleVersion) -> AnswerPlan | None:
    """Give how a saved version reads answers; None when it has no response rules and captures."""
    return compile_answers(version, list(version.response_rules.all()), list(version.captures.all()))


def samples_of(rule: Rule, *, charset: str = "") -> list[Sample]:
    """Give a rule's samples, read in a character set of the rule's choice."""
    return [
        Sample(
            kind=SampleKind(kept.kind),
            answer=_received(kept.status, kept.headers, bytes(kept.body), charset),
            label=f"HTTP {kept.status}, {kept.created_at:%d/%m/%Y}",
        )
        for kept in rule.samples.all()
    ]


def _received(status: int, headers: Any, body: bytes, charset: str) -> ReceivedAnswer:
    return ReceivedAnswer(status=status, headers=[(name, value) for name, value in headers], body=body, charset=charset)
