"""Leads, where they come from, and how they reach clients."""

from distribution.models.alarm import Alarm, AlarmSetting, AlarmSubscription
from distribution.models.answer_rules import AnswerSample, Capture, ResponseRule
from distribution.models.attempt import Attempt, Exchange
from distribution.models.delivery import Delivery, FrozenRequest
from distribution.models.lead import Lead
from distribution.models.lead_import import LeadImport
from distribution.models.routing import Routing
from distribution.models.rule import FieldMapping, Rule, RuleVersion
from distribution.models.rule_event import RuleEvent
from distribution.models.source import Source

__all__ = [
    "Alarm",
    "AlarmSetting",
    "AlarmSubscription",
    "AnswerSample",
    "Attempt",
    "Capture",
    "Delivery",
    "Exchange",
    "FieldMapping",
    "FrozenRequest",
    "Lead",
    "LeadImport",
    "ResponseRule",
    "Routing",
    "Rule",
    "RuleEvent",
    "RuleVersion",
    "Source",
]
