"""Destinations that fail, ask for quiet, or are to be sent to at a pace: what the claim makes of it."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db.models.functions import Now
from django.utils import timezone

from distribution import services
from distribution.choices import DeliveryState
from distribution.engine import claiming, statements, watching
from distribution.engine.connections import Connection, connect
from distribution.engine.versions import VersionCache
from distribution.models import Attempt, Delivery, Rule, RuleEvent
from distribution.queries import oldest_due_s
from distribution.rules.breaker import Limits, Observation, Sign
from tests.distribution.engine.loops import (
    AT_ONCE,
    make_deliveries,
    make_due,
    test_conninfo,
    transmitting,
    until,
    until_closed,
)
from tests.factories import StaffFactory, active_rule
from tests.receivers import receiving

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE_PAUSED = Limits(failures=3, after_s=0, probe_s=(3600,))


def on_connection(work: Any) -> Any:
    async def run() -> Any:
        connection: Connection = await connect(test_conninfo())
        try:
            return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(run())


def claim(places: int = 100) -> list[claiming.Job]:
    jobs: list[claiming.Job] = on_connection(
        lambda connection: claiming.claim(connection, places=places, lease=uuid4(), versions=VersionCache())
    )
    return jobs


def see(rule: Rule, sign: Sign, *, times: int = 1, limits: Limits = AT_ONCE_PAUSED, **given: Any) -> int:
    """Have so many attempts seen; give how many are left over."""
    seen = [watching.Seen(rule.pk, Observation(sign, "timeout", **given), None)] * times
    return len(on_connection(lambda connection: watching.keep(connection, seen, limits)))


@pytest.fixture
def failing() -> Iterator[Rule]:
    """A rule that the breaker paused just now; its next probe is in an hour."""
    rule = active_rule()
    see(rule, Sign.FAILS, times=3)
    rule.refresh_from_db()
    return rule


def told(rule: Rule) -> list[tuple[str, str, str]]:
    return list(RuleEvent.objects.filter(rule=rule).order_by("id").values_list("kind", "reason", "outcome_code"))


# ---- the breaker ----


def test_a_destination_that_only_fails_is_paused_and_its_deliveries_wait_and_it_is_said_once() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("status/500"), max_in_flight=1)
        other = active_rule(url=receiver.url("accept"))
        make_deliveries(rule, 5)
        with transmitting(backoff_s=AT_ONCE, limits=AT_ONCE_PAUSED):
            until(lambda: Rule.objects.get(pk=rule.pk).is_paused)
            until(lambda: not Delivery.objects.filter(rule=rule, state=DeliveryState.SENDING).exists())
            make_deliveries(other, 20)
            until(lambda: Delivery.objects.filter(rule=other, state=DeliveryState.ACCEPTED).count() == 20)
        paths = [request.path for request in receiver.requests]
    rule.refresh_from_db()
    assert (rule.is_active, rule.pause_reason, rule.probes) == (True, "failing", 0)
    assert told(rule) == [("paused", "failing", "client_failed")]
    assert paths.count("/status/500") == 3
    assert not Delivery.objects.filter(rule=rule).exclude(state=DeliveryState.WAITING).exists()


def test_failures_must_go_on_for_a_while(failing: Rule) -> None:
    rule = active_rule()
    patient = Limits(failures=3, after_s=60)
    see(rule, Sign.FAILS, times=50, limits=patient)
    assert not Rule.objects.get(pk=rule.pk).is_paused
    Rule.objects.filter(pk=rule.pk).update(failing_since=Now() - timedelta(seconds=61))
    see(rule, Sign.FAILS, limits=patient)
    assert Rule.objects.get(pk=rule.pk).pause_reason == "failing"


def test_a_paused_rule_is_tried_with_one_delivery_when_its_time_has_come_and_by_one_process_only(failing: Rule) -> None:
    make_deliveries(failing, 10)
    assert claim() == []
    Rule.objects.update(probe_at=Now())
    (probe,) = claim()
    assert probe.is_probe
    assert claim() == []
    rule = Rule.objects.get()
    assert rule.probe_at is not None
    assert rule.probe_at > timezone.now() + timedelta(seconds=120)


def test_after_a_failed_probe_the_pauses_grow(failing: Rule) -> None:
    for probes, seconds in ((1, 20), (2, 40), (3, 40)):
        see(failing, Sign.FAILS, limits=Limits(probe_s=(10, 20, 40)), is_probe=True)
        rule = Rule.objects.get()
        assert rule.probe_at is not None
        assert rule.probes == probes
        assert 0 <= seconds - (rule.probe_at - timezone.now()).total_seconds() < 5
    assert told(failing) == [("paused", "failing", "timeout")]


def test_as_soon_as_a_probe_is_answered_everything_goes_on() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("accept"), max_in_flight=2)
        see(rule, Sign.FAILS, times=3)
        make_deliveries(rule, 20)
        Rule.objects.update(probe_at=Now())
        with transmitting(limits=AT_ONCE_PAUSED):
            until_closed(20)
    rule.refresh_from_db()
    assert (rule.paused_at, rule.pause_reason, rule.failures, rule.probe_at) == (None, "", 0, None)
    assert told(rule) == [("paused", "failing", "timeout"), ("resumed", "failing", "accepted_not_verified")]


def test_a_success_between_failures_is_counted_by_every_process() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("accept"))
        see(rule, Sign.FAILS, times=2)
        make_deliveries(rule, 1)
        with transmitting(limits=AT_ONCE_PAUSED):
            until(lambda: Rule.objects.get().failures == 0)
    see(rule, Sign.FAILS, times=2)
    assert not Rule.objects.get().is_paused


def test_what_is_seen_of_a_rule_that_is_locked_waits_for_the_next_time_and_for_nobody() -> None:
    locked, free = active_rule(), active_rule()
    with psycopg.connect(test_conninfo()) as other:
        other.execute("SELECT id FROM distribution_rule WHERE id = %s FOR NO KEY UPDATE", [locked.pk])
        assert see(locked, Sign.FAILS) == 1
        assert see(free, Sign.FAILS) == 0
    assert list(Rule.objects.order_by("id").values_list("failures", flat=True)) == [0, 1]


def test_staff_resume_what_the_breaker_paused_and_pause_what_works(failing: Rule) -> None:
    staff = StaffFactory()
    make_deliveries(failing, 3)
    resumed = services.resume_rule(rule=failing, by=staff)
    assert (resumed.is_paused, resumed.failures, resumed.probe_at) == (False, 0, None)
    assert len(claim(2)) == 2
    paused = services.pause_rule(rule=failing, by=staff)
    assert (paused.pause_reason, paused.probe_at) == ("staff", None)
    assert claim() == []
    see(failing, Sign.WORKS)
    assert Rule.objects.get().is_paused
    services.pause_rule(rule=failing, by=staff)
    assert [event[:2] for event in told(failing)] == [
        ("paused", "failing"),
        ("resumed", "failing"),
        ("paused", "staff"),
    ]
    assert list(RuleEvent.objects.order_by("id").values_list("by", flat=True)) == [None, staff.pk, staff.pk]


# ---- quiet ----


@pytest.mark.parametrize("status", [429, 503])
def test_a_destination_that_asks_for_quiet_gets_it_for_all_its_deliveries_up_to_an_hour(status: int) -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url(f"throttle/{status}/86400"), max_in_flight=1)
        make_deliveries(rule, 5)
        with transmitting():
            until(lambda: Rule.objects.get().quiet_until is not None)
            until(lambda: not Delivery.objects.filter(state=DeliveryState.SENDING).exists())
        assert len(receiver.requests) <= 2  # one more may have been on its way when the answer came
    rule.refresh_from_db()
    assert rule.quiet_until is not None
    assert 3_590 < (rule.quiet_until - timezone.now()).total_seconds() <= 3_600
    assert not rule.is_paused
    assert claim() == []
    assert oldest_due_s() == 0
    Rule.objects.update(quiet_until=Now())
    assert len(claim()) == 1


def test_quiet_can_only_delay(failing: Rule) -> None:
    rule = active_rule()
    for seconds in (600, 5):
        seen = [watching.Seen(rule.pk, Observation(Sign.FAILS, "client_busy"), seconds)]
        on_connection(lambda connection, seen=seen: watching.keep(connection, seen, Limits()))
    rule.refresh_from_db()
    assert rule.quiet_until is not None
    assert (rule.quiet_until - timezone.now()).total_seconds() > 590


# ---- pace ----


def test_a_limit_per_time_holds_over_claims_and_retries_and_tests_do_not_count() -> None:
    rule = active_rule(rate_limit=5, rate_period=60, max_in_flight=3)
    make_deliveries(rule, 20)
    assert [len(claim()) for _ in range(2)] == [3, 0]  # the limit of requests at the same time holds beside it
    Delivery.objects.filter(state=DeliveryState.SENDING).update(
        state=DeliveryState.ACCEPTED, lease_owner=None, finished_at=Now()
    )
    assert [len(claim()) for _ in range(2)] == [2, 0]
    make_due()
    assert claim() == []
    assert Attempt.objects.count() == 5
    Rule.objects.update(rate_limit=6)
    assert len(claim()) == 1


def test_a_limit_per_time_holds_for_all_loops_together() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("accept"), rate_limit=10, rate_period=1, max_in_flight=100)
        make_deliveries(rule, 25)
        with transmitting(number=3):
            until_closed(25)
        assert len(receiver.requests) == 25
    started = sorted(Attempt.objects.values_list("started_at", flat=True))
    for place, first in enumerate(started):
        assert sum(at < first + timedelta(seconds=1) for at in started[place:]) <= 10


# ---- doubt ----


@pytest.mark.parametrize("behaviour", ["close", "short-body", "hang"])
def test_a_rule_that_repeats_nothing_by_itself_holds_what_is_unknown(behaviour: str) -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url(behaviour), after_unknown="hold", timeout_s=1)
        make_deliveries(rule, 1)
        with transmitting():
            until_closed(1)
        assert len(receiver.requests) == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.outcome_code) == (DeliveryState.HELD, "outcome_unknown")


def test_what_a_dead_process_left_is_held_where_the_rule_repeats_nothing() -> None:
    holding, repeating = active_rule(after_unknown="hold"), active_rule()
    for rule in (holding, repeating):
        make_deliveries(rule, 1)
    assert len(claim()) == 2
    make_due()  # the leases have run out
    (again,) = claim()
    assert again.rule_id == repeating.pk
    held = Delivery.objects.get(rule=holding)
    assert (held.state, held.outcome_code, held.attempt_count) == (DeliveryState.HELD, "outcome_unknown", 1)
    services.send_again(delivery=held)
    assert [job.rule_id for job in claim()] == [holding.pk]


def test_locked_rules_say_what_follows_doubt() -> None:
    make_deliveries(active_rule(after_unknown="hold"), 1)
    with psycopg.connect(test_conninfo()) as other:
        assert [row[1] for row in other.execute(statements.LOCK_RULES)] == ["hold"]
