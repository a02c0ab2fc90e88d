"""Screens of distribution, one module each."""

from distribution.admin import list_exports
from distribution.admin.alarms import AlarmAdmin
from distribution.admin.block_list import BlockedContactAdmin
from distribution.admin.client_backlog import tell_backlog
from distribution.admin.deliveries import DeliveryAdmin
from distribution.admin.exports import ExportAdmin
from distribution.admin.imports import LeadImportAdmin
from distribution.admin.leads import LeadAdmin
from distribution.admin.routing_jobs import RoutingJobAdmin
from distribution.admin.rule_editor.views import RuleAdmin
from distribution.admin.sources import SourceAdmin

__all__ = [
    "AlarmAdmin",
    "BlockedContactAdmin",
    "DeliveryAdmin",
    "ExportAdmin",
    "LeadAdmin",
    "LeadImportAdmin",
    "RoutingJobAdmin",
    "RuleAdmin",
    "SourceAdmin",
    "list_exports",
    "tell_backlog",
]
