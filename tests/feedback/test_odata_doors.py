"""API OData over our own model, through HTTP: what a client reads, posts and changes, and what it is refused."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from distribution.models import Routing
from feedback.models import CurrentFeedback, Feedback
from tests.factories import RoutingFactory, api_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def routing() -> Routing:
    return RoutingFactory()


@pytest.fixture
def caller(routing: Routing) -> Client:
    """The system of the routing's client."""
    return Client(headers={"Authorization": f"Bearer {api_key(routing.client)}"})


def post(caller: Client, body: Any, **options: Any) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return caller.post("/odata/Feedbacks", text, content_type="application/json", **options)


def assert_error(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    assert response["OData-Version"] == "4.0"
    error: dict[str, Any] = response.json()["error"]
    assert error["code"] == code
    assert error["message"]
    return error


def test_the_service_document_names_the_three_sets(caller: Client) -> None:
    for address in ("/odata/", "/odata"):
        document = caller.get(address).json()
        assert [entry["name"] for entry in document["value"]] == ["Routings", "Feedbacks", "Reasons"]


def test_the_metadata_declares_the_model(caller: Client) -> None:
    response = caller.get("/odata/$metadata")
    assert response["Content-Type"].startswith("application/xml")
    text = response.content.decode()
    for declared in (
        'Namespace="LeadManager"',
        '<EntityType Name="Routing">',
        '<EntityType Name="Feedback">',
        '<EntityType Name="Reason">',
        '<Property Name="Amount" Type="Edm.Decimal" Precision="12" Scale="2"',
    ):
        assert declared in text


def test_a_feedback_is_recorded_and_answered_201(caller: Client, routing: Routing) -> None:
    body = {
        "RoutingId": str(routing.id),
        "ReasonId": 4,
        "Comment": "נסגר",
        "Amount": 1500.5,
        "OccurredAt": "2026-01-31T09:30:00+02:00",
        "ClientReference": "crm-8812",
    }
    response = post(caller, body)
    assert response.status_code == 201, response.content
    row = Feedback.objects.get()
    answer = response.json()
    assert (answer["Id"], answer["RoutingNumber"], answer["IsCurrent"]) == (str(row.pk), routing.number, True)
    assert (answer["Amount"], answer["Comment"]) == (1500.5, "נסגר")
    assert answer["OccurredAt"].startswith("2026-01-31T07:30:00")
    assert response["Location"] == f"http://testserver/odata/Feedbacks({row.pk})"
    read = caller.get(f"/odata/Feedbacks({row.pk})").json()
    assert {name: read[name] for name in answer if not name.startswith("@")} == {
        name: value for name, value in answer.items() if not name.startswith("@")
    }


def test_the_number_and_a_binding_name_the_routing_as_well(caller: Client, routing: Routing) -> None:
    assert post(caller, {"RoutingNumber": routing.number, "ReasonId": 1}).status_code == 201
    bound = {"Routing@odata.bind": f"Routings({routing.id})", "Reason@odata.bind": "Reasons(2)"}
    assert post(caller, bound).status_code == 201
    assert CurrentFeedback.objects.get().feedback.reason_id == 2


def test_the_same_again_is_one_effect_and_2xx(caller: Client, routing: Routing) -> None:
    body = {"RoutingId": str(routing.id), "ReasonId": 2, "OccurredAt": "2026-01-31T09:30:00Z"}
    first, again = post(caller, body), post(caller, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["Id"] == again.json()["Id"]
    assert Feedback.objects.count() == 1


@pytest.mark.parametrize("header", ["", "Bearer lm_nonsense", "Basic !!!"])
def test_a_wrong_key_is_401_with_a_challenge(header: str) -> None:
    stranger = Client(headers={"Authorization": header} if header else {})
    for response in (stranger.get("/odata/"), stranger.get("/odata/$metadata"), post(stranger, {"ReasonId": 1})):
        assert_error(response, 401, "invalid_key")
        assert "Basic" in response["WWW-Authenticate"]


def test_another_clients_an_unknown_and_a_waiting_routing_are_answered_alike(caller: Client, routing: Routing) -> None:
    others = [RoutingFactory().id, uuid.uuid4(), RoutingFactory(client=routing.client, visible_at=None).id]
    posts = [post(caller, {"RoutingId": str(other), "ReasonId": 1}) for other in others]
    patches = [
        caller.patch(f"/odata/Routings({other})", '{"ReasonId": 1}', content_type="application/json")
        for other in others
    ]
    for answers in (posts, patches):
        for answer in answers:
            assert_error(answer, 404, "routing_not_found")
        assert len({(answer.content, tuple(sorted(answer.headers.items()))) for answer in answers}) == 1
    reads = [caller.get(f"/odata/Routings({other})") for other in others]
    assert {answer.status_code for answer in reads} == {404}
    assert len({answer.content for answer in reads}) == 1
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ReasonId": 999}, "reason_unknown"),
        ({"ReasonId": None}, "reason_missing"),
        ({"RoutingId": None}, "routing_missing"),
        ({"OccurredAt": "1969-12-31T00:00:00Z"}, "occurred_at_invalid"),
        ({"OccurredAt": "2200-01-01T00:00:00Z"}, "occurred_at_invalid"),
    ],
)
def test_what_only_we_know_to_be_wrong_is_400_and_named(
    caller: Client, routing: Routing, change: dict[str, Any], code: str
) -> None:
    body = {"RoutingId": str(routing.id), "ReasonId": 1} | change
    given = {name: value for name, value in body.items() if value is not None}
    error = assert_error(post(caller, given), 400, code)
    assert error["target"] == next(iter(change))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[" * 100_000,
        b"\xff",
        "5",
        '{"RoutingId": 5, "ReasonId": 1}',
        '{"RoutingId": "17", "ReasonId": 1}',
        '{"ReasonId": 99999999999999999999}',
        '{"Amount": 12345678901234.5, "ReasonId": 1}',
        '{"Nonsense": 1, "ReasonId": 1}',
        '{"Comment": "a\\u0000b", "ReasonId": 1}',
        '{"Comment": "\\ud800", "ReasonId": 1}',
        '{"OccurredAt": "0001-01-01T00:00:00+14:00", "ReasonId": 1}',
    ],
)
def test_a_malformed_body_is_400_in_the_protocols_form(caller: Client, body: Any) -> None:
    response = post(caller, body)
    assert response.status_code == 400, response.content
    assert response.json()["error"]["message"]
    assert response["OData-Version"] == "4.0"


