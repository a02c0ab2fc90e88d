"""A client's answer laid out line by line, so that a person can point at a value in it."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from distribution.choices import AnswerPart, AttemptOutcome
from distribution.models import Attempt, RuleVersion
from distribution.queries.answers import StoredAnswer, answers_plan
from distribution.rules.answer_documents import MOST_LEAVES, Leaf, json_leaves, xml_leaves
from distribution.rules.outcome import explain, read_status
from distribution.rules.received import ReceivedAnswer
from distribution.rules.response_rules import Understood, understand


@dataclass(frozen=True, kw_only=True)
class AnswerLine:
    """One line. `choice` is what a form posts to point at it (“json:data.id”), empty for what has no value."""

    depth: int = 0
    label: str = ""
    value: str = ""
    choice: str = ""


@dataclass(frozen=True, kw_only=True)
class LaidOutAnswer:
    """An answer as the page shows it, and what it means by a version as it is now.

    `kind` is json, xml, text or empty; `rule` is the number of the response rule that decides, from 1, or None.
    """

    attempt: Attempt
    status: int
    kind: str
    lines: list[AnswerLine]
    headers: list[AnswerLine]
    text: str
    is_shortened: bool
    outcome: AttemptOutcome | None
    explanation: str | Promise
    rule: int | None
    reason: str
    reference: str
    values: dict[str, str] = field(default_factory=dict)


def laid_out(stored: StoredAnswer, version: RuleVersion) -> LaidOutAnswer:
    """Lay an attempt's answer out, and read it by a version (whichever version sent it)."""
    answer = stored.received(version.answer_charset)
    plan = answers_plan(version)
    understood = understand(plan, answer) if plan else Understood(read_status(stored.status))
    kind, lines = _body(answer)
    return LaidOutAnswer(
        attempt=stored.attempt,
        status=stored.status,
        kind=kind,
        lines=lines[:MOST_LEAVES],
        headers=[
            AnswerLine(label=name, value=value, choice=f"{AnswerPart.HEADER}:{name}") for name, value in answer.headers
        ],
        text=answer.text,
        is_shortened=len(lines) >= MOST_LEAVES,
        outcome=understood.reading.outcome,
        explanation=explain(understood.reading.code),
        rule=None if understood.rule is None else understood.rule + 1,
        reason=understood.reason,
        reference=understood.reference,
        values=understood.values,
    )


def _body(answer: ReceivedAnswer) -> tuple[str, list[AnswerLine]]:
    document: Any = answer.json
    if isinstance(document, (dict, list)) and document:
        return "json", [_leaf_line(leaf, AnswerPart.JSON) for leaf in json_leaves(document)]
    if answer.xml is not None and not answer.xml.tag.lower().endswith("html"):
        return "xml", [_leaf_line(leaf, AnswerPart.XML) for leaf in xml_leaves(answer.xml)]
    lines = [
        AnswerLine(value=line.strip(), choice=f"{AnswerPart.BODY}:{number}")
        for number, line in enumerate(answer.text.splitlines())
        if line.strip()
    ]
    return ("text" if lines else "empty"), lines


def _leaf_line(leaf: Leaf, part: AnswerPart) -> AnswerLine:
    choice = f"{part}:{leaf.path}" if leaf.value and leaf.value != "null" else ""
    return AnswerLine(depth=min(leaf.depth, 5), label=leaf.label, value=leaf.value or "", choice=choice)
