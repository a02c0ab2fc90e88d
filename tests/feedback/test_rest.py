"""The REST doors, through HTTP."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from distribution.models import Routing
from feedback.engine import append as append_module
from feedback.models import CurrentFeedback, Feedback, Reason
from tests.factories import ClientFactory, LeadFactory, RoutingFactory, api_key

pytestmark = pytest.mark.django_db
URL = "/api/v1/feedback/"


@pytest.fixture
def routing() -> Routing:
    return RoutingFactory()


@pytest.fixture
def caller(routing: Routing) -> Client:
    """The system of the routing's client."""
    return Client(headers={"Authorization": f"Bearer {api_key(routing.client)}"})


def post(caller: Client, body: Any, **options: Any) -> Any:
    return caller.post(
        URL,
        data=body if isinstance(body, str | bytes) else json.dumps(body),
        content_type="application/json",
        **options,
    )


def assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    document = response.json()
    assert (document["status"], document["code"]) == (status, code)
    assert document["title"]
    assert document["detail"]
    return document


def test_one_feedback_is_recorded_and_answered_201(caller: Client, routing: Routing) -> None:
    body = {
        "RoutingId": str(routing.id),
        "ReasonId": 4,
        "Comment": "נסגר",
        "Amount": 1500.5,
        "OccurredAt": "2026-01-31T09:30:00+02:00",
        "ClientReference": "crm-8812",
    }
    response = post(caller, body)
    assert response.status_code == 201
    answer = response.json()
    row = Feedback.objects.get()
    assert answer == body | {
        "Id": str(row.pk),
        "RoutingNumber": routing.number,
        "OccurredAt": "2026-01-31T07:30:00Z",
        "ReceivedAt": row.received_at.isoformat().replace("+00:00", "Z"),
        "IsCurrent": True,
    }
    assert row.api_key is not None
    assert row.api_key.client == routing.client
    assert caller.get(f"{URL}{row.pk}/").json() == answer


def test_the_same_again_is_answered_200_with_the_same_feedback(caller: Client, routing: Routing) -> None:
    first = post(caller, {"RoutingId": str(routing.id), "ReasonId": 2})
    again = post(caller, {"RoutingNumber": routing.number, "ReasonId": "2", "Comment": None, "Amount": ""})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


def test_without_the_last_slash_nothing_is_lost(caller: Client, routing: Routing) -> None:
    response = caller.post(
        "/api/v1/feedback", json.dumps({"RoutingId": str(routing.id), "ReasonId": 1}), content_type="text/plain"
    )
    assert response.status_code == 201


def test_computed_fields_are_ignored_and_misspelt_ones_refused(caller: Client, routing: Routing) -> None:
    body = {"RoutingId": str(routing.id), "ReasonId": 1}
    assert post(caller, body | {"Id": [], "ReceivedAt": 5, "IsCurrent": "?"}).status_code == 201
    document = assert_problem(post(caller, body | {"Coment": "x"}), 400, "field_unknown")
    assert "Coment" in document["detail"]
    assert_problem(post(caller, body | {"\ud800": "x"}), 400, "field_unknown")


@pytest.mark.parametrize("header", ["", "Bearer lm_nonsense", "Bearer ", "Basic !!!", "Basic bG1fOg==", "Digest x"])
def test_a_wrong_key_is_401_with_a_challenge(header: str, routing: Routing) -> None:
    stranger = Client(headers={"Authorization": header} if header else {})
    for response in (
        post(stranger, {"RoutingId": str(routing.id), "ReasonId": 1}),
        stranger.get(URL),
        stranger.get("/api/v1/routings/"),
        stranger.get("/api/v1/reasons/"),
    ):
        assert_problem(response, 401, "invalid_key")
        assert "Basic" in response["WWW-Authenticate"]
    assert not Feedback.objects.exists()


def test_a_key_in_the_address_opens_nothing(routing: Routing) -> None:
    response = Client().get(URL, {"api_key": api_key(routing.client)})
    assert response.status_code == 401


def test_x_api_key_and_basic_open_as_well(routing: Routing) -> None:
    text = api_key(routing.client)
    import base64

    for headers in (
        {"X-API-Key": text},
        {"Authorization": "Basic " + base64.b64encode(f"{text}:PAT".encode()).decode()},
        {"Authorization": "Basic " + base64.b64encode(f"any:{text}".encode()).decode()},
    ):
        assert Client(headers=headers).get("/api/v1/reasons/").status_code == 200


