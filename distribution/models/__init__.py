"""Leads, where they come from, and how they reach clients."""

from distribution.models.alarm import Alarm, AlarmSetting, AlarmSubscription
from distribution.models.answer_rules import AnswerSample, Capture, ResponseRule
from distribution.models.attempt import Attempt, Exchange
from distribution.models.blocking import BlockedContact
from distribution.models.delivery import Delivery, FrozenRequest
from distribution.models.delivery_move import DeliveryMove
from distribution.models.export import Export, ExportPart
from distribution.models.lead import Lead
from distribution.models.lead_import import LeadImport
from distribution.models.matching import CapTally, MatchReport
from distribution.models.routing import Routing
from distribution.models.routing_job import RoutingJob
from distribution.models.rule import FieldMapping, Rule, RuleVersion
from distribution.models.rule_event import RuleEvent
from distribution.models.source import Source

__all__ = [
    "Alarm",
    "AlarmSetting",
    "AlarmSubscription",
    "AnswerSample",
    "Attempt",
    "BlockedContact",
    "CapTally",
    "Capture",
    "Delivery",
    "DeliveryMove",
    "Exchange",
    "Export",
    "ExportPart",
    "FieldMapping",
    "FrozenRequest",
    "Lead",
    "LeadImport",
    "MatchReport",
    "ResponseRule",
    "Routing",
    "RoutingJob",
    "Rule",
    "RuleEvent",
    "RuleVersion",
    "Source",
]
