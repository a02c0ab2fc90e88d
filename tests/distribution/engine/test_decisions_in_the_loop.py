"""What the loop does with answers, rules that wait, and requests that cannot be put together."""

import json

import pytest
from django.utils import timezone

from accounts.encryption import encrypt
from distribution.choices import DeliveryState
from distribution.models import Attempt, Delivery, Exchange, FieldMapping, FrozenRequest, Routing, Rule, RuleVersion
from distribution.rules.redaction import MASK
from tests.distribution.engine.loops import make_deliveries, make_due, transmitting, until, until_closed
from tests.factories import active_rule
from tests.receivers import receiving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("behaviour", "state", "code", "detail"),
    [
        ("status/201", "accepted", "accepted_not_verified", 'HTTP 201: {"ok":true}'),
        ("hebrew-1255", "accepted", "accepted_not_verified", "HTTP 200: <html>הליד נקלט בהצלחה</html>"),
        ("status/422", "refused", "refused_by_status", 'HTTP 422: {"ok":true}'),
        ("bad-utf8", "refused", "refused_by_status", None),
        ("status/401", "held", "unauthorized", None),
        ("status/404", "held", "not_found", None),
        ("redirect", "held", "redirected", None),
        ("status/600", "held", "unexpected_status", None),
        ("garbage", "held", "bad_response", ""),
        ("many-headers/300", "held", "too_many_headers", None),
        ("status/500", "gave_up", "client_failed", None),
        ("close", "gave_up", "broken_off", None),
        ("short-body", "gave_up", "broken_off", "HTTP 200"),
        ("deep-json/60000", "accepted", "accepted_not_verified", None),
        ("gzip-bomb", "accepted", "accepted_not_verified", None),
    ],
)
def test_an_answer_puts_its_delivery_where_it_belongs(
    behaviour: str, state: str, code: str, detail: str | None
) -> None:
    with receiving() as receiver:
        (delivery,) = make_deliveries(active_rule(url=receiver.url(behaviour)), 1)
        with transmitting(backoff_s=[0.001]):
            until_closed(1)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.outcome_code) == (state, code)
    assert detail is None or delivery.outcome_detail == detail
    attempts = list(Attempt.objects.filter(delivery=delivery))
    assert len(attempts) == (2 if state == "gave_up" else 1)
    assert all(attempt.finished_at and attempt.duration_ms is not None for attempt in attempts)
    assert Exchange.objects.filter(attempt_id__in=[attempt.id for attempt in attempts]).count() == len(attempts)
    assert (Routing.objects.get().delivered_at is not None) is (state == "accepted")


def test_retry_after_delays_by_the_databases_clock() -> None:
    with receiving() as receiver:
        (delivery,) = make_deliveries(active_rule(url=receiver.url("retry-after/3600")), 1)
        with transmitting():
            until(
                lambda: (
                    Delivery.objects.get().state == DeliveryState.WAITING and Delivery.objects.get().attempt_count == 1
                )
            )
    delivery.refresh_from_db()
    assert 3_590 < (delivery.due_at - timezone.now()).total_seconds() < 3_610


def test_410_pauses_the_rule_and_holds_the_delivery_and_the_others_wait() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("status/410"), max_in_flight=1)
        make_deliveries(rule, 5)
        with transmitting():
            until(lambda: Rule.objects.get().is_paused)
            until(lambda: not Delivery.objects.filter(state=DeliveryState.SENDING).exists())
        seen = len(receiver.requests)
    rule.refresh_from_db()
    assert rule.is_active
    assert rule.pause_reason == "gone"
    states = list(Delivery.objects.values_list("state", flat=True))
    assert states.count(DeliveryState.HELD) == seen < 5
    assert states.count(DeliveryState.WAITING) == 5 - seen


@pytest.mark.parametrize("change", [{"paused_at": timezone.now()}, {"is_active": False}])
def test_a_rule_that_is_paused_or_switched_off_keeps_its_deliveries_waiting(change: dict[str, object]) -> None:
    with receiving() as receiver:
        waiting, sending = active_rule(url=receiver.url("accept")), active_rule(url=receiver.url("accept"))
        make_deliveries(waiting, 3)
        Rule.objects.filter(pk=waiting.pk).update(**change)
        make_deliveries(sending, 3)
        with transmitting():
            until(lambda: Delivery.objects.filter(state=DeliveryState.ACCEPTED).count() == 3)
        assert not Delivery.objects.filter(rule=waiting).exclude(state=DeliveryState.WAITING, attempt_count=0).exists()
        assert len(receiver.requests) == 3


