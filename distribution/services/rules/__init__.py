"""Transmission rules: saving what a rule sends, switching it on and off, taking it out of use.

Saving writes the rule's draft version; activating makes the draft the live version. What is live is never
edited, so deliveries under way keep sending what they began with.
"""

from distribution.services.rules.answers import (
    AnswersPart,
    add_capture,
    add_response_rule,
    keep_sample,
    remove_sample,
    sample_warnings,
)
from distribution.services.rules.copying import copy_rule
from distribution.services.rules.deleting import cancel_leftovers_of_deleted_rules, cancel_waiting, delete_rule
from distribution.services.rules.drafts import MappingDraft, RuleDraft, RulePart
from distribution.services.rules.pace import Pace
from distribution.services.rules.pausing import pause_rule, resume_rule
from distribution.services.rules.saving import preview_rule, save_rule
from distribution.services.rules.selecting import SelectionPart
from distribution.services.rules.switching import activate_rule, deactivate_rule, what_is_missing
from distribution.services.rules.versions import discard_draft, restore_version

__all__ = [
    "AnswersPart",
    "MappingDraft",
    "Pace",
    "RuleDraft",
    "RulePart",
    "SelectionPart",
    "activate_rule",
    "add_capture",
    "add_response_rule",
    "cancel_leftovers_of_deleted_rules",
    "cancel_waiting",
    "copy_rule",
    "deactivate_rule",
    "delete_rule",
    "discard_draft",
    "keep_sample",
    "pause_rule",
    "preview_rule",
    "remove_sample",
    "restore_version",
    "resume_rule",
    "sample_warnings",
    "save_rule",
    "what_is_missing",
]
