"""What a section of the rule editor is."""

from typing import Any

from django import forms

from accounts.models import User
from distribution.errors import RuleInvalid
from distribution.models import Rule, RuleVersion
from distribution.rules.sketches import RuleSketch
from distribution.services.rules import RulePart


class Section:
    """One section: bound to what was posted, or showing what a rule says.

    Class attributes: `slug` names it in the page and in `RuleInvalid.row_errors`; `template` is its partial, which
    gets `section` and `form`. Names of form fields are the page's, so no two sections may share one.
    """

    slug: str
    template: str
    is_sketched = False  # whether a pasted command or a template fills it in
    is_for_mails = True  # whether a rule that sends mails has the section as well

    def __init__(
        self,
        data: Any,
        *,
        rule: Rule | None,
        version: RuleVersion | None,
        user: User,
        sketch: RuleSketch | None = None,
    ) -> None:
        """Bind to posted `data` (None: show). `version` is the one being edited: the draft, else what is live.

        A section that a `sketch` speaks about shows that instead, whatever was posted.
        """
        self.rule, self.version, self.user = rule, version, user
        self.sketch = sketch if self.is_sketched else None
        self.form = self.make_form(None if self.sketch else data)

    def make_form(self, data: Any) -> Any:
        """Give the section's form or formset."""
        raise NotImplementedError

    def is_valid(self) -> bool:
        """Whether what was posted can be told to the service."""
        return bool(self.form.is_valid())

    @property
    def has_errors(self) -> bool:
        """Whether anything in the section is marked."""
        return bool(self.form.errors)

    def said(self) -> dict[str, Any]:
        """Give what the valid section says, as arguments of `RuleDraft` (those that are no part)."""
        return {}

    def part(self) -> RulePart | None:
        """Give the section's part of the draft, when it has one of its own."""
        return None

    def previewed(self) -> dict[str, Any] | None:
        """Give what a section that is still being filled in says for the preview; None when nothing can be shown.

        A section without influence on the request says nothing.
        """
        return {}

    def previewed_part(self) -> RulePart | None:
        """Give the part that the preview needs."""
        return None

    def add_errors(self, error: RuleInvalid) -> set[str]:
        """Put the service's errors at the section's own fields; gives the names in `error.errors` that it took."""
        form: forms.Form = self.form
        taken = error.errors.keys() & form.fields.keys()
        for name in taken:
            for message in error.errors[name]:
                form.add_error(name, message)
        return taken
