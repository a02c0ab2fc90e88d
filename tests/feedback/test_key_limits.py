"""What a key may do and from where, at every door: REST, API OData, each part of a batch."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import services
from accounts.models import ApiKey
from feedback.models import Feedback
from tests.factories import ClientFactory, RoutingFactory, api_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> str:
    return api_key(ClientFactory())


@pytest.fixture
def routing(key):
    return RoutingFactory(client=ApiKey.objects.get().client)


def limit(**limits: Any) -> None:
    row = ApiKey.objects.get()
    everything = {"expires_at": None, "may_read": True, "may_write": True, "networks": []}
    services.limit_api_key(key=row, by=None, now=timezone.now(), **(everything | limits))


def ask(method: str, path: str, key: str, body: Any = None, **meta: str) -> tuple[int, str]:
    answer = Client().generic(
        method,
        path,
        "" if body is None else json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}", "Accept-Language": "en"},
        **meta,
    )
    return answer.status_code, answer.content.decode()


def batch(routing: Any, key: str, *, group: str | None, reasons: tuple[int, ...] = (1, 2)) -> list[int]:
    parts = [
        {"id": "read", "method": "GET", "url": "Routings"},
        *(
            {
                "id": str(at),
                "method": "POST",
                "url": "Feedbacks",
                "body": {"RoutingId": str(routing.pk), "ReasonId": at},
            }
            | ({"atomicityGroup": group} if group else {})
            for at in reasons
        ),
    ]
    for part in parts[1:]:
        part["headers"] = {"content-type": "application/json"}
    status, body = ask("POST", "/odata/$batch", key, {"requests": parts})
    assert status == 200, body
    return [response["status"] for response in json.loads(body)["responses"]]


def reading(routing: Any) -> list[tuple[str, str, Any]]:
    return [
        ("GET", "/api/v1/reasons/", None),
        ("GET", f"/api/v1/routings/{routing.pk}/", None),
        ("GET", "/odata/Routings", None),
        ("GET", f"/odata/Routings({routing.pk})/LeadName/$value", None),
        ("GET", "/odata/Feedbacks/$count", None),
        ("GET", f"/odata/$entity?$id=Routings({routing.pk})", None),
    ]


def writing(routing: Any) -> list[tuple[str, str, Any]]:
    said = {"RoutingId": str(routing.pk), "ReasonId": 4}
    return [
        ("POST", "/api/v1/feedback/", said),
        ("POST", "/odata/Feedbacks", said),
        ("PATCH", f"/odata/Routings({routing.pk})", {"ReasonId": 3}),
        ("PUT", f"/odata/Routings({routing.pk})/Comment", {"value": "x"}),
    ]


def test_a_key_that_reads_only_writes_at_no_door(key, routing):
    limit(may_write=False)
    for method, path, body in writing(routing):
        status, answer = ask(method, path, key, body)
        assert (status, "scope_missing" in answer, "may read, but not write" in answer) == (403, True, True), path
    assert all(ask(*each[:2], key)[0] == 200 for each in reading(routing))
    assert batch(routing, key, group=None) == [200, 403, 403]
    assert set(batch(routing, key, group="g")[1:]) == {403, 424}
    assert not Feedback.objects.exists()


def test_a_key_that_writes_only_reads_at_no_door(key, routing):
    limit(may_read=False)
    for method, path, body in reading(routing):
        status, answer = ask(method, path, key, body)
        assert (status, "scope_missing" in answer) == (403, True), path
    status, answer = ask("POST", "/odata/Routings/$query", key)
    assert status in {403, 415}
    for method, path, body in writing(routing):
        status, answer = ask(method, path, key, body)
        assert status in {201, 204}, path
        assert routing.lead.name not in answer
    assert batch(routing, key, group=None) == [403, 204, 204]
    assert batch(routing, key, group="g", reasons=(3, 4)) == [403, 204, 204]
    assert ask("GET", "/odata/$metadata", key)[0] == 200


@pytest.mark.parametrize(
    ("networks", "address", "is_accepted"),
    [
        ([], "198.51.100.9", True),
        (["203.0.113.0/24"], "203.0.113.7", True),
        (["203.0.113.0/24"], "203.0.114.7", False),
        (["10.0.0.0/8", "203.0.113.7/32"], "203.0.113.7", True),
        (["203.0.113.0/24"], "::ffff:203.0.113.7", True),
        (["2001:db8::/32"], "2001:db8::1", True),
        (["2001:db8::/32"], "203.0.113.7", False),
        (["0.0.0.0/0"], "", False),
    ],
)
def test_a_key_is_accepted_from_its_networks_only(key, networks, address, is_accepted):
    limit(networks=networks)
    for path in ("/api/v1/reasons/", "/odata/Reasons", "/odata/$metadata"):
        status, answer = ask("GET", path, key, REMOTE_ADDR=address)
        assert status == (200 if is_accepted else 403), path
        assert ("address_refused" in answer) is not is_accepted
    if not is_accepted:
        assert ask("POST", "/odata/$batch", key, {"requests": []}, REMOTE_ADDR=address)[0] == 403
        assert ApiKey.objects.get().last_used_at is None


def test_only_our_own_proxy_is_believed(key, settings):
    limit(networks=["203.0.113.7/32"])
    forged = {"REMOTE_ADDR": "198.51.100.9", "HTTP_X_FORWARDED_FOR": "203.0.113.7"}
    assert ask("GET", "/odata/Reasons", key, **forged)[0] == 403
    settings.IS_BEHIND_PROXY = True
    assert ask("GET", "/odata/Reasons", key, **forged)[0] == 200
    forged["HTTP_X_FORWARDED_FOR"] = "203.0.113.7, 198.51.100.9"
    assert ask("GET", "/odata/Reasons", key, **forged)[0] == 403


def test_a_revoked_key_is_refused_by_the_next_request_at_every_door(key, routing):
    assert ask("GET", "/odata/Reasons", key)[0] == 200
    services.revoke_api_key(key=ApiKey.objects.get(), by=None, now=timezone.now())
    for method, path, body in [*reading(routing), *writing(routing), ("POST", "/odata/$batch", {"requests": []})]:
        assert ask(method, path, key, body)[0] == 401, path
    assert ask("GET", f"/odata/Routings({uuid.uuid4()})", key)[0] == 401
