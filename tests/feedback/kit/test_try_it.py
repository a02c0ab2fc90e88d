"""The try-it page: posts go the way of the client's system, to the test routing alone."""

import html
import json

import pytest
from django.test import Client

from accounts.models import User
from distribution.models import Routing
from feedback.choices import Door
from feedback.models import CurrentFeedback, Feedback
from feedback.services.kit import KitLink
from tests.factories import ClientFactory, RoutingFactory, api_key
from tests.feedback.kit.conftest import link_for


def post(visitor: Client, kit: KitLink, said: object, *, key: str = "") -> tuple[str, str]:
    """Send a body; give the answer's status line, and its text."""
    body = said if isinstance(said, str) else json.dumps(said)
    page = visitor.post(f"/kit/{kit.token}/try/?language=en", {"body": body, "key": key})
    assert page.status_code == 200
    received = html.unescape(page.content.decode().partition('id="received">')[2].partition("</pre>")[0])
    return received.splitlines()[0], received


@pytest.fixture
def test_routing(kit: KitLink, customer: User) -> Routing:
    return Routing.objects.get(client=customer, is_test=True)


def test_what_is_right_is_recorded_by_api_odata(visitor: Client, kit: KitLink, test_routing: Routing) -> None:
    status, text = post(visitor, kit, {"RoutingId": str(test_routing.pk), "ReasonId": 3, "Amount": 12.5})
    assert status == "201 Created"
    assert "@odata.context" in text
    recorded = Feedback.objects.get()
    assert (recorded.routing, recorded.reason_id, str(recorded.amount)) == (test_routing, 3, "12.50")
    assert recorded.door == Door.ODATA
    assert recorded.api_key is not None
    assert CurrentFeedback.objects.get().feedback == recorded
    page = visitor.get(f"/kit/{kit.token}/try/").content.decode()
    assert "12.50" in page


def test_the_routing_number_does_as_well_and_a_repeat_counts_once(
    visitor: Client, kit: KitLink, test_routing: Routing
) -> None:
    said = {"RoutingNumber": test_routing.number, "ReasonId": 3}
    assert post(visitor, kit, said)[0] == "201 Created"
    assert post(visitor, kit, said)[0] == "200 OK"
    assert Feedback.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status", "names"),
    [
        ({"ReasonId": 999}, "400 Bad Request", "reason_unknown"),
        ({"ReasonId": None}, "400 Bad Request", "ReasonId"),
        ({"Amount": "1e400"}, "400 Bad Request", "Amount"),
        ({"Grund": 3}, "400 Bad Request", "Grund"),
        ({"RoutingId": "019a2b3c-4d5e-7f60-8123-456789abcdef"}, "404 Not Found", "routing_not_found"),
        ({"OccurredAt": "yesterday"}, "400 Bad Request", "OccurredAt"),
    ],
)
def test_what_is_wrong_is_refused_with_the_services_own_answer(
    visitor: Client, kit: KitLink, test_routing: Routing, change: dict[str, object], status: str, names: str
) -> None:
    said = {"RoutingId": str(test_routing.pk), "ReasonId": 3} | change
    line, text = post(visitor, kit, said)
    assert line == status
    assert names in text
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", '{"RoutingId": {}}', "\x00", "א" * 5000, '{"ReasonId": 1e999}']
)
def test_nonsense_is_refused(visitor: Client, kit: KitLink, body: str) -> None:
    line, _text = post(visitor, kit, body)
    assert line.startswith("4")
    assert not Feedback.objects.exists()


def test_the_clients_real_leads_cannot_be_reached_by_the_link(visitor: Client, kit: KitLink, customer: User) -> None:
    real = RoutingFactory(client=customer)
    for name in ({"RoutingId": str(real.pk)}, {"RoutingNumber": real.number}):
        assert post(visitor, kit, name | {"ReasonId": 3})[0] == "404 Not Found"
        assert post(visitor, kit, {"ReasonId": 3} | name, key="")[0] == "404 Not Found"
    bound = {"Routing@odata.bind": f"Routings({real.pk})", "ReasonId": 3}
    assert post(visitor, kit, bound)[0].startswith("4")
    assert not Feedback.objects.exists()


def test_a_key_is_checked_as_at_the_door(visitor: Client, kit: KitLink, key: str, test_routing: Routing) -> None:
    said = {"RoutingId": str(test_routing.pk), "ReasonId": 3}
    assert post(visitor, kit, said, key=key[:-1] + ("y" if key.endswith("x") else "x"))[0] == "401 Unauthorized"
    others = api_key(ClientFactory())
    line, text = post(visitor, kit, said, key=others)
    assert line == "401 Unauthorized"
    assert "another client" in text
    page = visitor.post(f"/kit/{kit.token}/try/", {"body": json.dumps(said), "key": f" {key} "})
    assert "201 Created" in page.content.decode()
    assert key not in page.content.decode()


def test_a_client_without_a_key_can_try(visitor: Client, customer: User) -> None:
    link = link_for(customer, offers_key=False)
    routing = Routing.objects.get(client=customer, is_test=True)
    assert post(visitor, link, {"RoutingId": str(routing.pk), "ReasonId": 3})[0] == "201 Created"
    assert Feedback.objects.get().api_key is None


def test_tries_are_counted(visitor: Client, kit: KitLink) -> None:
    statuses = [visitor.post(f"/kit/{kit.token}/try/", {"body": "{}"}).status_code for _ in range(33)]
    assert statuses[:30] == [200] * 30
    assert statuses[-1] == 429
    assert visitor.get(f"/kit/{kit.token}/files/kit.zip").status_code == 429
    assert visitor.get(f"/kit/{kit.token}/").status_code == 200


def test_too_much_is_refused(visitor: Client, kit: KitLink) -> None:
    assert visitor.post(f"/kit/{kit.token}/try/", {"body": "x" * 20_001}).status_code == 413
    assert visitor.post(f"/kit/{kit.token}/try/", {"body": "{}", "key": "x" * 2000}).status_code == 413
