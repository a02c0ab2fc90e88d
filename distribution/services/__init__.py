"""What can be done with leads, rules and deliveries: the door other apps and the screens use."""

from distribution.services.alarm_settings import (
    remove_own_threshold,
    save_thresholds,
    set_own_threshold,
    subscribe,
)
from distribution.services.alarms import acknowledge, watch
from distribution.services.dry_run import TriedRule, try_lead
from distribution.services.intake import Outcome, add_lead, source_of_token, take_drafts, take_postings
from distribution.services.matching import Given, give, route_lead, route_leads
from distribution.services.routing_jobs import Existing, cancel_job, existing_leads, give_many, send_existing
from distribution.services.rules import (
    MappingDraft,
    RuleDraft,
    SelectionPart,
    activate_rule,
    cancel_leftovers_of_deleted_rules,
    deactivate_rule,
    delete_rule,
    discard_draft,
    pause_rule,
    preview_rule,
    restore_version,
    resume_rule,
    save_rule,
    what_is_missing,
)
from distribution.services.shown_requests import ShownRequest
from distribution.services.sources import IssuedToken, create_source, replace_token, reveal_token
from distribution.services.taking_back import take_back
from distribution.services.transmission import (
    TestResult,
    cancel,
    check_target,
    preview,
    send_again,
    send_again_by_current_rule,
    send_test,
    test_routing,
)

__all__ = [
    "Existing",
    "Given",
    "IssuedToken",
    "MappingDraft",
    "Outcome",
    "RuleDraft",
    "SelectionPart",
    "ShownRequest",
    "TestResult",
    "TriedRule",
    "acknowledge",
    "activate_rule",
    "add_lead",
    "cancel",
    "cancel_job",
    "cancel_leftovers_of_deleted_rules",
    "check_target",
    "create_source",
    "deactivate_rule",
    "delete_rule",
    "discard_draft",
    "existing_leads",
    "give",
    "give_many",
    "pause_rule",
    "preview",
    "preview_rule",
    "remove_own_threshold",
    "replace_token",
    "restore_version",
    "resume_rule",
    "reveal_token",
    "route_lead",
    "route_leads",
    "save_rule",
    "save_thresholds",
    "send_again",
    "send_again_by_current_rule",
    "send_existing",
    "send_test",
    "set_own_threshold",
    "source_of_token",
    "subscribe",
    "take_back",
    "take_drafts",
    "take_postings",
    "test_routing",
    "try_lead",
    "watch",
    "what_is_missing",
]
