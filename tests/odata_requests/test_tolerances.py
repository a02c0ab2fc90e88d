"""What the norm leaves open or forbids and real clients send all the same: it is understood, not refused."""

import json
from typing import Any

import pytest

from distribution.models import Routing
from feedback.models import Feedback
from tests.odata_requests.conftest import ROWS, Client
from tests.odata_requests.consumer import POWER_QUERY_ACCEPT, Consumer

VERBOSE = "application/json;odata=verbose"

# What it is: (request line below /odata/, headers). ID and {number} stand for those of the first routing.
READS = {
    "key in quotes": ("GET Routings('{id}')", {}),
    "key with its name": ("GET Routings(Id={id})", {}),
    "other key": ("GET Routings(Number={number})", {}),
    "key as a segment": ("GET Routings/{id}", {}),
    "slash after the set": ("GET Routings/?$top=1", {}),
    "no slash after the root": ("GET ", {}),
    "blanks as +": ("GET Routings?$filter=Number+eq+{number}", {}),
    "encoded dollar": ("GET Routings?%24filter=Number%20eq%20{number}&%24top=1", {}),
    "options without dollar": ("GET Routings?filter=Number%20eq%20{number}&TOP=1", {}),
    "key cast from a string": ("GET Routings?$filter=Id%20eq%20'{id}'%20and%20Number%20eq%20'{number}'", {}),
    "verbose": ("GET Routings?$top=1", {"Accept": VERBOSE}),
    "unknown parameters of Accept": (
        "GET Routings?$top=1",
        {"Accept": "application/json;profile=x;q=0.9,application/json;q=0.5"},
    ),
    "browser": ("GET Routings?$top=1", {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}),
    "count as JSON": ("GET Routings/$count", {"Accept": "application/json"}),
    "no page size": ("GET Routings?$top=1", {"Prefer": "odata.maxpagesize=0"}),
    "no count": ("GET Routings?$top=1&$count=false", {}),
    "token fetched by GET": ("GET Reasons", {"X-CSRF-Token": "Fetch"}),
    "Power Query": ("GET Reasons", {"Accept": POWER_QUERY_ACCEPT, "MaxDataServiceVersion": "3.0"}),
    "HEAD of the root": ("HEAD ", {}),
    "HEAD of the metadata": ("HEAD $metadata", {}),
    "HEAD of a set": ("HEAD Routings?$top=1", {}),
    "HEAD of an entity": ("HEAD Routings({id})", {}),
    "HEAD of a count": ("HEAD Routings/$count", {}),
    "HEAD of a value": ("HEAD Routings({id})/Phone/$value", {}),
}

# Likewise with a body that says reason 2 of the routing, and the status of the answer.
WRITES: dict[str, tuple[str, dict[str, Any], dict[str, str], int]] = {
    "computed properties": (
        "POST Feedbacks",
        {"Id": "x", "ReceivedAt": None, "IsCurrent": 7, "RoutingId": "{id}", "ReasonId": 2},
        {},
        201,
    ),
    "read-only properties": ("PATCH Routings({id})", {"Number": "x", "LeadName": 3, "ReasonId": 2}, {}, 204),
    "type with #": (
        "POST Feedbacks",
        {"@odata.type": "#LeadManager.Feedback", "RoutingId": "{id}", "ReasonId": 2},
        {},
        201,
    ),
    "type without #": (
        "POST Feedbacks",
        {"@odata.type": "LeadManager.Feedback", "RoutingId": "{id}", "ReasonId": 2},
        {},
        201,
    ),
    "unknown annotations": (
        "POST Feedbacks",
        {"@x.y": {"z": 1}, "Comment@a.b": [1], "RoutingId": "{id}", "ReasonId": 2},
        {},
        201,
    ),
    "bind": (
        "POST Feedbacks",
        {"Routing@odata.bind": "Routings({id})", "Reason@odata.bind": "Reasons(2)"},
        {},
        201,
    ),
    "bind with a slash": ("POST Feedbacks", {"Routing@odata.bind": "/Routings({id})", "ReasonId": 2}, {}, 201),
    "verbose": ("POST Feedbacks", {"RoutingId": "{id}", "ReasonId": 2}, {"Content-Type": VERBOSE}, 201),
    "charset": (
        "POST Feedbacks",
        {"RoutingId": "{id}", "ReasonId": 2},
        {"Content-Type": "application/json; charset=UTF-8"},
        201,
    ),
    "below the routing": ("POST Routings({id})/Feedbacks", {"ReasonId": 2}, {}, 201),
    "tunnelled PATCH": ("POST Routings({id})", {"ReasonId": 2}, {"X-HTTP-Method": "PATCH"}, 204),
    "tunnelled MERGE": ("POST Routings({id})", {"ReasonId": 2}, {"X-HTTP-Method": "MERGE"}, 204),
    "minimal return": ("POST Feedbacks", {"RoutingId": "{id}", "ReasonId": 2}, {"Prefer": "return=minimal"}, 204),
    "returned after all": ("PATCH Routings({id})", {"ReasonId": 2}, {"Prefer": "odata.return=representation"}, 200),
}


