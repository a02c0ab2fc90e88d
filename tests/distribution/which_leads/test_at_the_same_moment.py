"""Caps, repeats and exclusive rules hold when leads come at the same moment, and a rule is switched off meanwhile."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from distribution.choices import AtCap
from distribution.models import Delivery, Lead, Routing, Rule
from distribution.rules.selection import Duplicates, Selection
from distribution.services.matching import route_leads
from tests.distribution.which_leads.conftest import TakeIn, choosing_rule, said, taken
from tests.factories import LeadFactory, SourceFactory

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do things at the same moment, each on a connection of its own; gives what each came to."""
    barrier = threading.Barrier(len(acts))
    results: dict[int, Any] = {}

    def run(place: int) -> None:
        try:
            barrier.wait()
            results[place] = acts[place]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[place] for place in range(len(acts))]


def phones() -> Iterator[str]:
    return (f"05{number:08d}" for number in range(10_000_000, 10_001_000))


@pytest.mark.parametrize(("at_cap", "deliveries"), [(AtCap.SKIP, 5), (AtCap.WAIT, AT_ONCE * 4)])
def test_a_cap_is_exact(take_in: TakeIn, at_cap: str, deliveries: int) -> None:
    rule = choosing_rule(Selection(caps={"month": 5}, at_cap=at_cap))
    numbers = phones()
    bodies = [[{"phone": next(numbers)} for _ in range(2)] for _ in range(AT_ONCE * 2)]

    def act(first: int) -> Callable[[], None]:
        return lambda: [take_in(*bodies[place]) for place in (first, first + AT_ONCE)] and None

    at_once(*[act(place) for place in range(AT_ONCE)])
    assert Lead.objects.count() == AT_ONCE * 4
    assert Delivery.objects.filter(rule=rule, outcome_code="").count() == 5
    assert Delivery.objects.count() == taken(rule, "total") == deliveries


def test_a_form_sent_twice_at_once_is_given_once(take_in: TakeIn) -> None:
    choosing_rule(Selection(duplicates=Duplicates(days=1)))
    at_once(*[lambda: take_in({"phone": "0501234567", "email": "noa@example.co.il"})] * AT_ONCE)
    assert Lead.objects.count() == AT_ONCE
    assert Delivery.objects.count() == 1


def test_many_rules_and_caps_at_once_neither_lock_each_other_out_nor_take_a_lead_twice(take_in: TakeIn) -> None:
    rules = [
        choosing_rule(Selection(caps={"day": 6}, at_cap=AtCap.SKIP), priority=1, is_exclusive=True, weight=number)
        for number in (1, 2, 3)
    ]
    rest = choosing_rule(priority=9)
    numbers = phones()
    bodies = [[{"phone": next(numbers)} for _ in range(4)] for _ in range(AT_ONCE)]
    at_once(*[lambda body=body: take_in(*body) for body in bodies])
    assert [Delivery.objects.filter(rule=rule).count() for rule in rules] == [6, 6, 6]
    assert Delivery.objects.filter(rule=rest).count() == AT_ONCE * 4 - 18
    assert Routing.objects.values("lead").distinct().count() == Routing.objects.count() == AT_ONCE * 4


def test_two_exclusive_rules_never_both_get_an_existing_lead() -> None:
    source = SourceFactory()
    leads = [LeadFactory(source=source) for _ in range(20)]
    rules = [choosing_rule(is_exclusive=True) for _ in range(2)]
    ids = [lead.pk for lead in leads]
    at_once(*[
        lambda rule=rule: route_leads(ids, now=datetime.now(UTC), rule_id=rule.pk) for rule in rules * 3
    ])  # fmt: skip
    assert Routing.objects.count() == Delivery.objects.count() == 20


def test_a_rule_switched_off_meanwhile_leaves_the_lead_to_the_next(take_in: TakeIn) -> None:
    first = choosing_rule(priority=1, is_exclusive=True)
    second = choosing_rule(priority=2, is_exclusive=True)
    results: list[Any] = []

    def post() -> None:
        try:
            results.append(take_in({"phone": "0501234567"}))
        finally:
            connection.close()

    with transaction.atomic():
        Rule.objects.select_for_update().get(pk=first.pk)
        thread = threading.Thread(target=post)
        thread.start()
        while thread.is_alive() and not _is_waiting_for_a_lock():
            thread.join(0.01)
        assert not results
        Rule.objects.filter(pk=first.pk).update(is_active=False)
    thread.join()
    assert Delivery.objects.get().rule == second
    assert said(results[0][0]) == {}


def _is_waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database OR l.database IS NULL "
                       "WHERE NOT granted AND d.datname = current_database()")  # fmt: skip
        return bool(cursor.fetchone()[0])
