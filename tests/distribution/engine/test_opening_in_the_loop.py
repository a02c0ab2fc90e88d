"""A rule that is closed sends nothing: retries, what was sent again and old backlogs wait for its next opening."""

from datetime import UTC, datetime, timedelta

import pytest

from distribution.choices import DeliveryState
from distribution.models import Delivery, Rule
from distribution.queries import clock
from distribution.rules.opening_hours import WEEK
from tests.distribution.engine.loops import make_deliveries, make_due, transmitting, until, until_closed
from tests.factories import active_rule
from tests.receivers import receiving

pytestmark = pytest.mark.django_db(transaction=True)


def _minute(moment: datetime) -> int:
    return moment.isoweekday() % 7 * 1440 + moment.hour * 60 + moment.minute


def _with_hours(rule: Rule, *, opens_in_min: int) -> datetime:
    """Give a rule an hour of the week that begins so many minutes from now; gives the moment of its next opening."""
    begin = clock.database_now().astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=opens_in_min)
    start = _minute(begin)
    spans = [[start, min(start + 60, WEEK)]] + ([[0, start + 60 - WEEK]] if start + 60 > WEEK else [])
    Rule.objects.filter(pk=rule.pk).update(selection={"hours": {"spans": spans}, "time_zone": "UTC"})
    return begin


def test_what_is_due_outside_the_hours_waits_for_the_opening_and_other_rules_go_on() -> None:
    with receiving() as receiver:
        closed, other = active_rule(url=receiver.url("ok")), active_rule(url=receiver.url("ok"))
        opens = _with_hours(closed, opens_in_min=120)
        (late,) = make_deliveries(closed, 1)
        (quick,) = make_deliveries(other, 1)
        with transmitting():
            until(lambda: Delivery.objects.filter(pk=quick.pk, state=DeliveryState.ACCEPTED).exists())
            until(lambda: Delivery.objects.filter(pk=late.pk, due_at=opens).exists())
        late.refresh_from_db()
        assert (late.state, late.attempt_count, late.outcome_code) == (DeliveryState.WAITING, 0, "waits_for_hours")
        _with_hours(closed, opens_in_min=-5)
        make_due()
        with transmitting():
            until_closed(2)
    late.refresh_from_db()
    assert late.state == DeliveryState.ACCEPTED


def test_a_retry_outside_the_hours_waits_for_the_opening() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("status/500"))
        _with_hours(rule, opens_in_min=-5)
        (delivery,) = make_deliveries(rule, 1)
        with transmitting(backoff_s=[0.001] + [3_600.0] * 3):
            until(lambda: Delivery.objects.filter(pk=delivery.pk, attempt_count=2).exists())
            until(lambda: Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING).exists())
        opens = _with_hours(rule, opens_in_min=90)
        make_due()
        with transmitting():
            until(lambda: Delivery.objects.filter(pk=delivery.pk, due_at=opens).exists())
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempt_count) == (DeliveryState.WAITING, 2)
