"""What is ours to mend is 503 with Retry-After at every door of the client's, never a false success and never HTML."""

import json

import pytest
from django.db import connection
from django.test import Client

from feedback.models import Feedback
from tests.factories import RoutingFactory, api_key

pytestmark = pytest.mark.django_db(transaction=True)

DOORS = {
    "OData post": ("POST", "/odata/Feedbacks"),
    "OData batch": ("POST", "/odata/$batch"),
    "OData page": ("GET", "/odata/Routings"),
    "OData root": ("GET", "/odata/"),
    "REST post": ("POST", "/api/v1/feedback/"),
    "REST page": ("GET", "/api/v1/routings/"),
}


@pytest.fixture
def ask():
    routing = RoutingFactory()
    headers = {"Authorization": f"Bearer {api_key(routing.client)}"}
    said = {"RoutingId": str(routing.id), "ReasonId": 2}
    part = {
        "id": "1",
        "method": "POST",
        "url": "Feedbacks",
        "headers": {"Content-Type": "application/json"},
        "body": said,
    }

    def send(door: str):
        method, address = DOORS[door]
        body = json.dumps({"requests": [part]} if address.endswith("$batch") else said)
        return Client(raise_request_exception=False).generic(
            method, address, body if method == "POST" else "", content_type="application/json", headers=headers
        )

    return send


@pytest.mark.parametrize("door", DOORS)
def test_a_database_that_cannot_be_reached(ask, door, monkeypatch):
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        patch.setitem(connection.settings_dict, "PORT", "1")
        answer = ask(door)
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "json" in answer["Content-Type"]
    assert ask(door).status_code in {200, 201}


@pytest.mark.parametrize("door", ["OData post", "REST post"])
def test_a_full_disk_leaves_nothing_behind(ask, door):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
        )
        cursor.execute("CREATE TRIGGER full_disk BEFORE INSERT ON feedback_feedback EXECUTE FUNCTION disk_full()")
    try:
        answer = ask(door)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER full_disk ON feedback_feedback; DROP FUNCTION disk_full")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert not Feedback.objects.exists()
