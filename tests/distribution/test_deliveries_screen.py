"""Deliveries needing a person: which ones, what to do, at a constant price, and nothing to change."""

from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from distribution.choices import DeliveryState
from distribution.models import Delivery, Rule
from distribution.rules.outcome import explain
from tests.factories import RoutingFactory, StaffFactory, active_rule

pytestmark = pytest.mark.django_db

URL = reverse("admin:distribution_delivery_changelist")


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(StaffFactory())
    return client


def delivery(rule: Rule, state: DeliveryState, code: str = "") -> Delivery:
    is_open = state == DeliveryState.WAITING
    return Delivery.objects.create(
        routing=RoutingFactory(client=rule.client),
        rule=rule,
        state=state,
        outcome_code=code,
        finished_at=None if is_open else timezone.now(),
        due_at=timezone.now() + timedelta(hours=1),
    )


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"refused", "held", "gave_up"}),
        ("?state=undelivered", {"held", "gave_up"}),
        ("?state=refused", {"refused"}),
        ("?state=open", {"waiting"}),
    ],
)
def test_each_choice_shows_its_deliveries(staff: Client, query: str, shown: set[str]) -> None:
    rule = active_rule()
    for state in set(DeliveryState) - {DeliveryState.SENDING}:
        delivery(rule, state)

    rows = staff.get(URL + query).context["cl"].result_list

    assert {row.state for row in rows} == shown


def test_it_says_what_to_do(staff: Client) -> None:
    rule = active_rule()
    delivery(rule, DeliveryState.HELD, "unauthorized")
    delivery(rule, DeliveryState.GAVE_UP, "client_failed")

    page = unescape(staff.get(URL).content.decode())

    assert "שידורים לטיפול" in page
    assert str(explain("unauthorized")) in page
    assert str(explain("client_failed")) not in page, "nothing follows by itself any more"


def test_nothing_can_be_changed_here(staff: Client) -> None:
    row = delivery(active_rule(), DeliveryState.HELD)

    assert staff.get(f"{URL}add/").status_code == 403
    assert staff.post(reverse("admin:distribution_delivery_change", args=[row.pk]), {}).status_code == 403
    assert staff.post(reverse("admin:distribution_delivery_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_the_number_of_queries_stays_the_same(staff: Client) -> None:
    rule = active_rule()
    delivery(rule, DeliveryState.HELD)
    staff.get(URL)
    with CaptureQueriesContext(connection) as few:
        staff.get(URL)
    for _ in range(12):
        delivery(active_rule(client=rule.client), DeliveryState.REFUSED)

    with CaptureQueriesContext(connection) as many:
        staff.get(URL)

    assert len(many) == len(few)
