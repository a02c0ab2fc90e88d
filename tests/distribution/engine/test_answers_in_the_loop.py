"""The loop reads answers by the version's response rules and keeps what they bring."""

import json

import pytest

from accounts.encryption import encrypt
from distribution.choices import DeliveryState
from distribution.models import Capture, Delivery, FieldMapping, ResponseRule, Routing
from distribution.rules.redaction import MASK
from tests.distribution.engine.loops import make_deliveries, transmitting, until_closed
from tests.factories import active_rule
from tests.receivers import receiving, saying

pytestmark = pytest.mark.django_db(transaction=True)

CRM_ANSWER = '{"data": {"leadId": 8812, "office": "חיפה"}}'


def test_a_response_rule_decides_and_its_reason_is_shown() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url(saying(200, "ERROR: כבר קיים", "text/plain")))
        ResponseRule.objects.create(
            version=rule.live_version,
            value="ERROR",
            meaning="refused",
            reason_part="body",
            reason_pattern=r"ERROR:\s*(.*)",
        )
        (delivery,) = make_deliveries(rule, 1)
        with transmitting():
            until_closed(1)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.outcome_code) == (DeliveryState.REFUSED, "refused_by_rule")
    assert delivery.outcome_detail == "כבר קיים"
    assert delivery.attempts.get().detail == "כבר קיים"
    assert Routing.objects.get().delivered_at is None


def test_retry_by_a_rule_is_tried_again_until_it_is_given_up() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url(saying(200, "busy")))
        ResponseRule.objects.create(version=rule.live_version, value="busy", meaning="retry")
        make_deliveries(rule, 1)
        with transmitting(backoff_s=[0.001]):
            until_closed(1)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.outcome_code, delivery.attempt_count) == ("gave_up", "retry_by_rule", 2)


def test_the_clients_id_is_kept_and_sent_by_another_rule() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url(saying(201, CRM_ANSWER)))
        Capture.objects.create(version=rule.live_version, place="data.leadId")
        Capture.objects.create(version=rule.live_version, target="value", name="office", place="data.office")
        deliveries = make_deliveries(rule, 3)
        with transmitting():
            until_closed(3)
            routings = Routing.objects.all()
            assert {r.client_reference for r in routings} == {"8812"}
            assert all(r.captured == {"office": "חיפה"} for r in routings)
            assert all(r.delivered_at and r.version == 3 for r in routings)
            second = active_rule(
                client=rule.client,
                url=receiver.url("accept"),
                mappings={"rid": "routing.id", "crm": "routing.client_reference"},
            )
            FieldMapping.objects.create(
                version=second.live_version, name="office", source="routing.captured", source_key="office"
            )
            Delivery.objects.create(routing=deliveries[0].routing, rule=second)
        with transmitting():
            until_closed(4)
        sent = json.loads(receiver.requests[-1].body)
    assert (sent["crm"], sent["office"]) == ("8812", "חיפה")


def test_an_answer_without_the_id_leaves_the_one_before_and_changes_nothing() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("status/500"))
        Capture.objects.create(version=rule.live_version, place="data.leadId")
        make_deliveries(rule, 1)
        Routing.objects.update(client_reference="8812")
        with transmitting(backoff_s=[]):
            until_closed(1)
    routing = Routing.objects.get()
    assert (routing.client_reference, routing.captured, routing.version) == ("8812", None, 1)


def test_a_secret_that_an_answer_repeats_is_masked_wherever_it_is_kept() -> None:
    with receiving() as receiver:
        rule = active_rule(
            url=receiver.url(saying(200, '{"id": "geheim-1", "why": "geheim-1"}')),
            auth_kind="bearer",
            auth_secret=encrypt("geheim-1"),
        )
        Capture.objects.create(version=rule.live_version, place="id")
        ResponseRule.objects.create(
            version=rule.live_version, part="json", place="why", test="exists", meaning="refused", reason_part="json",
            reason_place="why",
        )  # fmt: skip
        make_deliveries(rule, 1)
        with transmitting():
            until_closed(1)
    assert Routing.objects.get().client_reference == MASK
    assert Delivery.objects.get().outcome_detail == MASK