def test_routings_show_what_was_said_last_and_only_to_their_client(caller: Client, routing: Routing) -> None:
    RoutingFactory()
    RoutingFactory(client=routing.client, visible_at=None)
    post(caller, {"RoutingId": str(routing.id), "ReasonId": 3, "Comment": "x"})
    page = caller.get("/odata/Routings?$expand=Reason,Feedbacks").json()
    (row,) = page["value"]
    assert (row["Id"], row["ReasonId"], row["Comment"]) == (str(routing.id), 3, "x")
    assert row["Reason"]["Name"] == "נקבעה פגישה"
    assert [feedback["IsCurrent"] for feedback in row["Feedbacks"]] == [True]
    by_number = caller.get(f"/odata/Routings(Number={routing.number})").json()
    assert by_number["Id"] == str(routing.id)


def test_a_patch_records_what_changes(caller: Client, routing: Routing) -> None:
    address = f"/odata/Routings({routing.id})"
    assert_error(caller.patch(address, '{"Comment": "x"}', content_type="application/json"), 400, "reason_missing")
    first = caller.patch(address, '{"ReasonId": 2, "LeadName": "ignored"}', content_type="application/json")
    assert first.status_code in (200, 204), first.content
    caller.patch(address, '{"Comment": "called"}', content_type="application/json")
    current = CurrentFeedback.objects.get().feedback
    assert (current.reason_id, current.comment, current.door) == (2, "called", "odata")
    caller.patch(address, '{"ReasonId": 2, "Comment": "called"}', content_type="application/json")
    assert Feedback.objects.count() == 2


def test_a_patch_may_name_the_routing_by_its_number(caller: Client, routing: Routing) -> None:
    """As systems with short fields do, with an ETag and without; the answer names the entity by its id."""
    address = f"/odata/Routings(Number={routing.number})"
    etag = caller.get(address)["ETag"]
    for headers, reason in (({}, 4), ({"If-Match": etag}, 3), ({"If-Match": "*"}, 3)):
        response = caller.patch(address, {"ReasonId": reason}, content_type="application/json", headers=headers)
        stale = headers.get("If-Match") == etag
        assert response.status_code == (412 if stale else 204), response.content
    assert response["OData-EntityId"] == f"http://testserver/odata/Routings({routing.pk})"
    assert list(Feedback.objects.order_by("received_at").values_list("reason_id", flat=True)) == [4, 3]


def test_a_text_that_was_left_out_is_null(caller: Client, routing: Routing) -> None:
    posted = post(caller, {"RoutingId": str(routing.pk), "ReasonId": 1, "Comment": None}).json()
    assert (posted["Comment"], posted["ClientReference"]) == (None, None)
    assert caller.get(f"/odata/Feedbacks({posted['Id']})").json() == posted
    assert caller.get("/odata/Feedbacks/$count?$filter=Comment eq null").content == b"1"
    assert caller.get(f"/odata/Routings({routing.pk})/Comment").status_code == 204


