"""Which sections the rule editor has, from top to bottom, and all of them together."""

from typing import Any

from accounts.models import User
from distribution.admin.rule_editor.answers import AnswersSection
from distribution.admin.rule_editor.authentication import AuthenticationSection
from distribution.admin.rule_editor.connection import ConnectionSection
from distribution.admin.rule_editor.destination import DestinationSection
from distribution.admin.rule_editor.general import GeneralSection
from distribution.admin.rule_editor.leads import LeadsSection
from distribution.admin.rule_editor.mappings import MappingsSection
from distribution.admin.rule_editor.pace import PaceSection
from distribution.admin.rule_editor.section import Section
from distribution.choices import Channel
from distribution.errors import RuleInvalid
from distribution.models import Rule, RuleVersion
from distribution.rules.sketches import RuleSketch
from distribution.services.rules import MappingDraft, RuleDraft

SECTIONS: list[type[Section]] = [
    GeneralSection,
    DestinationSection,
    AuthenticationSection,
    ConnectionSection,
    MappingsSection,
    AnswersSection,
    LeadsSection,
    PaceSection,
]


class Sections:
    """The editor's sections, bound to one rule (None: a new one) and to what was posted (None: nothing yet)."""

    def __init__(self, data: Any, *, rule: Rule | None, user: User, sketch: RuleSketch | None = None) -> None:
        """`sketch` is shown in place of what was posted of the sections that it fills in."""
        version: RuleVersion | None = (rule.draft_version or rule.live_version) if rule else None
        self.errors: list[str] = []
        self.all = [kind(data, rule=rule, version=version, user=user, sketch=sketch) for kind in SECTIONS]
        is_mail = data is not None and data.get("channel") == Channel.MAIL
        # What was posted of the others counts for nothing.
        self.used = [section for section in self.all if section.is_for_mails or not is_mail]

    @property
    def has_errors(self) -> bool:
        """Whether anything on the page is wrong."""
        return bool(self.errors) or any(section.has_errors for section in self.used)

    def is_valid(self) -> bool:
        """Whether everything posted can be told to the service; every section marks its mistakes."""
        found = [section.is_valid() for section in self.used]
        return all(found)

    def draft(self) -> RuleDraft:
        """Give what the valid sections say."""
        said = {name: value for section in self.used for name, value in section.said().items()}
        return RuleDraft(**said, parts=[part for section in self.used if (part := section.part())])

    def preview_draft(self) -> RuleDraft | None:
        """Give what can be shown of sections that are still being filled in; None when that is nothing."""
        said: dict[str, Any] = {"name": ""}
        parts = []
        for section in self.used:
            previewed = section.previewed()
            if previewed is None:
                return None
            said |= previewed
            if part := section.previewed_part():
                parts.append(part)
        return RuleDraft(**said, parts=parts)

    def typed_rows(self) -> dict[str, MappingDraft]:
        """Give the rows of the mapping table that can be read, by their prefixes."""
        return {
            name: row
            for section in self.used
            if isinstance(section, MappingsSection)
            for name, row in section.form.typed_rows().items()
        }

    def add_errors(self, error: RuleInvalid) -> None:
        """Put the service's errors at the fields they are about; what has no field goes to the top."""
        taken: set[str] = set()
        for section in self.used:
            taken |= section.add_errors(error)
        self.errors += [str(message) for name, found in error.errors.items() if name not in taken for message in found]
