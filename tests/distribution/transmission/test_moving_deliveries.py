"""What staff do to single deliveries."""

import pytest
from django.db import connection
from django.utils import timezone

from distribution import services
from distribution.choices import DeliveryState
from distribution.errors import DeliveryIsSending, DeliveryNotOpen, RuleNotSending
from distribution.models import Attempt, Delivery, FieldMapping, Rule, RuleVersion
from distribution.queries import oldest_due_s
from distribution.tasks import make_partitions
from tests.distribution.engine.loops import make_deliveries, transmitting, until_closed
from tests.factories import active_rule
from tests.receivers import receiving

CLOSED = ["accepted", "refused", "held", "gave_up", "cancelled"]


def delivery_in(state: str) -> Delivery:
    (delivery,) = make_deliveries(active_rule(), 1)
    fields: dict[str, object] = {"state": state, "attempt_count": 3, "outcome_code": "client_failed"}
    if state in CLOSED:
        fields["finished_at"] = timezone.now()
    if state == DeliveryState.SENDING:
        fields["lease_owner"] = delivery.pk
    Delivery.objects.filter(pk=delivery.pk).update(**fields)
    delivery.refresh_from_db()
    return delivery


@pytest.mark.django_db
@pytest.mark.parametrize("state", [*CLOSED, "waiting"])
def test_sent_again_it_is_due_with_all_attempts_ahead_of_it(state: str) -> None:
    again = services.send_again(delivery=delivery_in(state))
    assert (again.state, again.attempt_count, again.outcome_code, again.finished_at) == ("waiting", 0, "", None)
    assert oldest_due_s() >= 0


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["refused", "held", "gave_up", "waiting"])
def test_cancelled_it_is_out_of_the_queue(state: str) -> None:
    cancelled = services.cancel(delivery=delivery_in(state))
    assert (cancelled.state, cancelled.outcome_code) == ("cancelled", "cancelled_by_staff")
    assert cancelled.finished_at is not None


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["accepted", "cancelled"])
def test_what_has_ended_cannot_be_cancelled(state: str) -> None:
    with pytest.raises(DeliveryNotOpen):
        services.cancel(delivery=delivery_in(state))


@pytest.mark.django_db
@pytest.mark.parametrize("verb", [services.send_again, services.send_again_by_current_rule, services.cancel])
def test_what_is_on_its_way_is_left_alone(verb: object) -> None:
    delivery = delivery_in("sending")
    with pytest.raises(DeliveryIsSending):
        verb(delivery=delivery)  # type: ignore[operator]
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.SENDING


@pytest.mark.django_db
@pytest.mark.parametrize("verb", [services.send_again, services.send_again_by_current_rule])
def test_a_deleted_rule_sends_nothing_again(verb: object) -> None:
    delivery = delivery_in("held")
    Rule.objects.update(is_active=False, deleted_at=timezone.now())
    with pytest.raises(RuleNotSending):
        verb(delivery=delivery)  # type: ignore[operator]


@pytest.mark.django_db
def test_by_the_current_rule_it_becomes_another_delivery_and_the_waiting_one_is_cancelled() -> None:
    delivery = delivery_in("waiting")
    again = services.send_again_by_current_rule(delivery=delivery)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.CANCELLED
    assert (again.state, again.routing_id, again.rule_id) == ("waiting", delivery.routing_id, delivery.rule_id)
    assert again.pk != delivery.pk


@pytest.mark.django_db(transaction=True)
def test_again_repeats_bytes_and_key_and_by_the_current_rule_changes_both() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("status/422"))
        (delivery,) = make_deliveries(rule, 1)
        with transmitting():
            until_closed(1)
        version = RuleVersion.objects.create(rule=rule, number=2, url=receiver.url("accept"))
        FieldMapping.objects.create(version=version, name="newid", source="routing.id")
        Rule.objects.update(live_version=version)
        services.send_again(delivery=delivery)
        with transmitting():
            until_closed(1)
        services.send_again_by_current_rule(delivery=delivery)
        with transmitting():
            until_closed(2)
        first, second, third = receiver.requests
    assert (first.key, first.path, first.body) == (second.key, second.path, second.body)
    assert third.path == "/accept"
    assert third.key not in {None, first.key}
    assert third.body == f'{{"newid":"{delivery.routing_id}"}}'.encode()
    assert Attempt.objects.filter(delivery=delivery).count() == 2


@pytest.mark.django_db
def test_the_oldest_due_delivery_tells_how_late_the_loop_is() -> None:
    assert oldest_due_s() == 0
    delivery = delivery_in("waiting")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE distribution_delivery SET due_at = now() - interval '90 seconds'")
    assert oldest_due_s() == pytest.approx(90, abs=5)
    Rule.objects.filter(pk=delivery.rule_id).update(paused_at=timezone.now())
    assert oldest_due_s() == 0


@pytest.mark.django_db
def test_partitions_are_there_before_their_month_begins() -> None:
    assert make_partitions(timestamp=0) == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT distribution_make_partitions((current_date + interval '40 years')::date, 2)")
        assert cursor.fetchone() == (4,)
