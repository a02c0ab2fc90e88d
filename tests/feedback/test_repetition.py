"""One idempotency key, one effect, through HTTP: what a client may rely on when it sends the same request again."""

import json
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from distribution.models import Routing
from feedback import services, tasks
from feedback.models import AnsweredRequest, CurrentFeedback, Feedback, Reason
from tests.factories import RoutingFactory, api_key

pytestmark = pytest.mark.django_db
REST = "/api/v1/feedback/"
ODATA = "/odata/Feedbacks"


@pytest.fixture
def routing() -> Routing:
    return RoutingFactory()


@pytest.fixture
def caller(routing: Routing) -> Client:
    """The system of the routing's client."""
    return Client(headers={"Authorization": f"Bearer {api_key(routing.client)}"})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """What both doors take for now; tests change its only member."""
    times = [timezone.now()]
    monkeypatch.setattr("feedback.api.views.timezone.now", lambda: times[0])
    return times


def post(caller: Client, body: Any, key: str = "k-1", address: str = REST, **headers: str) -> Any:
    named = {"Idempotency-Key": key} if key else {}
    return caller.post(address, json.dumps(body), content_type="application/json", headers=named | headers)


def said(routing: Routing, reason: int = 2) -> dict[str, Any]:
    return {"RoutingId": str(routing.id), "ReasonId": reason}


def repeatable(key: str = "r-1", sent: datetime | None = None) -> dict[str, str]:
    first_sent = format_datetime(sent or datetime.now(UTC), usegmt=True)
    return {"Repeatability-Request-ID": key, "Repeatability-First-Sent": first_sent}


def code_of(response: Any) -> str:
    document = response.json()
    return str(document["error"]["code"] if "error" in document else document["code"])


def is_replay(response: Any) -> bool:
    return response.headers.get("Idempotency-Replayed") == "true"


# ---- one effect ----


@pytest.mark.parametrize("address", [REST, ODATA])
def test_the_same_key_is_answered_again_as_it_was_and_does_nothing(
    caller: Client, routing: Routing, address: str
) -> None:
    first = post(caller, said(routing), address=address)
    # Without the key this would be a new feedback: the current one is another by now.
    post(caller, said(routing, 4), key="", address=address)
    again = post(caller, said(routing), address=address)
    assert (first.status_code, again.status_code) == (201, 201), again.content
    assert (is_replay(first), is_replay(again)) == (False, True)
    assert Feedback.objects.count() == 2
    assert CurrentFeedback.objects.get().feedback.reason_id == 4
    # Made anew: what is computed may differ, what was said does not.
    assert again.json() | {"IsCurrent": True} == first.json()
    assert again.json()["IsCurrent"] is False


@pytest.mark.parametrize("address", [REST, ODATA])
def test_a_quoted_key_and_another_spelling_of_the_body_are_the_same_request(
    caller: Client, routing: Routing, address: str
) -> None:
    first = post(caller, said(routing), key='"k-1"', address=address)
    text = f'{{ "ReasonId":2,\n "RoutingId":"{routing.id}" }}'
    again = caller.post(address, text, content_type="application/json", headers={"Idempotency-Key": "k-1"})
    assert is_replay(again)
    assert again.json()["Id"] == first.json()["Id"]


@pytest.mark.parametrize("address", [REST, ODATA])
def test_the_original_status_comes_back_also_for_a_duplicate(caller: Client, routing: Routing, address: str) -> None:
    post(caller, said(routing), key="", address=address)
    duplicate, again = (post(caller, said(routing), address=address) for _ in range(2))
    assert (duplicate.status_code, again.status_code) == (200, 200)
    assert (is_replay(duplicate), is_replay(again)) == (False, True)


@pytest.mark.parametrize("address", [REST, ODATA])
def test_a_refusal_is_answered_again_although_it_would_succeed_by_now(
    caller: Client, routing: Routing, address: str
) -> None:
    body = said(routing, 77)
    first = post(caller, body, address=address)
    Reason.objects.create(id=77, name_he="חדש", name_en="New", kind="positive")
    again = post(caller, body, address=address, **{"Accept-Language": "en"})
    assert (first.status_code, again.status_code) == (400, 400)
    assert code_of(first) == code_of(again) == "reason_unknown"
    assert is_replay(again)
    assert "There is no feedback reason with this number" in again.content.decode()
    assert post(caller, body, key="k-2", address=address).status_code == 201


