"""What the client's page shows of its rules."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from accounts.models import User
from distribution.choices import AnswerMeaning, AttemptOutcome, BodyFormat
from distribution.models import FieldMapping, Rule, RuleVersion
from distribution.rules.parameter_places import place_of
from distribution.rules.values import FEEDBACK_LINKS, ROUTING_SOURCES

# One row a rule: today's numbers (index delivery_rule), what waits (delivery_queue), the last answer (attempt_version).
FIGURES_SQL = """
SELECT rule.id,
       (SELECT count(*) FROM distribution_delivery d
         WHERE d.rule_id = rule.id AND d.created_at >= %(day)s AND d.attempt_count > 0),
       (SELECT count(*) FROM distribution_delivery d
         WHERE d.rule_id = rule.id AND d.created_at >= %(day)s AND d.state = 'accepted'),
       (SELECT count(*) FROM distribution_delivery d
         WHERE d.rule_id = rule.id AND d.state IN ('waiting', 'sending')),
       last.started_at, last.status_code, last.outcome, last.error_code
FROM distribution_rule rule
LEFT JOIN LATERAL (
    SELECT a.started_at, a.status_code, a.outcome, a.error_code
    FROM distribution_ruleversion version
    CROSS JOIN LATERAL (
        SELECT * FROM distribution_attempt a
        WHERE a.version_id = version.id AND a.finished_at IS NOT NULL AND a.kind = 'delivery'
        ORDER BY a.started_at DESC LIMIT 1
    ) a
    WHERE version.rule_id = rule.id
    ORDER BY a.started_at DESC LIMIT 1
) last ON true
WHERE rule.client_id = %(client)s AND rule.deleted_at IS NULL
"""


@dataclass(frozen=True, kw_only=True)
class LastAnswer:
    """How the client's system answered the last time a lead was sent by a rule; tests do not count."""

    at: datetime
    status_code: int | None
    outcome: str | None
    error_code: str


@dataclass(frozen=True, kw_only=True)
class RuleCard:
    """A rule as the client's page shows it."""

    rule: Rule
    sent_today: int
    accepted_today: int
    waiting: int
    last_answer: LastAnswer | None
    routing_names: list[str]

    @property
    def is_verified(self) -> bool:
        """Whether a response rule of what is live says what success looks like."""
        live = self.rule.live_version
        return live is not None and any(rule.meaning == AnswerMeaning.ACCEPTED for rule in live.response_rules.all())

    @property
    def health(self) -> str:
        """One of draft, off, paused, untried, ok, failing."""
        if self.rule.live_version is None:
            return "draft"
        if not self.rule.is_active:
            return "off"
        if self.rule.is_paused:
            return "paused"
        if self.last_answer is None:
            return "untried"
        return "ok" if self.last_answer.outcome == AttemptOutcome.ACCEPTED else "failing"


def rule_cards(client: User, *, day_start: datetime) -> list[RuleCard]:
    """Give the client's rules with their numbers since `day_start`, in as many queries for one as for many."""
    rules = (
        Rule.objects.filter(client=client, deleted_at__isnull=True)
        .select_related("live_version", "draft_version")
        .prefetch_related(
            "live_version__mappings", "draft_version__mappings", "live_version__response_rules", "sources"
        )
        .order_by("id")
    )
    with connection.cursor() as cursor:
        cursor.execute(FIGURES_SQL, {"day": day_start, "client": client.pk})
        figures = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_card(rule, figures[rule.pk]) for rule in rules if rule.pk in figures]


def has_mail_rules(client: User) -> bool:
    """Tell whether any rule of the client ever sent its leads by e-mail."""
    return RuleVersion.objects.filter(rule__client=client, body_format=BodyFormat.MAIL).exists()


def rule_count(client: User) -> int:
    """Give how many rules the client has."""
    return Rule.objects.filter(client=client, deleted_at__isnull=True).count()


def _card(rule: Rule, figures: tuple) -> RuleCard:
    sent, accepted, waiting, at, status, outcome, error = figures
    shown = rule.live_version or rule.draft_version
    return RuleCard(
        rule=rule,
        sent_today=sent,
        accepted_today=accepted,
        waiting=waiting,
        last_answer=LastAnswer(at=at, status_code=status, outcome=outcome, error_code=error) if at else None,
        routing_names=[
            _name_there(shown, m)
            for m in (shown.mappings.all() if shown else ())
            if m.source in ((FEEDBACK_LINKS,) if shown and shown.is_mail else ROUTING_SOURCES)
        ],
    )


def _name_there(version: RuleVersion | None, mapping: FieldMapping) -> str:
    """Give the name under which the client's system finds a value: for a slot, what stands around it."""
    if version is None or version.is_mail:
        return mapping.name
    name, _place = place_of(
        placement=mapping.placement,
        name=mapping.name,
        url=version.url,
        body_format=version.body_format,
        template=version.template,
    )
    return name