def filled_in(text: str, routing: Routing) -> str:
    return text.replace("{id}", str(routing.pk)).replace("{number}", str(routing.number))


def test_reads_are_understood(client: Client) -> None:
    consumer, routing = client.consumer(), client.routings[0]
    statuses = {}
    for name, (line, headers) in READS.items():
        method, _, target = filled_in(line, routing).partition(" ")
        answer = consumer.send(f"{method} /odata/{target}", **headers)
        statuses[name] = answer.status
        content_type = answer.one("Content-Type")
        assert content_type.startswith("text/plain") or "charset" not in content_type, name
        if ("top=1" in line and method == "GET") or "eq" in line:
            assert len(answer.json["value"]) == 1, name

    assert statuses == dict.fromkeys(READS, 200)
    assert consumer.send("GET /odata").json == consumer.send("GET /odata/").json
    assert consumer.send("GET /odata/Routings/$count", Accept="application/json").body == str(ROWS).encode()


def test_writes_are_understood(client: Client) -> None:
    consumer, statuses = client.consumer(), {}
    for (name, (line, body, headers, _status)), routing in zip(WRITES.items(), client.routings, strict=False):
        method, _, target = filled_in(line, routing).partition(" ")
        answer = consumer.post(f"{method} /odata/{target}", json.loads(filled_in(json.dumps(body), routing)), **headers)
        statuses[name] = answer.status
        said = Feedback.objects.filter(routing=routing).values_list("reason_id", flat=True)
        assert list(said) == [2], (name, answer)

    assert statuses == {name: status for name, (*_others, status) in WRITES.items()}


def test_header_names_of_batch_parts_may_have_any_case(client: Client) -> None:
    parts = [
        {
            "id": "1",
            "method": "post",
            "url": "/odata/Feedbacks",
            "headers": {"Content-Type": "application/json", "Prefer": "return=minimal"},
            "body": {"RoutingId": str(client.routings[0].pk), "ReasonId": 2},
        }
    ]

    (answer,) = client.consumer().post("POST /odata/$batch", {"requests": parts}).json["responses"]

    assert answer["status"] == 204
    assert answer["headers"]["preference-applied"] == "return=minimal"


def test_pages_of_another_origin_may_ask_and_see_what_they_need(client: Client) -> None:
    portal = client.consumer(Origin="https://portal.example")
    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "x-api-key,if-match"}

    # The question whether it may ask comes without a key.
    allowed = Consumer(client.root, Origin="https://portal.example").send("OPTIONS /odata/Routings", **asked)
    answer = portal.send(f"GET /odata/Routings({client.routings[0].pk})")

    assert allowed.status == 204
    assert "PATCH" in allowed.one("Access-Control-Allow-Methods")
    assert {"x-api-key", "if-match"} <= set(allowed.one("Access-Control-Allow-Headers").split(","))
    assert answer.one("Access-Control-Allow-Origin") == "*"
    assert {"ETag", "OData-Version"} <= set(answer.one("Access-Control-Expose-Headers").split(", "))


@pytest.mark.parametrize("version", ["4.0", "4.01"])
def test_every_answer_names_its_version_once(client: Client, version: str) -> None:
    """`Consumer.send` looks at the header of each answer; here are those that servers forget."""
    consumer = client.consumer(OData_MaxVersion=version)
    address = f"/odata/Routings({client.routings[0].pk})"
    etag = consumer.send(f"GET {address}").one("ETag")

    answers = {
        304: consumer.send(f"GET {address}", If_None_Match=etag),
        400: consumer.send("GET /odata/Routings?$filter=Nothing%20eq%201"),
        404: consumer.send("GET /odata/Nothing"),
        405: consumer.send(f"DELETE {address}"),
        406: consumer.send("GET /odata/Routings", Accept="text/csv"),
        412: consumer.post(f"PATCH {address}", {"ReasonId": 2}, If_Match='W/"other"'),
        415: consumer.send("POST /odata/Feedbacks", "<a/>", Content_Type="application/xml"),
    }

    assert {status: answer.status for status, answer in answers.items()} == {status: status for status in answers}
    assert answers[304].body == b""
    assert all(answer.json["error"]["code"] for status, answer in answers.items() if status != 304)