@pytest.mark.parametrize("address", [REST, ODATA])
def test_the_same_key_with_another_body_is_422(caller: Client, routing: Routing, address: str) -> None:
    post(caller, said(routing), address=address)
    other = post(caller, said(routing, 3), address=address)
    assert (other.status_code, code_of(other)) == (422, "idempotency_key_reused")
    assert not is_replay(other)
    assert Feedback.objects.count() == 1


@pytest.mark.parametrize("address", [REST, ODATA])
def test_a_key_belongs_to_one_client(caller: Client, routing: Routing, address: str) -> None:
    other_routing = RoutingFactory()
    other = Client(headers={"X-API-Key": api_key(other_routing.client)})
    first, answer = post(caller, said(routing), address=address), post(other, said(other_routing), address=address)
    assert (first.status_code, answer.status_code, is_replay(answer)) == (201, 201, False)
    again = post(caller, said(routing), address=address)
    assert (again.json(), is_replay(again)) == (first.json(), True)


@pytest.mark.parametrize("address", [REST, ODATA])
@pytest.mark.parametrize("key", ['""', "a b", "x" * 256, "ключ", "a\tb", "\x7f"])
def test_a_key_of_the_wrong_form_is_400(caller: Client, routing: Routing, address: str, key: str) -> None:
    response = post(caller, said(routing), key=key, address=address)
    assert response.status_code == 400, response.content
    assert not Feedback.objects.exists()


def test_an_array_is_one_request_with_an_answer_per_item(caller: Client, routing: Routing) -> None:
    body = [said(routing, 1), said(RoutingFactory()), {"Nonsense": 1}, said(routing, 99), said(routing, 1), {}]
    first = post(caller, body)
    Feedback.objects.get()
    again = post(caller, body)
    statuses = [201, 404, 400, 400, 200, 400]
    assert [item["Status"] for item in first.json()] == statuses
    assert again.json() == first.json()
    assert is_replay(again)
    assert post(caller, [*body, said(routing)]).status_code == 422
    assert Feedback.objects.count() == 1


def test_what_was_said_is_not_kept_with_the_key(caller: Client, routing: Routing) -> None:
    post(caller, [said(routing) | {"Comment": "secret"}, said(routing) | {"Comment": "secret" * 1000}])
    (kept,) = AnsweredRequest.objects.values()
    assert "secret" not in str(kept)
    assert [sorted(outcome) for outcome in kept["outcomes"]] == [["duplicate", "feedback"], ["error", "values"]]


def test_a_refusal_that_names_a_bound_is_answered_again_alike(caller: Client, routing: Routing) -> None:
    body = said(routing) | {"Comment": "x" * 2001}
    first, again = post(caller, body), post(caller, body)
    assert is_replay(again)
    assert again.json() == first.json()
    assert "2000" in again.json()["detail"]


@pytest.mark.parametrize("address", [REST, ODATA])
def test_what_cannot_be_read_does_not_use_up_the_key(caller: Client, routing: Routing, address: str) -> None:
    assert post(caller, said(routing) | {"Nonsense": 1}, address=address).status_code == 400
    assert post(caller, said(routing), address=address).status_code == 201


def test_a_body_that_is_nested_too_deeply_is_400(caller: Client) -> None:
    for depth in (200, 900, 100_000):
        text = '[{"Comment":' + "[" * depth + "]" * depth + "}]"
        response = caller.post(REST, text, content_type="application/json", headers={"Idempotency-Key": f"k-{depth}"})
        assert response.status_code in (200, 400), depth


