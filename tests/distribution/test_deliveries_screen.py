"""Deliveries needing a person: which ones, what to do, at a constant price, and nothing to change."""

from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Permission
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


ACTS = {
    "send_again": lambda old: old.state == DeliveryState.WAITING,
    "send_again_by_current_rule": lambda old: Delivery.objects.exclude(pk=old.pk).filter(routing=old.routing).exists(),
    "cancel": lambda old: old.state == DeliveryState.CANCELLED,
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("from_the_list", [True, False], ids=["many from the list", "one from the lead's page"])
def test_staff_can_do_what_it_says(staff: Client, act: str, from_the_list: bool) -> None:
    held = [delivery(active_rule(), DeliveryState.HELD, "forbidden") for _ in range(2 if from_the_list else 1)]
    if from_the_list:
        staff.post(URL, {"action": act, "_selected_action": [row.pk for row in held]})
    else:
        answer = staff.post(reverse("admin:distribution_delivery_act", args=[held[0].pk, act]))
        assert answer.headers["Location"] == reverse("admin:distribution_lead_change", args=[held[0].routing.lead_id])
    for row in held:
        row.refresh_from_db()
        assert ACTS[act](row)


def test_what_cannot_be_done_is_said_and_the_rest_is_done(staff: Client) -> None:
    rule = active_rule()
    accepted, held = delivery(rule, DeliveryState.ACCEPTED), delivery(rule, DeliveryState.HELD)
    answer = staff.post(reverse("admin:distribution_delivery_act", args=[accepted.pk, "cancel"]), follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["warning"]
    staff.post(reverse("admin:distribution_delivery_act", args=[held.pk, "cancel"]))
    accepted.refresh_from_db()
    held.refresh_from_db()
    assert (accepted.state, held.state) == (DeliveryState.ACCEPTED, DeliveryState.CANCELLED)


@pytest.mark.parametrize("act", ACTS)
def test_only_those_who_may_move_deliveries_do(client: Client, act: str) -> None:
    viewer = StaffFactory(is_superuser=False)
    viewer.user_permissions.add(*Permission.objects.filter(codename__in=["view_delivery", "view_lead"]))
    client.force_login(viewer)
    held = delivery(active_rule(), DeliveryState.HELD)
    assert client.post(reverse("admin:distribution_delivery_act", args=[held.pk, act])).status_code == 403
    client.post(URL, {"action": act, "_selected_action": [held.pk]})
    held.refresh_from_db()
    assert held.state == DeliveryState.HELD
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("act", [*ACTS, "delete", "changelist_view"])
def test_a_get_does_nothing(staff: Client, act: str) -> None:
    held = delivery(active_rule(), DeliveryState.HELD)
    assert staff.get(reverse("admin:distribution_delivery_act", args=[held.pk, act])).status_code == 405