def test_deliveries_without_an_attempt_take_the_new_version_and_frozen_ones_keep_theirs() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("retry-after/3600"), max_in_flight=1)
        (frozen,) = make_deliveries(rule, 1)
        with transmitting():
            receiver.wait_for(1)
            until(lambda: Delivery.objects.get().state == DeliveryState.WAITING)
        version = RuleVersion.objects.create(rule=rule, number=2, url=receiver.url("accept"))
        FieldMapping.objects.create(version=version, name="newid", source="routing.id")
        Rule.objects.filter(pk=rule.pk).update(live_version=version, quiet_until=None)
        (fresh,) = make_deliveries(rule, 1)
        with transmitting():
            until(lambda: Delivery.objects.get(pk=fresh.pk).state == DeliveryState.ACCEPTED)
            make_due()
            receiver.wait_for(3)
        bodies = {request.key: (request.path, json.loads(request.body).keys()) for request in receiver.requests}
    assert bodies[str(frozen.pk)] == ("/retry-after/3600", {"rid", "name", "phone"})
    assert bodies[str(fresh.pk)] == ("/accept", {"newid"})
    assert set(Attempt.objects.filter(delivery=fresh).values_list("version_id", flat=True)) == {version.pk}


def test_what_cannot_be_put_together_is_held_with_the_reason_and_stops_nothing() -> None:
    with receiving() as receiver:
        bad, good = active_rule(url=receiver.url("accept")), active_rule(url=receiver.url("accept"))
        FieldMapping.objects.create(version=bad.live_version, name="X-Name", source="lead.name", placement="header")
        broken = active_rule(
            url=receiver.url("accept"), mappings={"rid": "routing.id", "a": "lead.name", "a.b": "lead.city"}
        )
        unknown = active_rule(url=receiver.url("accept"), mappings={"rid": "routing.id", "a": "lead.shoe_size"})
        for rule in (bad, broken, unknown, good):
            make_deliveries(rule, 2)
        with transmitting():
            until_closed(8)
        assert len(receiver.requests) == 2
    found = {
        rule: set(
            Delivery.objects.filter(rule=rule).values_list("state", "outcome_code", "outcome_detail", "attempt_count")
        )
        for rule in (bad, broken, unknown, good)
    }
    assert found[bad] == {("held", "value_not_sendable", "X-Name", 0)}
    assert found[broken] == {("held", "mapping_conflict", "a.b / a", 0)}
    assert found[unknown] == {("held", "render_failed", "lead.shoe_size", 0)}
    assert {state for state, *_rest in found[good]} == {"accepted"}
    # What was never attempted is not shown to the client.
    assert not Routing.objects.filter(deliveries__rule=bad, visible_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("kind", "header", "shown"),
    [("bearer", "Bearer geheim-12345", f"Bearer {MASK}"), ("basic", "Basic bGVhZHM6Z2VoZWltLTEyMzQ1", f"Basic {MASK}")],
)
def test_credentials_go_out_with_every_attempt_and_are_stored_nowhere(kind: str, header: str, shown: str) -> None:
    with receiving() as receiver:
        rule = active_rule(
            url=receiver.url("echo/500"), auth_kind=kind, auth_username="leads", auth_secret=encrypt("geheim-12345")
        )
        make_deliveries(rule, 1)
        with transmitting(backoff_s=[0.001]):
            until_closed(1)
        assert [request.header("Authorization") for request in receiver.requests] == [header, header]
    stored = [
        (exchange.request_headers, exchange.response_headers, bytes(exchange.response_body or b""))
        for exchange in Exchange.objects.filter(
            attempt_id__in=Attempt.objects.filter(routing=Routing.objects.get()).values("id")
        )
    ]
    frozen = FrozenRequest.objects.get()
    delivery = Delivery.objects.get()
    everything = repr((stored, frozen.headers, bytes(frozen.body or b""), delivery.outcome_detail))
    assert len(stored) == 2
    assert ["Authorization", shown] in stored[0][0]
    assert "geheim" not in everything
    assert "bGVhZHM6" not in everything


@pytest.mark.parametrize("is_header", [True, False])
def test_credentials_that_cannot_be_read_or_sent_hold_the_delivery(is_header: bool) -> None:
    with receiving() as receiver:
        secret = encrypt("a\r\nX-Evil: 1") if is_header else b"of another installation"
        rule = active_rule(url=receiver.url("accept"), auth_kind="bearer", auth_secret=secret)
        make_deliveries(rule, 1)
        with transmitting():
            until_closed(1)
        assert receiver.requests == []
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.outcome_code) == ("held", "credentials_unreadable")


def test_an_address_that_is_refused_holds_the_delivery() -> None:
    make_deliveries(active_rule(url="http://169.254.169.254/latest/meta-data/"), 1)
    make_deliveries(active_rule(url="http://127.0.0.1:1/", allow_http=False), 1)
    with transmitting():
        until_closed(2)
    assert set(Delivery.objects.values_list("state", "outcome_code")) == {
        ("held", "address_refused"),
        ("held", "url_refused"),
    }


def test_a_routing_sent_by_two_rules_is_delivered_once_and_changes_its_version_once() -> None:
    with receiving() as receiver:
        first = active_rule(url=receiver.url("accept"))
        second = active_rule(url=receiver.url("accept"), client=first.client)
        (delivery,) = make_deliveries(first, 1)
        Delivery.objects.create(routing=delivery.routing, rule=second)
        with transmitting():
            until_closed(2)
    routing = Routing.objects.get()
    assert routing.version == 2
    assert routing.delivered_at is not None
