"""Picking routings as reports count them, so that each number can show what it counted (`report_counts.ROUTINGS`)."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.fields import BooleanField

from distribution.choices import OPEN_STATES, DeliveryState
from distribution.models import Delivery, Routing
from feedback.choices import ReasonKind, RoutingOutcome

UNDELIVERED_STATES = (DeliveryState.HELD, DeliveryState.GAVE_UP)
_REPEAT = """EXISTS (
    SELECT FROM distribution_matchreport report
    CROSS JOIN LATERAL jsonb_array_elements(report.verdicts) verdict
    JOIN distribution_rule rule ON rule.id = (verdict ->> 'rule')::bigint
        AND rule.client_id = distribution_routing.client_id
    WHERE report.lead_id = distribution_routing.lead_id AND report.is_repeat AND verdict ? 'repeat'
)"""

_KIND = "current_feedback__feedback__reason__kind"
ANSWERED = Q(current_feedback__isnull=False)
GOOD = Q(**{f"{_KIND}__in": [ReasonKind.POSITIVE, ReasonKind.SALE]})
INVALID = Q(**{_KIND: ReasonKind.INVALID})


def counted_routings(routings: QuerySet[Routing]) -> QuerySet[Routing]:
    """Leave out what no report counts: tests, and what was taken back."""
    return routings.filter(is_test=False, withdrawn_at__isnull=True, lead__is_test=False, lead__source__isnull=False)


def with_outcome(routings: QuerySet[Routing], outcome: RoutingOutcome) -> QuerySet[Routing]:
    """Give those that came so far and no further."""
    sent = Delivery.objects.filter(routing=OuterRef("pk"))
    is_sent, is_open = Q(Exists(sent)), Q(Exists(sent.filter(state__in=OPEN_STATES)))
    is_undelivered = Q(Exists(sent.filter(state__in=UNDELIVERED_STATES)))
    is_refused = Q(Exists(sent.filter(state=DeliveryState.REFUSED)))
    delivered, seen = Q(delivered_at__isnull=False), Q(visible_at__isnull=False)
    closed = ~delivered & is_sent & ~is_open
    return routings.filter(
        {
            RoutingOutcome.ACCEPTED: delivered | (~is_sent & seen),
            RoutingOutcome.WAITING: ~delivered & (is_open | (~is_sent & ~seen)),
            RoutingOutcome.UNDELIVERED: closed & is_undelivered,
            RoutingOutcome.REFUSED: closed & ~is_undelivered & is_refused,
            RoutingOutcome.CANCELLED: closed & ~is_undelivered & ~is_refused,
        }[outcome]
    )


def repeats(routings: QuerySet[Routing], *, only: bool) -> QuerySet[Routing]:
    """Give those that a rule of their client found to be repeats (`only`), or all others."""
    is_repeat = Q(RawSQL(_REPEAT, [], output_field=BooleanField()))  # noqa: S611 - a constant of ours
    return routings.filter(is_repeat if only else ~is_repeat)


def chargeable(routings: QuerySet[Routing]) -> QuerySet[Routing]:
    """Give those that an invoice rests on."""
    return repeats(with_outcome(routings, RoutingOutcome.ACCEPTED).exclude(INVALID), only=False)


def deducted_repeats(routings: QuerySet[Routing]) -> QuerySet[Routing]:
    """Give the accepted ones that are deducted for being repeats and nothing else."""
    return repeats(with_outcome(routings, RoutingOutcome.ACCEPTED).exclude(INVALID), only=True)
