"""The loop as a whole: real receivers, real commits."""

import json
from collections import Counter

import pytest

from distribution.choices import DeliveryState
from distribution.models import Attempt, Delivery, Exchange, FrozenRequest, Routing
from tests.distribution.engine.loops import make_deliveries, transmitting, until_closed
from tests.factories import active_rule
from tests.receivers import receiving

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_due_delivery_goes_out_and_everything_about_it_is_recorded() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("accept"))
        (delivery,) = make_deliveries(rule, 1)
        with transmitting():
            until_closed(1)
    (request,) = receiver.requests
    routing = Routing.objects.get()
    assert request.key == str(delivery.id)
    assert json.loads(request.body) == {"rid": str(routing.id), "name": "דנה לוי 0", "phone": "050-1234567"}
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempt_count, delivery.lease_owner) == (DeliveryState.ACCEPTED, 1, None)
    assert delivery.outcome_code == "accepted_not_verified"
    assert routing.visible_at is not None
    assert routing.delivered_at is not None
    assert routing.version == 2
    attempt = Attempt.objects.get(delivery=delivery)
    assert (attempt.outcome, attempt.status_code, attempt.error_code) == ("accepted", 200, "")
    assert attempt.finished_at is not None
    exchange = Exchange.objects.get(attempt_id=attempt.id)
    assert bytes(exchange.request_body or b"") == request.body
    assert bytes(exchange.response_body or b"") == b'{"ok":true}'
    frozen = FrozenRequest.objects.get()
    assert (bytes(frozen.body or b""), frozen.version_id) == (request.body, rule.live_version_id)


def test_1000_leads_to_a_receiver_that_fails_every_10th_request_are_each_accepted_once_under_one_key() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("fail-every/10"), max_in_flight=50)
        deliveries = make_deliveries(rule, 1_000)
        with transmitting():
            until_closed(1_000)
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.ACCEPTED}
    accepted = Counter(request.key for request in receiver.requests if request.answered == 200)
    assert accepted == {str(delivery.id): 1 for delivery in deliveries}
    assert len(receiver.requests) > 1_100
    key_of_body: dict[bytes, set[str | None]] = {}
    for request in receiver.requests:
        key_of_body.setdefault(request.body, set()).add(request.key)
    assert len(key_of_body) == 1_000
    assert all(len(keys) == 1 for keys in key_of_body.values())
    attempts = Attempt.objects.filter(delivery__in=deliveries)
    assert attempts.count() == len(receiver.requests)
    assert not attempts.filter(outcome=None).exists()
