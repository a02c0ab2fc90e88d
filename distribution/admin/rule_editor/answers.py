"""The section Answers: what the answers of the client's system mean, and what is taken from them."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from django.db import models

from distribution.admin.rule_editor.answer_forms import AnswerTables
from distribution.admin.rule_editor.section import Section
from distribution.choices import OtherAnswers
from distribution.errors import RuleInvalid
from distribution.rules.suggesting import CaptureDraft, ResponseRuleDraft
from distribution.services.rules import AnswersPart, RulePart, sample_warnings


class AnswersSection(Section):
    """Response rules and captures."""

    slug = "answers"
    template = "admin/distribution/rule/_answers.html"

    def make_form(self, data: Any) -> AnswerTables:
        """Show the version's."""
        version = self.version
        # A page of before this section, or an API of ours, posts nothing of it: then it says nothing.
        posted = data if data is not None and "rules-TOTAL_FORMS" in data else None
        self.is_posted = data is None or posted is not None
        return AnswerTables(
            posted,
            initial={
                "other_answers": version.other_answers if version else OtherAnswers.HELD,
                "answer_charset": version.answer_charset if version else "",
            },
            rules=_rows(version.response_rules.all(), ResponseRuleDraft) if version else [],
            captures=_rows(version.captures.all(), CaptureDraft) if version else [],
        )

    def is_valid(self) -> bool:
        """Whether what was posted can be told to the service."""
        return not self.is_posted or self.form.is_valid()

    @property
    def has_errors(self) -> bool:
        """Whether a row is marked."""
        return bool(self.form.has_errors)

    @property
    def warnings(self) -> list[Any]:
        """What the saved version reads otherwise than the rule's samples were kept for."""
        return sample_warnings(rule=self.rule, version=self.version) if self.rule else []

    def part(self) -> RulePart | None:
        """Give what the section says."""
        if not self.is_posted:
            return None
        rules, captures = self.form.drafts()
        data = self.form.general.cleaned_data
        return AnswersPart(
            response_rules=rules,
            captures=captures,
            other_answers=data["other_answers"] or OtherAnswers.HELD,
            answer_charset=data["answer_charset"],
        )

    def add_errors(self, error: RuleInvalid) -> set[str]:
        """Put the service's errors at the rows and fields they are about."""
        for table, rows in (("response_rules", self.form.rules), ("captures", self.form.captures)):
            sent = rows.sent_rows() if error.row_errors.get(table) else []
            for place, mistakes in error.row_errors.get(table, {}).items():
                for name, messages in mistakes.items():
                    for message in messages:
                        sent[place].add_error(name, message)
        taken = error.errors.keys() & self.form.general.fields.keys()
        for name in taken:
            for message in error.errors[name]:
                self.form.general.add_error(name, message)
        return set(taken)


def _rows(saved: Iterable[models.Model], draft: type[ResponseRuleDraft] | type[CaptureDraft]) -> list[dict[str, Any]]:
    return [{field.name: getattr(row, field.name) for field in fields(draft)} for row in saved]