def test_another_clients_an_unknown_and_a_waiting_routing_are_answered_alike(caller: Client, routing: Routing) -> None:
    others = [RoutingFactory().id, uuid.uuid4(), RoutingFactory(client=routing.client, visible_at=None).id]
    answers = [post(caller, {"RoutingId": str(other), "ReasonId": 1}) for other in others]
    for answer in answers:
        assert_problem(answer, 404, "routing_not_found")
    assert len({(answer.content, tuple(sorted(answer.headers.items()))) for answer in answers}) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"RoutingId": None}, "routing_missing"),
        ({"RoutingId": "17"}, "field_invalid"),
        ({"RoutingId": 17}, "field_invalid"),
        ({"RoutingNumber": "x"}, "field_invalid"),
        ({"RoutingNumber": True}, "field_invalid"),
        ({"ReasonId": None}, "reason_missing"),
        ({"ReasonId": 999}, "reason_unknown"),
        ({"ReasonId": 10**400}, "reason_unknown"),
        ({"ReasonId": 1.5}, "field_invalid"),
        ({"ReasonId": 1e300}, "field_invalid"),
        ({"ReasonId": [1]}, "field_invalid"),
        ({"Comment": 5}, "field_invalid"),
        ({"Comment": "a\u0000b"}, "text_not_allowed"),
        ({"Comment": "\ud800"}, "text_not_allowed"),
        ({"Comment": "x" * 2001}, "text_too_long"),
        ({"Amount": "many"}, "field_invalid"),
        ({"Amount": "NaN"}, "amount_invalid"),
        ({"Amount": 10**10}, "amount_invalid"),
        ({"Amount": 0.001}, "amount_invalid"),
        ({"OccurredAt": "yesterday"}, "field_invalid"),
        ({"OccurredAt": "2026-01-31T09:30:00"}, "occurred_at_invalid"),
        ({"OccurredAt": "0001-01-01T00:00:00+14:00"}, "occurred_at_invalid"),
        ({"OccurredAt": "9999-12-31T23:59:59-14:00"}, "occurred_at_invalid"),
        ({"ClientReference": "x" * 101}, "text_too_long"),
    ],
)
def test_the_senders_mistakes_are_400_and_named(
    caller: Client, routing: Routing, change: dict[str, Any], code: str
) -> None:
    body = {"RoutingId": str(routing.id), "ReasonId": 1} | change
    document = assert_problem(post(caller, body), 400, code)
    (error,) = document["errors"]
    assert (error["field"], error["code"]) == (next(iter(change)), code)
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[" * 100_000,
        '{"a":' * 100_000,
        "NaN",
        '{"ReasonId": Infinity}',
        b"\xff\xfe",
        "1" * 5000,
        '"x"',
        "5",
        "null",
    ],
)
def test_whatever_is_no_object_is_400_in_json(caller: Client, body: Any) -> None:
    response = post(caller, body)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


def test_bodies_beyond_the_bounds_are_413(caller: Client, routing: Routing) -> None:
    item = {"RoutingId": str(routing.id), "ReasonId": 1}
    assert_problem(post(caller, item | {"Comment": "x" * 1_000_000}), 413, "body_too_large")
    assert_problem(post(caller, [item | {"Comment": "x" * 8_000_000}]), 413, "body_too_large")
    assert_problem(post(caller, [item] * 1001), 413, "too_many_items")


def test_an_array_has_an_answer_per_item_in_its_order(caller: Client, routing: Routing) -> None:
    other = RoutingFactory(client=routing.client)
    answers = post(
        caller,
        [
            {"RoutingId": str(routing.id), "ReasonId": 1},
            {"RoutingId": str(RoutingFactory().id), "ReasonId": 1},
            {"RoutingId": str(routing.id), "ReasonId": 1},
            {"RoutingId": str(other.id), "ReasonId": 999},
            5,
            {"RoutingNumber": other.number, "ReasonId": 2, "Amount": 3},
        ],
    )
    assert answers.status_code == 200
    body = answers.json()
    assert [answer["Status"] for answer in body] == [201, 404, 200, 400, 400, 201]
    assert body[0]["Feedback"]["Id"] == body[2]["Feedback"]["Id"]
    assert [answer.get("Problem", {}).get("code") for answer in body] == [
        None,
        "routing_not_found",
        None,
        "reason_unknown",
        "field_invalid",
        None,
    ]
    assert body[5]["Feedback"]["RoutingId"] == str(other.id)
    assert post(caller, []).json() == []


