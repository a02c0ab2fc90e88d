"""Proving who we are to a client's system, by rules made in the editor; no secret is kept or shown anywhere."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.request import urlopen

import pytest
from django.utils import timezone

from accounts.encryption import decrypt
from distribution import services
from distribution.models import Exchange, FrozenRequest, Rule
from distribution.rules.redaction import MASK
from tests.distribution.client_systems.conftest import Editor, errors, give
from tests.distribution.client_systems.test_four_systems import stored_everywhere
from tests.distribution.engine.loops import transmitting, until_closed
from tests.factories import ClientFactory
from tests.receivers import ReceivedRequest, receiving, systems
from tests.receivers.certificates import self_made

pytestmark = pytest.mark.django_db
IN_THE_LOOP = pytest.mark.django_db(transaction=True)

ROWS = [{"source": "routing.id", "name": "rid"}]
OAUTH = {"auth_kind": "oauth2", "auth_username": systems.OAUTH_CLIENT, "auth_secret": systems.OAUTH_SECRET}
LOGIN = {
    "auth_kind": "login",
    "auth_username": systems.LOGIN_USER,
    "auth_secret": systems.LOGIN_PASSWORD,
    "auth_login_method": "POST",
    "auth_login_format": "json",
    "auth_login_body": '{"u": "{{username}}", "p": "{{secret}}"}',
    "auth_token_part": "xml",
    "auth_token_path": "ticket/@value",
    "auth_place": "query",
    "auth_name": "auth",
    "auth_written": "t:{{token}}",
}


def sent_by(editor: Editor, behaviour: str = "accept", **fields: str) -> tuple[ReceivedRequest, Rule]:
    """Make a rule, send a test by it, and give what arrived."""
    with receiving() as receiver:
        rule = editor.make(ROWS, url=receiver.url(behaviour), **fields)
        services.send_test(version=rule.live_version, lead=None, now=timezone.now())
        return receiver.requests[-1], rule


def test_an_api_key_goes_into_a_header(editor: Editor) -> None:
    fields = {"auth_kind": "api_key", "auth_secret": "k3y", "auth_place": "header", "auth_name": "X-Crm-Access"}
    request, rule = sent_by(editor, **fields)
    assert request.header("X-Crm-Access") == "k3y"
    assert ["X-Crm-Access", MASK] in Exchange.objects.get().request_headers
    assert MASK in editor.preview(ROWS, url="https://crm.example.co.il/", **fields)
    assert decrypt(rule.live_version.auth_secret) == "k3y"
    assert "k3y" not in stored_everywhere()


def test_an_api_key_goes_into_the_address(editor: Editor) -> None:
    fields = {"auth_kind": "api_key", "auth_secret": "k3y/+", "auth_place": "query", "auth_name": "api key"}
    request, _rule = sent_by(editor, "accept/x?v=2", **fields)
    assert request.path == "/accept/x?v=2&api%20key=k3y%2F%2B"
    assert Exchange.objects.get().request_url.endswith(f"?v=2&api%20key={MASK}")
    assert f"api%20key={MASK}" in editor.preview(ROWS, url="https://crm.example.co.il/", **fields)


@IN_THE_LOOP
@pytest.mark.parametrize("client_auth", ["basic", "body"])
def test_an_oauth_token_is_fetched_once_and_used_by_many(editor: Editor, client_auth: str) -> None:
    with receiving() as receiver, transmitting():
        token_url = receiver.url("oauth/token")
        rule = editor.make(
            ROWS,
            url=receiver.url("oauth/leads"),
            auth_token_url=token_url,
            auth_client_auth=client_auth,
            auth_scope="leads:write",
            **OAUTH,
        )
        deliveries = [give(rule, phone_normalized=f"+97250123456{place}") for place in range(6)]
        until_closed()
        requests = receiver.requests
    asked = [request for request in requests if request.path == "/oauth/token"]
    assert len(asked) == 1
    assert b"scope=leads%3Awrite" in asked[0].body
    assert len(requests) == 7
    for delivery in deliveries:
        delivery.refresh_from_db()
        assert delivery.state == "accepted"
    steps = [exchange.steps for exchange in Exchange.objects.all() if exchange.steps]
    assert [[step["name"] for step in taken] for taken in steps] == [["token"]]
    kept = stored_everywhere()
    assert systems.OAUTH_SECRET not in kept
    assert "oauth-token-1" not in kept


@IN_THE_LOOP
def test_a_token_that_ran_out_is_fetched_anew_once_within_the_same_attempt(editor: Editor) -> None:
    with receiving() as receiver, transmitting():
        token_url = receiver.url("oauth/token")
        rule = editor.make(ROWS, url=receiver.url("oauth/leads"), auth_token_url=token_url, **OAUTH)
        give(rule, phone_normalized="+972501234561")
        until_closed()
        with urlopen(receiver.url("oauth/forget")):
            pass
        delivery = give(rule, phone_normalized="+972501234562")
        until_closed()
        paths = [request.path for request in receiver.requests]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempt_count) == ("accepted", 1)
    assert paths[-3:] == ["/oauth/leads", "/oauth/token", "/oauth/leads"]
    (steps,) = [exchange.steps for exchange in Exchange.objects.all() if len(exchange.steps or []) == 2]
    assert [(step["name"], step["status"]) for step in steps] == [("unauthorized", 401), ("token", 200)]
    assert "oauth-token" not in stored_everywhere()


@IN_THE_LOOP
@pytest.mark.parametrize(
    ("token_url", "secret", "code", "state"),
    [
        ("oauth/token", "wrong", "token_refused", "held"),
        ("accept", "x", "token_missing", "held"),
        ("status/500", "x", "token_failed", "gave_up"),
        ("close", "x", "token_failed", "gave_up"),
    ],
)
def test_no_token_means_no_request_and_a_reason(
    editor: Editor, token_url: str, secret: str, code: str, state: str
) -> None:
    with receiving() as receiver, transmitting(backoff_s=[]):
        fields = OAUTH | {"auth_secret": secret}
        rule = editor.make(ROWS, url=receiver.url("oauth/leads"), auth_token_url=receiver.url(token_url), **fields)
        delivery = give(rule)
        until_closed()
        assert not [request for request in receiver.requests if request.path == "/oauth/leads"]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.outcome_code) == (state, code)
    assert Exchange.objects.get().steps[0]["name"] == "token"
    assert "wrong" not in stored_everywhere()


def test_a_token_address_in_a_forbidden_network_is_never_asked(editor: Editor, settings: Any) -> None:
    with receiving() as receiver, receiving() as tokens:
        settings.TRANSMIT_ALLOWED_NETWORKS = ["127.0.0.0/8:*"]
        rule = editor.make(ROWS, url=receiver.url(), auth_token_url=tokens.url("oauth/token"), **OAUTH)
        settings.TRANSMIT_ALLOWED_NETWORKS = [f"127.0.0.1/32:{receiver.port}"]
        result = services.send_test(version=rule.live_version, lead=None, now=timezone.now())
        assert result.verdict.code == "address_refused"
        assert not tokens.requests
        assert not receiver.requests


def test_a_login_brings_a_token_that_goes_into_the_address(editor: Editor) -> None:
    with receiving() as receiver:
        login_url = receiver.url("login/session")
        rule = editor.make(ROWS, url=receiver.url("login/leads"), auth_token_url=login_url, **LOGIN)
        page = editor.client.post(f"/admin/distribution/rule/{rule.pk}/test/", follow=True).content.decode()
        assert [request.answered for request in receiver.requests] == [200, 201]
    assert "/login/session" in page
    assert systems.LOGIN_PASSWORD not in page + stored_everywhere()
    assert "ticket/1" not in page + stored_everywhere()
    assert "ticket%2F1" not in page + stored_everywhere()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"auth_token_url": ""}, "auth_token_url"),
        ({"auth_token_url": "https://{{secret}}.example.com/"}, "auth_token_url"),
        ({"auth_token_url": "https://10.0.0.1/token"}, "auth_token_url"),
        ({"auth_login_body": '{"u": {{username}}}'}, "auth_login_body"),
        ({"auth_login_body": '{"u": "{{phone}}"}'}, "auth_login_body"),
        ({"auth_token_path": "a b"}, "auth_token_path"),
        ({"auth_written": "Bearer"}, "auth_written"),
        ({"auth_place": "header", "auth_name": "שם"}, "auth_name"),
        ({"auth_place": "header", "auth_name": "Host"}, "auth_name"),
        ({"auth_place": "header", "auth_name": "X-A", "auth_written": "{{token}}\r\nX-B: c"}, "auth_written"),
        ({"auth_kind": "basic", "auth_username": "a:b"}, "auth_username"),
        ({"auth_kind": "basic", "auth_username": ""}, "auth_username"),
        ({"auth_kind": "bearer", "auth_secret": "סוד"}, "auth_secret"),
        ({"sandbox_url": "ftp://x"}, "sandbox_url"),
        ({"sandbox_url": "https://169.254.169.254/"}, "sandbox_url"),
        ({"is_signed": "on"}, "signing_secret"),
        ({"is_signed": "on", "signing_secret": "whsec_short"}, "signing_secret"),
        ({"ca_certificate": "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"}, "ca_certificate"),
        ({"charset": "utf-16"}, "charset"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(editor: Editor, change: dict[str, str], field: str) -> None:
    user = ClientFactory()
    fields = {"auth_token_url": "https://crm.example.co.il/login", "url": "https://crm.example.co.il/"} | LOGIN | change
    answer = editor.post(f"/admin/distribution/rule/add/?client={user.pk}", ROWS, **fields)
    assert answer.status_code == 200
    assert field in {name for found in errors(answer)[1:] for name in found}
    assert not Rule.objects.exists()


@IN_THE_LOOP
def test_a_test_goes_to_the_address_for_tests_and_a_delivery_does_not(editor: Editor) -> None:
    with receiving() as receiver, transmitting():
        rule = editor.make(ROWS, url=receiver.url("accept/live"), sandbox_url=receiver.url("accept/sandbox"))
        services.send_test(version=rule.live_version, lead=None, now=timezone.now())
        give(rule)
        until_closed()
        assert [request.path for request in receiver.requests] == ["/accept/sandbox", "/accept/live"]


def test_a_signed_request_can_be_verified_as_standard_webhooks_says(editor: Editor) -> None:
    key = bytes(range(32))
    secret = f"whsec_{base64.b64encode(key).decode()}"
    request, _rule = sent_by(editor, is_signed="on", signing_secret=secret)
    signed = f"{request.header('webhook-id')}.{request.header('webhook-timestamp')}.".encode() + request.body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert request.header("webhook-signature") == f"v1,{expected}"
    assert request.header("webhook-id") == request.key
    kept = stored_everywhere()
    assert secret not in kept
    assert expected not in kept
    assert not FrozenRequest.objects.exists()


def test_a_certificate_authority_of_its_own_counts_for_its_rule_alone(editor: Editor, tmp_path: Any) -> None:
    context = self_made(tmp_path)
    pem = (tmp_path / "server.pem").read_text()
    with receiving(tls=context) as receiver:
        certificate = pem[pem.index("-----BEGIN CERTIFICATE") :]
        trusting = editor.make(ROWS, url=receiver.url(), ca_certificate=certificate)
        other = editor.make(ROWS, url=receiver.url())
        results = [
            services.send_test(version=rule.live_version, lead=None, now=timezone.now()).verdict.code
            for rule in (trusting, other, trusting)
        ]
    assert results == ["accepted_not_verified", "tls_failed", "accepted_not_verified"]


@IN_THE_LOOP
def test_a_secret_value_is_frozen_as_a_placeholder_and_sent_in_the_clear(editor: Editor) -> None:
    rows = [
        *ROWS,
        {"source": "secret", "name": "pw", "secret": 'p"w s3cret'},
        {"source": "secret", "name": "X-Pw", "placement": "header", "secret": "h3ader"},
    ]
    with receiving() as receiver, transmitting():
        rule = editor.make(rows, url=receiver.url("echo/200"))
        give(rule)
        until_closed()
    (request,) = receiver.requests
    assert json.loads(request.body)["pw"] == 'p"w s3cret'
    assert request.header("X-Pw") == "h3ader"
    kept = stored_everywhere()
    assert "s3cret" not in kept
    assert "h3ader" not in kept
    exchange = Exchange.objects.get()
    assert json.loads(bytes(exchange.request_body))["pw"] == MASK