def test_when_the_effect_fails_the_key_counts_as_never_used(
    caller: Client, routing: Routing, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:

        def full(*args: Any, **options: Any) -> None:
            raise OperationalError("disk full")

        broken.setattr("feedback.services.record.append", full)
        for address in (REST, ODATA):
            assert post(caller, said(routing), address=address).status_code == 503
    assert not AnsweredRequest.objects.exists()
    assert post(caller, said(routing)).status_code == 201


def test_without_a_key_no_statement_is_added(caller: Client, routing: Routing) -> None:
    counts = []
    post(caller, said(routing), key="warm")  # notes when the key was last used
    for reason, key in ((1, ""), (3, "k")):
        with CaptureQueriesContext(connection) as queries:
            assert post(caller, said(routing, reason), key=key).status_code == 201
        counts.append(len([query for query in queries if "feedback_answeredrequest" in query["sql"]]))
    assert counts == [0, 2]


# ---- time ----


def test_a_key_is_kept_for_seven_days(caller: Client, routing: Routing, clock: list[datetime]) -> None:
    start = clock[0]
    post(caller, said(routing))
    clock[0] = start + timedelta(days=7, seconds=-1)
    assert is_replay(post(caller, said(routing)))
    clock[0] = start + timedelta(days=7)
    later = post(caller, said(routing, 3))
    assert (later.status_code, is_replay(later)) == (201, False)
    assert is_replay(post(caller, said(routing, 3)))


def test_old_keys_are_removed(caller: Client, routing: Routing, monkeypatch: pytest.MonkeyPatch) -> None:
    post(caller, said(routing), key="old")
    AnsweredRequest.objects.update(received_at=timezone.now() - timedelta(days=7))
    post(caller, said(routing, 3), key="young")
    assert tasks.forget_answered_requests(0) == 1
    assert AnsweredRequest.objects.get().key == "young"
    assert services.forget_answered_requests(now=timezone.now()) == 0


# ---- Repeatable Requests 1.0 ----


@pytest.mark.parametrize("address", [REST, ODATA])
def test_repeatable_requests_are_accepted_and_answered_again(caller: Client, routing: Routing, address: str) -> None:
    first, again = (post(caller, said(routing), key="", address=address, **repeatable()) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first["Repeatability-Result"], again["Repeatability-Result"]) == ("accepted", "accepted")
    assert (is_replay(first), is_replay(again)) == (False, True)
    refused = post(caller, said(routing, 99), key="", address=address, **repeatable("r-2"))
    assert (refused.status_code, refused["Repeatability-Result"]) == (400, "accepted")


@pytest.mark.parametrize("address", [REST, ODATA])
def test_a_repeatable_request_that_cannot_be_kept_is_rejected(caller: Client, routing: Routing, address: str) -> None:
    old = repeatable(sent=datetime.now(UTC) - timedelta(days=7, minutes=1))
    too_old = post(caller, said(routing), key="", address=address, **old)
    assert (too_old.status_code, code_of(too_old)) == (412, "request_too_old")
    wrong = [
        post(caller, said(routing), key="", address=address, **headers)
        for headers in (
            {"Repeatability-Request-ID": "r"},
            {"Repeatability-First-Sent": repeatable()["Repeatability-First-Sent"]},
            repeatable() | {"Repeatability-First-Sent": "yesterday"},
            repeatable("a b"),
        )
    ]
    assert {response.status_code for response in wrong} == {400}
    post(caller, said(routing), key="", address=address, **repeatable())
    other = post(caller, said(routing, 3), key="", address=address, **repeatable())
    assert other.status_code == 422
    assert {response["Repeatability-Result"] for response in (too_old, other, *wrong)} == {"rejected"}
    assert Feedback.objects.count() == 1


# ---- changes and batches ----


def patch(caller: Client, routing: Routing, body: Any, **headers: str) -> Any:
    address = f"/odata/Routings({routing.id})"
    return caller.patch(address, json.dumps(body), content_type="application/json", headers=headers)


def test_a_change_is_made_once_although_its_etag_is_stale_the_second_time(caller: Client, routing: Routing) -> None:
    etag = caller.get(f"/odata/Routings({routing.id})")["ETag"]
    headers = {"Idempotency-Key": "p-1", "If-Match": etag}
    first = patch(caller, routing, {"ReasonId": 2}, **headers)
    patch(caller, routing, {"ReasonId": 3})
    again = patch(caller, routing, {"ReasonId": 2}, **headers)
    assert (first.status_code, again.status_code) == (204, 204), again.content
    assert (is_replay(first), is_replay(again)) == (False, True)
    assert CurrentFeedback.objects.get().feedback.reason_id == 3
    assert patch(caller, routing, {"ReasonId": 4}, **headers).status_code == 422


def test_a_change_on_a_stale_etag_is_412_and_leaves_the_key_unused(caller: Client, routing: Routing) -> None:
    etag = caller.get(f"/odata/Routings({routing.id})")["ETag"]
    patch(caller, routing, {"ReasonId": 3})
    stale = patch(caller, routing, {"ReasonId": 2}, **{"Idempotency-Key": "p-1", "If-Match": etag})
    assert stale.status_code == 412
    assert not AnsweredRequest.objects.exists()
    fresh = caller.get(f"/odata/Routings({routing.id})")["ETag"]
    done = patch(caller, routing, {"ReasonId": 2}, **{"Idempotency-Key": "p-1", "If-Match": fresh})
    assert (done.status_code, is_replay(done)) == (204, False)


def test_a_refused_change_is_refused_again(caller: Client, routing: Routing) -> None:
    first = patch(caller, routing, {"Comment": "x"}, **{"Idempotency-Key": "p-1"})
    patch(caller, routing, {"ReasonId": 3})
    again = patch(caller, routing, {"Comment": "x"}, **{"Idempotency-Key": "p-1"})
    assert (first.status_code, again.status_code) == (400, 400)
    assert code_of(again) == "reason_missing"
    assert is_replay(again)


def batch(caller: Client, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    response = caller.post("/odata/$batch", json.dumps({"requests": requests}), content_type="application/json")
    assert response.status_code == 200, response.content
    return response.json()["responses"]  # type: ignore[no-any-return]


def request(number: int, body: dict[str, Any], key: str, **more: Any) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    return {"id": str(number), "method": "POST", "url": "Feedbacks", "headers": headers, "body": body} | more


@pytest.mark.parametrize("group", [{}, {"atomicityGroup": "g"}])
def test_each_part_of_a_batch_has_a_key_of_its_own(caller: Client, routing: Routing, group: dict[str, str]) -> None:
    other = RoutingFactory(client=routing.client)
    parts = [request(1, said(routing), "a", **group), request(2, said(other), "b", **group)]
    first, again = batch(caller, *parts), batch(caller, *parts)
    assert [part["status"] for part in first + again] == [201] * 4
    assert ["idempotency-replayed" in part["headers"] for part in first + again] == [False, False, True, True]
    assert [part["body"]["Id"] for part in first] == [part["body"]["Id"] for part in again]
    assert Feedback.objects.count() == 2
    (alone,) = batch(caller, request(1, said(routing, 3), "a", **group))
    assert alone["status"] == 422


def test_a_group_that_fails_leaves_its_keys_unused(caller: Client, routing: Routing) -> None:
    group = {"atomicityGroup": "g"}
    failed = batch(caller, request(1, said(routing), "a", **group), request(2, said(routing, 99), "b", **group))
    assert sorted(part["status"] for part in failed) == [400, 424]
    assert not AnsweredRequest.objects.exists()
    mended = batch(caller, request(1, said(routing), "a", **group), request(2, said(routing, 3), "b", **group))
    assert [part["status"] for part in mended] == [201, 201]


def test_a_part_of_a_multipart_batch_may_be_repeatable(caller: Client, routing: Routing) -> None:
    headers = "".join(f"{name}: {value}\r\n" for name, value in repeatable().items())
    part = (
        "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"POST Feedbacks HTTP/1.1\r\nContent-Type: application/json\r\n{headers}\r\n"
        f"{json.dumps(said(routing))}\r\n--b--"
    )
    answers = [caller.post("/odata/$batch", part, content_type="multipart/mixed; boundary=b") for _ in range(2)]
    texts = [answer.content.decode() for answer in answers]
    assert all("201 Created" in text and "Repeatability-Result: accepted" in text for text in texts), texts
    assert ["Idempotency-Replayed" in text for text in texts] == [False, True]
    assert Feedback.objects.count() == 1


# ---- twins ----


def waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone() == (1,))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", [REST, ODATA])
@pytest.mark.parametrize("first_fails", [False, True])
def test_a_twin_waits_for_the_first_and_is_answered_alike(
    caller: Client, routing: Routing, address: str, first_fails: bool
) -> None:
    """Deterministic: the first holds its transaction open until the second stands at the index."""
    answers: list[Any] = []

    def second() -> None:
        try:
            answers.append(post(caller, said(routing), address=address))
        finally:
            connection.close()

    caller.get("/api/v1/reasons/")  # notes when the key was last used, which would be waited for, too
    thread = threading.Thread(target=second)
    with transaction.atomic():
        first = post(caller, said(routing), address=address)
        thread.start()
        for _ in range(1000):
            if waiting_for_a_lock():
                break
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.01)")
        else:
            pytest.fail("the twin never waited")
        transaction.set_rollback(first_fails)
    thread.join(timeout=30)
    (twin,) = answers
    assert (first.status_code, twin.status_code) == (201, 201), twin.content
    assert is_replay(twin) is not first_fails
    assert (twin.json()["Id"] == first.json()["Id"]) is not first_fails
    assert Feedback.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_twins_at_once_are_one_effect(caller: Client, routing: Routing) -> None:
    barrier = threading.Barrier(4)
    answers: list[Any] = []

    def send() -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=10)
            answers.append(post(caller, [said(routing), said(routing, 99)]))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len({answer.content for answer in answers}) == 1
    assert sorted(is_replay(answer) for answer in answers) == [False, True, True, True]
    assert Feedback.objects.count() == AnsweredRequest.objects.count() == 1