def test_when_the_database_cannot_write_it_is_503_and_worth_repeating(
    caller: Client, routing: Routing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> None:
        raise OperationalError("could not extend file: No space left on device")

    monkeypatch.setattr(append_module, "run_prepared", full)
    response = post(caller, {"RoutingId": str(routing.id), "ReasonId": 1})
    assert_problem(response, 503, "unavailable")
    assert response["Retry-After"] == "5"
    assert b"space" not in response.content


def test_routings_show_the_lead_and_what_was_said_last(caller: Client, routing: Routing) -> None:
    post(caller, {"RoutingId": str(routing.id), "ReasonId": 4, "Amount": 12.3, "Comment": "x"})
    RoutingFactory()
    RoutingFactory(client=routing.client, visible_at=None)
    page = caller.get("/api/v1/routings/").json()
    (row,) = page["results"]
    assert (row["Id"], row["Number"], row["LeadName"]) == (str(routing.id), routing.number, routing.lead.name)
    assert (row["ReasonId"], row["Amount"], row["Comment"], row["OccurredAt"]) == (4, 12.3, "x", None)
    assert row["SourceName"] == routing.lead.source.name
    assert row["RoutedAt"].endswith("Z")
    assert row["FeedbackAt"].endswith("Z")
    assert caller.get(f"/api/v1/routings/{routing.id}").json() == row


def test_a_routing_without_feedback_or_source_has_nulls(caller: Client, routing: Routing) -> None:
    lead = LeadFactory(source=None, origin="test", is_test=True)
    bare = RoutingFactory(client=routing.client, lead=lead, is_test=True)
    row = caller.get(f"/api/v1/routings/{bare.id}/").json()
    assert {row[name] for name in ("SourceName", "ReasonId", "Comment", "Amount", "OccurredAt", "FeedbackAt")} == {None}


def test_rows_of_others_are_404(caller: Client) -> None:
    stranger = RoutingFactory()
    for address in (f"/api/v1/routings/{stranger.id}/", f"/api/v1/routings/{uuid.uuid4()}/", f"{URL}{uuid.uuid4()}/"):
        assert caller.get(address).status_code == 404
        assert caller.get(address)["Content-Type"] == "application/problem+json"


def test_pages_follow_each_other_by_cursor_whatever_comes_in_between(caller: Client, routing: Routing) -> None:
    for _ in range(6):
        RoutingFactory(client=routing.client)
    seen = []
    address = "/api/v1/routings/?limit=3"
    while address:
        page = caller.get(address).json()
        seen += [row["Number"] for row in page["results"]]
        address = page["next"]
        RoutingFactory(client=routing.client)  # newer than all that was read
    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("HasFeedback=true", [0]),
        ("HasFeedback=false", [1, 2]),
        ("ReasonId=3", [0]),
        ("ReasonId=4", []),
        ("ClientReference=abc", [1]),
        ("RoutedFrom=2026-03-02T00:00:00Z", [1, 2]),
        ("RoutedBefore=2026-03-02T00:00:00Z", [0]),
        ("ordering=RoutedAt", [0, 1, 2]),
        ("ordering=-Number&limit=2", [2, 1]),
        ("Phone=03-9999", [2]),
    ],
)
def test_routings_can_be_filtered_and_ordered(query: str, expected: list[int]) -> None:
    client = ClientFactory()
    day = datetime(2026, 3, 1, tzinfo=UTC)
    rows = [RoutingFactory(client=client, created_at=day + timedelta(days=n)) for n in range(2)]
    rows.append(RoutingFactory(client=client, created_at=day + timedelta(days=2), lead=LeadFactory(phone="03-9999")))
    Routing.objects.filter(pk=rows[1].pk).update(client_reference="abc")
    caller = Client(headers={"X-API-Key": api_key(client)})
    post(caller, {"RoutingId": str(rows[0].id), "ReasonId": 3})
    found = [row["Id"] for row in caller.get(f"/api/v1/routings/?{query}").json()["results"]]
    wanted = [str(rows[n].id) for n in expected]
    assert found == wanted if "ordering" in query else set(found) == set(wanted)


def test_feedback_can_be_filtered(caller: Client, routing: Routing) -> None:
    for reason in (1, 2):
        post(caller, {"RoutingId": str(routing.id), "ReasonId": reason})
    assert [row["ReasonId"] for row in caller.get(URL).json()["results"]] == [2, 1]
    for query, expected in (
        ("IsCurrent=true", [2]),
        ("IsCurrent=false", [1]),
        ("ReasonId=1", [1]),
        (f"RoutingId={routing.id}", [2, 1]),
        (f"RoutingNumber={routing.number + 1}", []),
        ("ReceivedFrom=2999-01-01T00:00:00Z", []),
    ):
        assert [row["ReasonId"] for row in caller.get(f"{URL}?{query}").json()["results"]] == expected, query