def test_a_wrong_shape_of_the_answer_records_nothing(caller: Client, routing: Routing) -> None:
    said = {"RoutingId": str(routing.pk), "ReasonId": 1}
    assert_error(
        caller.post("/odata/Feedbacks?$select=Nope", said, content_type="application/json"), 400, "UnknownName"
    )
    assert not Feedback.objects.exists()


def test_a_patch_on_a_stale_etag_is_412(caller: Client, routing: Routing) -> None:
    address = f"/odata/Routings({routing.id})"
    etag = caller.get(address)["ETag"]
    post(caller, {"RoutingId": str(routing.id), "ReasonId": 1})
    stale = caller.patch(address, '{"ReasonId": 2}', content_type="application/json", headers={"If-Match": etag})
    assert stale.status_code == 412
    fresh = caller.get(address)["ETag"]
    assert fresh != etag
    done = caller.patch(address, '{"ReasonId": 2}', content_type="application/json", headers={"If-Match": fresh})
    assert done.status_code in (200, 204)


def test_feedback_and_reasons_are_not_changed_from_outside(caller: Client, routing: Routing) -> None:
    answer = post(caller, {"RoutingId": str(routing.id), "ReasonId": 1}).json()
    for method, address in (
        ("patch", f"/odata/Feedbacks({answer['Id']})"),
        ("delete", f"/odata/Feedbacks({answer['Id']})"),
        ("patch", "/odata/Reasons(1)"),
        ("delete", f"/odata/Routings({routing.id})"),
        ("post", "/odata/Routings"),
    ):
        response = getattr(caller, method)(address, "{}", content_type="application/json")
        assert response.status_code == 405, (method, address)
        assert response["Allow"]


def test_accept_language_chooses_reason_names_and_messages(caller: Client) -> None:
    english = caller.get("/odata/Reasons", headers={"Accept-Language": "en"}).json()["value"]
    assert english[0]["Name"] == "No answer"
    assert caller.get("/odata/Reasons").json()["value"][0]["Name"] == "לא ענה"
    error = post(caller, {"ReasonId": 1}, headers={"Accept-Language": "en"}).json()["error"]
    assert error["message"] == "Say which lead this is about: give RoutingId or RoutingNumber."


@pytest.mark.parametrize(("last_reason", "recorded"), [(2, 2), (999, 0)])
def test_a_group_of_a_batch_is_recorded_as_a_whole_or_not_at_all(
    caller: Client, routing: Routing, last_reason: int, recorded: int
) -> None:
    other = RoutingFactory(client=routing.client)
    requests = [
        {
            "id": str(number),
            "atomicityGroup": "g",
            "method": "POST",
            "url": "/odata/Feedbacks",
            "headers": {"Content-Type": "application/json"},
            "body": {"RoutingId": str(row.id), "ReasonId": reason},
        }
        for number, (row, reason) in enumerate([(routing, 1), (other, last_reason)])
    ]
    response = caller.post("/odata/$batch", json.dumps({"requests": requests}), content_type="application/json")
    assert response.status_code == 200, response.content
    statuses = [answer["status"] for answer in response.json()["responses"]]
    assert len(statuses) == 2
    assert (set(statuses) == {201}) == bool(recorded)
    assert Feedback.objects.count() == CurrentFeedback.objects.count() == recorded


def test_clients_that_ask_the_same_are_each_given_their_own() -> None:
    """Statements are kept from one request to the next: that of one client must not answer another."""
    routings = [RoutingFactory(), RoutingFactory()]
    callers = [Client(headers={"X-API-Key": api_key(each.client)}) for each in routings]
    for each, caller in zip(routings, callers, strict=True):
        assert post(caller, {"RoutingId": str(each.pk), "ReasonId": 1}).status_code == 201
    for _time in range(3):
        for each, caller in zip(routings, callers, strict=True):
            rows = caller.get("/odata/Routings?$expand=Feedbacks&$filter=Number gt 0").json()["value"]
            assert [row["Id"] for row in rows] == [str(each.pk)]
            assert [row["RoutingId"] for row in rows[0]["Feedbacks"]] == [str(each.pk)]
            rows = caller.get("/odata/Feedbacks?$filter=Routing/Number gt 0&$expand=Routing").json()["value"]
            assert [row["Routing"]["Id"] for row in rows] == [str(each.pk)]
