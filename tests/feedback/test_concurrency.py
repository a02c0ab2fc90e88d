"""Two posts at once on one routing, in two connections."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from distribution.models import Routing
from feedback.choices import Door
from feedback.models import CurrentFeedback, Feedback
from feedback.services import FeedbackInput, FeedbackResult, amend_feedback, record_feedback
from tests.factories import RoutingFactory

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together, each with a connection of its own."""
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(index: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=10)
            results[index] = calls[index]()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    errors = [result for result in results if isinstance(result, Exception)]
    assert not errors, errors
    return results


def say(routing: Routing, **fields: Any) -> FeedbackResult:
    said = FeedbackInput(**({"routing_id": routing.id, "reason_id": 1} | fields))
    return record_feedback(client_id=routing.client_id, items=[said], door=Door.REST, now=NOW)[0]


@pytest.mark.parametrize("occurred_at", [None, NOW - timedelta(hours=1)])
@pytest.mark.parametrize("before", [0, 1])
def test_twins_that_arrive_together_are_one_effect(occurred_at: Any, before: int) -> None:
    routing = RoutingFactory()
    if before:
        say(routing, reason_id=7, occurred_at=NOW - timedelta(days=1))
    results = at_once(*[lambda: say(routing, comment="x", occurred_at=occurred_at)] * 4)
    assert sorted(result.is_duplicate for result in results) == [False, True, True, True]
    assert len({result.unwrap().id for result in results}) == 1
    assert Feedback.objects.count() == 1 + before
    assert CurrentFeedback.objects.get().version == 1 + before


def test_a_second_writer_waits_for_the_first_and_sees_what_it_wrote() -> None:
    """Deterministic: the first holds its transaction open until the second stands at the lock."""
    routing = RoutingFactory()
    say(routing, reason_id=7)
    outcome: list[FeedbackResult] = []

    def second() -> None:
        try:
            outcome.append(say(routing, comment="same"))
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        first = say(routing, comment="same")
        thread.start()
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        with connection.cursor() as cursor:
            for _ in range(1000):
                cursor.execute("SELECT pg_stat_clear_snapshot()")
                cursor.execute(waiting)
                if cursor.fetchone() == (1,):
                    break
                cursor.execute("SELECT pg_sleep(0.01)")
            else:
                pytest.fail("the second writer never waited")
    thread.join(timeout=30)
    assert outcome[0].is_duplicate
    assert outcome[0].unwrap().id == first.unwrap().id
    assert Feedback.objects.count() == 2


def test_different_ones_all_count_and_the_newest_is_current() -> None:
    routing = RoutingFactory()
    hours = [5, 1, 3, 2, 4, 6]
    at_once(
        *[
            lambda hour=hour: say(routing, reason_id=hour, occurred_at=NOW - timedelta(hours=hour))  # type: ignore[misc]
            for hour in hours
        ]
    )
    assert Feedback.objects.count() == 6
    current = CurrentFeedback.objects.get()
    assert (current.feedback.reason_id, current.version) == (1, 6)


def test_arrays_in_opposite_order_do_not_block_each_other() -> None:
    routings = [RoutingFactory()]
    routings += [RoutingFactory(client=routings[0].client) for _ in range(30)]
    items = [FeedbackInput(routing_id=routing.id, reason_id=reason) for reason in (1, 2) for routing in routings]

    def post(order: list[FeedbackInput]) -> list[FeedbackResult]:
        return record_feedback(client_id=routings[0].client_id, items=order, door=Door.REST, now=NOW)

    results = at_once(lambda: post(items), lambda: post(items[::-1]), lambda: post(items))
    assert all(result.error is None for answers in results for result in answers)
    assert CurrentFeedback.objects.count() == 31


def test_two_changes_at_once_both_stay() -> None:
    routing = RoutingFactory()
    say(routing)

    def change(**changes: Any) -> FeedbackResult:
        return amend_feedback(
            client_id=routing.client_id, routing_id=routing.id, changes=changes, door=Door.ODATA, now=NOW
        )

    at_once(lambda: change(comment="x"), lambda: change(reason_id=4))
    current = CurrentFeedback.objects.get().feedback
    assert (current.reason_id, current.comment) == (4, "x")
