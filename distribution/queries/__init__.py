"""What can be asked about leads, rules and deliveries: the door other apps and the screens use."""

from distribution.queries.alarms import open_alarm_count, open_alarms, past_alarms
from distribution.queries.answer_layout import AnswerLine, LaidOutAnswer, laid_out
from distribution.queries.answers import StoredAnswer, attempt_of_rule, exchange_of, stored_answer
from distribution.queries.backlog import Backlog, backlog_of_client, backlog_of_rule
from distribution.queries.hand_destinations import HandDestination, destinations_for_many, hand_destinations
from distribution.queries.leads import DeliveryStory, RoutingStory, lead_story, search_leads
from distribution.queries.match_story import UNSAVED, MatchStory, RuleSaid, match_story, rules_said
from distribution.queries.recent_leads import recent_leads
from distribution.queries.rules import LastAnswer, RuleCard, rule_cards, rule_count
from distribution.queries.transmission import AttemptWithExchange, attempts_of_routing, oldest_due_s

__all__ = [
    "UNSAVED",
    "AnswerLine",
    "AttemptWithExchange",
    "Backlog",
    "DeliveryStory",
    "HandDestination",
    "LaidOutAnswer",
    "LastAnswer",
    "MatchStory",
    "RoutingStory",
    "RuleCard",
    "RuleSaid",
    "StoredAnswer",
    "attempt_of_rule",
    "attempts_of_routing",
    "backlog_of_client",
    "backlog_of_rule",
    "destinations_for_many",
    "exchange_of",
    "hand_destinations",
    "laid_out",
    "lead_story",
    "match_story",
    "oldest_due_s",
    "open_alarm_count",
    "open_alarms",
    "past_alarms",
    "recent_leads",
    "rule_cards",
    "rule_count",
    "rules_said",
    "search_leads",
    "stored_answer",
]
