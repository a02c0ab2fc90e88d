"""Test sends and previews: what staff see before a rule goes live."""

import json
from typing import Any

import pytest
from django.utils import timezone

from accounts.encryption import encrypt
from distribution import services
from distribution.choices import DeliveryState
from distribution.errors import RequestNotRenderable, TargetNotAllowed
from distribution.models import Attempt, Delivery, Exchange, FieldMapping, Routing
from distribution.queries import attempts_of_routing
from distribution.rules.redaction import MASK
from tests.factories import ClientFactory, LeadFactory, active_rule
from tests.receivers import closed_port, receiving

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.TRANSMIT_ALLOWED_NETWORKS = ["127.0.0.0/8:*"]


def test_a_test_send_shows_the_request_and_the_answer_and_is_recorded_on_the_test_routing() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("hebrew-1255"), auth_kind="bearer", auth_secret=encrypt("geheim-1"))
        lead = LeadFactory(name="דנה לוי")
        result = services.send_test(version=rule.live_version, lead=lead, now=NOW)
        (request,) = receiver.requests
    routing = Routing.objects.get(is_test=True)
    assert json.loads(request.body) == {"rid": str(routing.id), "name": "דנה לוי", "phone": "050-123-4567"}
    assert request.header("Authorization") == "Bearer geheim-1"
    assert request.key == str(result.attempt_id)
    assert result.request.url == receiver.url("hebrew-1255")
    assert json.loads(result.request.body)["name"] == "דנה לוי"
    assert ["Authorization", f"Bearer {MASK}"] in result.request.headers
    assert (result.status, result.response_text) == (200, "<html>הליד נקלט בהצלחה</html>")
    assert result.verdict.state == DeliveryState.ACCEPTED
    assert str(result.explanation)
    (recorded,) = attempts_of_routing(routing.id)
    assert (recorded.attempt.kind, recorded.attempt.outcome, recorded.attempt.delivery_id) == ("test", "accepted", None)
    assert recorded.exchange is not None
    assert "geheim" not in repr(recorded.exchange.request_headers)
    assert not Delivery.objects.exists()
    assert not lead.routings.exists()


def test_without_a_lead_the_clients_test_lead_lends_every_value() -> None:
    with receiving() as receiver:
        rule = active_rule(
            url=receiver.url("echo/422"), mappings={"rid": "routing.number", "who": "lead.name", "from": "lead.source"}
        )
        FieldMapping.objects.create(
            version=rule.live_version, name="rooms", source="lead.data", source_key="rooms", position=9
        )
        result = services.send_test(version=rule.live_version, lead=None, now=NOW)
    sent = json.loads(result.request.body)
    assert sent["rid"] == Routing.objects.get(is_test=True).number
    assert all(sent.values())
    assert sent.keys() == {"rid", "who", "from", "rooms"}
    assert result.verdict.state == DeliveryState.REFUSED
    assert sent["who"] in result.response_text


@pytest.mark.parametrize(
    ("behaviour", "code"), [("close", "broken_off"), ("hang", "timeout"), ("garbage", "bad_response")]
)
def test_an_answer_that_does_not_come_is_explained(behaviour: str, code: str) -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url(behaviour), timeout_s=1)
        result = services.send_test(version=rule.live_version, lead=None, now=NOW)
    assert (result.status, result.verdict.code, result.response_text) == (None, code, "")
    assert str(result.explanation)
    attempt = Attempt.objects.get(id=result.attempt_id)
    assert (attempt.error_code, attempt.finished_at is not None) == (code, True)


def test_a_refused_address_gets_no_test_either(settings: Any) -> None:
    settings.TRANSMIT_ALLOWED_NETWORKS = []
    with receiving() as receiver:
        rule = active_rule(url=receiver.url())
        result = services.send_test(version=rule.live_version, lead=None, now=NOW)
        assert receiver.requests == []
    assert result.verdict.code == "address_refused"


def test_a_preview_shows_what_would_go_out_and_sends_nothing() -> None:
    with closed_port() as port:
        rule = active_rule(
            url=f"http://127.0.0.1:{port}/x", auth_kind="basic", auth_username="u", auth_secret=encrypt("geheim-1")
        )
        lead = LeadFactory(name="דנה לוי")
        shown = services.preview(version=rule.live_version, lead=lead, now=NOW)
        edited = [FieldMapping(name="full_name", source="lead.name"), FieldMapping(name="id", source="routing.id")]
        other = services.preview(version=rule.live_version, lead=lead, now=NOW, mappings=edited)
    assert (shown.method, json.loads(shown.body)["name"]) == ("POST", "דנה לוי")
    assert ["Authorization", f"Basic {MASK}"] in shown.headers
    assert json.loads(other.body)["full_name"] == "דנה לוי"
    assert not Exchange.objects.filter(request_url=shown.url).exists()


def test_a_request_that_cannot_be_put_together_says_where() -> None:
    rule = active_rule()
    FieldMapping.objects.create(version=rule.live_version, name="X-Name", source="lead.name", placement="header")
    with pytest.raises(RequestNotRenderable, match="X-Name"):
        services.send_test(version=rule.live_version, lead=None, now=NOW)


def test_a_client_has_one_test_routing_that_its_key_sees() -> None:
    client, other = ClientFactory(), ClientFactory()
    first = services.test_routing(client=client, now=NOW)
    assert services.test_routing(client=client, now=NOW) == first
    assert services.test_routing(client=other, now=NOW) != first
    assert first.visible_at is not None
    assert first.lead.is_test
    assert list(Routing.objects.visible_to(client.pk)) == [first]
    assert not Routing.objects.real().exists()


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://localhost/", "http://example.com/", "https://u:p@example.com/"]
)
def test_an_address_is_refused_at_save_by_what_it_resolves_to(settings: Any, url: str) -> None:
    settings.TRANSMIT_ALLOWED_NETWORKS = []
    with pytest.raises(TargetNotAllowed) as caught:
        services.check_target(url=url, allow_http=False)
    assert str(caught.value)


def test_a_name_that_is_unknown_at_present_can_be_saved() -> None:
    services.check_target(url="https://nowhere.invalid/", allow_http=False)
