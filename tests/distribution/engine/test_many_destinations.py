"""Limits, isolation, and several loops at once."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from distribution.choices import DeliveryState
from distribution.engine import transmitter
from distribution.engine.wakeup import wake_transmitters
from distribution.models import Attempt, Delivery
from tests.distribution.engine.loops import make_deliveries, transmitting, until, until_closed
from tests.factories import active_rule
from tests.receivers import ReceivedRequest, closed_port, receiving

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_loops_at_once_send_each_delivery_once() -> None:
    with receiving() as receiver:
        rules = [active_rule(url=receiver.url("accept"), max_in_flight=7) for _ in range(3)]
        deliveries = [delivery for rule in rules for delivery in make_deliveries(rule, 100)]
        with transmitting(number=2):
            until_closed(300)
    assert Counter(request.key for request in receiver.requests) == {str(delivery.id): 1 for delivery in deliveries}


def test_a_hanging_destination_delays_no_other() -> None:
    with receiving() as receiver:
        stuck = active_rule(url=receiver.url("hang"), timeout_s=120, max_in_flight=5)
        make_deliveries(stuck, 50)
        with transmitting():
            receiver.wait_for(5)
            healthy = active_rule(url=receiver.url("accept"), max_in_flight=5)
            make_deliveries(healthy, 200)
            until(lambda: not Delivery.objects.open().filter(rule=healthy).exists())
        paths = Counter(request.path for request in receiver.requests)
    assert paths == {"/hang": 5, "/accept": 200}


def test_the_limit_of_a_destination_holds_for_all_loops_together() -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def leave(request: ReceivedRequest) -> None:
        nonlocal inside
        with lock:
            inside -= 1

    with receiving(on_request=leave) as receiver:
        arrived = receiver.requests.append

        class Counting(list[ReceivedRequest]):
            def append(self, request: ReceivedRequest) -> None:
                nonlocal inside, most
                with lock:
                    inside += 1
                    most = max(most, inside)
                arrived(request)

        receiver.requests = Counting()
        rule = active_rule(url=receiver.url("delay/20"), max_in_flight=4)
        make_deliveries(rule, 120)
        with transmitting(number=3):
            until_closed(120)
    assert most == 4


def test_the_ceiling_holds_for_all_destinations_of_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transmitter, "POLL_S", 0.001)
    with receiving() as receiver:
        for _ in range(5):
            make_deliveries(active_rule(url=receiver.url("hang"), max_in_flight=5, timeout_s=120), 5)
        with transmitting(ceiling=6):
            receiver.wait_for(6)
            until(lambda: Delivery.objects.filter(state=DeliveryState.SENDING).count() == 6)
        assert len(receiver.requests) == 6


def test_a_port_that_refuses_is_tried_again_until_it_is_given_up() -> None:
    with closed_port() as port:
        rule = active_rule(url=f"http://127.0.0.1:{port}/")
        (delivery,) = make_deliveries(rule, 1)
        with transmitting(backoff_s=[0.001, 0.001]):
            until_closed(1)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.outcome_code, delivery.attempt_count) == ("gave_up", "connect_failed", 3)
    assert Attempt.objects.filter(delivery=delivery, outcome="retry").count() == 3


def test_a_notification_starts_a_send_without_waiting_for_the_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transmitter, "POLL_S", 3600)
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("accept"))
        with transmitting():
            make_deliveries(rule, 1)
            wake_transmitters()
            receiver.wait_for(1)


def test_what_is_due_later_waits() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("accept"))
        late, now = make_deliveries(rule, 2)
        Delivery.objects.filter(pk=late.pk).update(due_at=Now() + timedelta(hours=1))
        with transmitting():
            until(lambda: Delivery.objects.get(pk=now.pk).state == DeliveryState.ACCEPTED)
        assert [request.key for request in receiver.requests] == [str(now.pk)]