@pytest.mark.parametrize(
    "query",
    [
        "cursor=%00",
        "cursor=cD1hYmM%3D",  # p=abc, no time
        "cursor=cD0lMDA%3D",  # p=NUL
        "cursor=bz05OTk5OTk5OTk5OTk5OTk5OTk5OQ%3D%3D",  # an offset beyond any
        "ordering=phone",
        "ordering=\x00",
        "Number=99999999999999999999",
        "Number=1.5",
        "Phone=%00",
        "RoutedFrom=soon",
        "RoutedFrom=0001-01-01T00:00:00",
        "RoutedFrom=0001-01-01T00:00:00%2B14:00",
        "RoutedFrom=9999-12-31T23:59:59-14:00",
        "ReasonId=%F0%28",
        "limit=abc",
        "limit=99999999999999999999",
        "HasFeedback=perhaps",
    ],
)
def test_no_query_is_answered_by_an_error_of_ours(caller: Client, query: str) -> None:
    response = caller.get(f"/api/v1/routings/?{query}")
    assert response.status_code in (200, 400, 404), response.content
    assert response["Content-Type"] in ("application/json", "application/problem+json")


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "limit=", "RoutedForm=2026-01-01", "number=1"])
def test_what_would_give_other_rows_than_those_meant_is_400_and_named(caller: Client, query: str) -> None:
    response = caller.get(f"/api/v1/routings/?{query}")
    assert response.status_code == 400
    assert [each["field"] for each in response.json()["errors"]] == [query.partition("=")[0]]
    assert len(caller.get("/api/v1/routings/?limit=99999999999999999999").json()["results"]) == 1


def test_the_number_of_queries_does_not_depend_on_the_rows(caller: Client, routing: Routing) -> None:
    caller.get(URL)  # notes when the key was last used
    counts = []
    for rows in (1, 10, 40):
        while Routing.objects.filter(client=routing.client).count() < rows:
            new = RoutingFactory(client=routing.client)
            post(caller, {"RoutingId": str(new.id), "ReasonId": 1})
        for address in ("/api/v1/routings/", URL):
            with CaptureQueriesContext(connection) as queries:
                assert caller.get(address).status_code == 200
            counts.append(len(queries))
    assert set(counts) == {counts[0]}


def test_reasons_are_listed_in_their_order_in_the_language_asked_for(caller: Client) -> None:
    Reason.objects.filter(pk=7).update(position=1)
    page = caller.get("/api/v1/reasons/", headers={"Accept-Language": "en-US,en;q=0.9"})
    assert [row["Id"] for row in page.json()["results"]] == [7, 1, 2, 3, 4, 5, 6]
    assert page.json()["results"][0]["Name"] == "Duplicate"
    assert page["Content-Language"] == "en"
    assert caller.get("/api/v1/reasons/").json()["results"][0]["Name"] == "כפול"
    assert caller.get("/api/v1/reasons/3/", headers={"Accept-Language": "he"}).json()["Name"] == "נקבעה פגישה"
    assert caller.get("/api/v1/reasons/99/").status_code == 404


def test_error_messages_speak_the_language_asked_for(caller: Client) -> None:
    english = post(caller, {}, headers={"Accept-Language": "en"}).json()["detail"]
    assert english == "Say which lead this is about: give RoutingId or RoutingNumber."
    hebrew = post(caller, {}).json()["detail"]
    assert any("א" <= letter <= "ת" for letter in hebrew)


@pytest.mark.parametrize("address", ["/api/", "/api", "/api/v2/feedback/", "/api/v1/x", "/api/v1/routings/17/"])
def test_an_unknown_address_is_404_in_json(address: str) -> None:
    for method in ("get", "post", "delete"):
        assert_problem(getattr(Client(), method)(address, headers={"Accept": "text/html"}), 404, "not_found")


def test_a_method_that_is_not_served_is_405_in_json(caller: Client) -> None:
    response = caller.delete(URL)
    assert_problem(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_a_wrong_host_is_400_in_json(caller: Client) -> None:
    response = caller.get(URL, headers={"Host": "evil.example"})
    assert_problem(response, 400, "bad_request")


def test_the_current_feedback_has_one_row(caller: Client, routing: Routing) -> None:
    post(caller, {"RoutingId": str(routing.id), "ReasonId": 1})
    post(
        caller, {"RoutingId": str(routing.id), "ReasonId": 2, "OccurredAt": (timezone.now() - timedelta(1)).isoformat()}
    )
    assert CurrentFeedback.objects.get().feedback.reason_id == 1
