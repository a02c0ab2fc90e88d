"""Recording feedback: what is current, what is said twice, what is refused."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from distribution.models import Routing
from feedback.choices import Door
from feedback.engine import append as append_module
from feedback.models import CurrentFeedback, Feedback, Reason
from feedback.services import FeedbackInput, FeedbackResult, record_by_staff, record_feedback
from tests.factories import ClientFactory, RoutingFactory, StaffFactory

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def routing() -> Routing:
    return RoutingFactory()


def say(client: User, *items: FeedbackInput, now: datetime = NOW) -> list[FeedbackResult]:
    return record_feedback(client_id=client.pk, items=items, door=Door.REST, now=now)


def one(routing: Routing, *, now: datetime = NOW, **fields: Any) -> FeedbackResult:
    said = FeedbackInput(**({"routing_id": routing.id, "reason_id": 1} | fields))
    return say(routing.client, said, now=now)[0]


def error_code(result: FeedbackResult) -> str:
    assert result.error is not None
    assert result.recorded is None
    return result.error.code


def test_everything_a_client_says_is_kept(routing: Routing) -> None:
    happened = NOW - timedelta(hours=3)
    result = one(
        routing, reason_id=4, comment="נסגר 🎉", amount=Decimal("1500.5"), occurred_at=happened, client_reference="X-7"
    )
    assert not result.is_duplicate
    row = Feedback.objects.get()
    assert (row.id, row.routing_id, row.reason_id) == (result.unwrap().id, routing.id, 4)
    assert (row.comment, row.amount, row.occurred_at) == ("נסגר 🎉", Decimal("1500.50"), happened)
    assert (row.client_reference, row.received_at, row.door) == ("X-7", NOW, Door.REST)
    assert result.unwrap().is_current
    current = CurrentFeedback.objects.get()
    assert (current.routing_id, current.feedback_id, current.effective_at) == (routing.id, row.id, happened)


def test_the_routing_number_names_a_routing_as_well(routing: Routing) -> None:
    result = one(routing, routing_id=None, routing_number=routing.number)
    assert result.unwrap().routing_id == routing.id
    assert result.unwrap().routing_number == routing.number


def test_id_and_number_must_belong_together(routing: Routing) -> None:
    other = RoutingFactory(client=routing.client)
    assert one(routing, routing_number=routing.number).error is None
    assert error_code(one(routing, routing_number=other.number)) == "routing_not_found"


def test_another_clients_an_unknown_and_a_waiting_routing_are_the_same_error(routing: Routing) -> None:
    waiting = RoutingFactory(client=routing.client, visible_at=None)
    stranger = RoutingFactory()
    refused = [
        one(routing, routing_id=stranger.id),
        one(routing, routing_id=uuid.uuid4()),
        one(routing, routing_id=waiting.id),
        one(routing, routing_id=None, routing_number=stranger.number),
        one(routing, routing_id=None, routing_number=waiting.number),
        one(routing, routing_id=None, routing_number=2**40),
        one(routing, routing_id=None, routing_number=-1),
        one(routing, routing_id=stranger.id, reason_id=999),
    ]
    assert {error_code(result) for result in refused} == {"routing_not_found"}
    assert len({str(result.error) for result in refused}) == 1
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"routing_id": None}, "routing_missing", "RoutingId"),
        ({"reason_id": None}, "reason_missing", "ReasonId"),
        ({"reason_id": 999}, "reason_unknown", "ReasonId"),
        ({"reason_id": 2**63}, "reason_unknown", "ReasonId"),
        ({"reason_id": 0}, "reason_unknown", "ReasonId"),
        ({"comment": "x" * 2001}, "text_too_long", "Comment"),
        ({"client_reference": "x" * 101}, "text_too_long", "ClientReference"),
        ({"comment": "a\x00b"}, "text_not_allowed", "Comment"),
        ({"comment": "a\ud800b"}, "text_not_allowed", "Comment"),
        ({"client_reference": "\udfff"}, "text_not_allowed", "ClientReference"),
        ({"amount": Decimal("1E+10")}, "amount_invalid", "Amount"),
        ({"amount": Decimal("-1E+10")}, "amount_invalid", "Amount"),
        ({"amount": Decimal("0.001")}, "amount_invalid", "Amount"),
        ({"amount": Decimal("NaN")}, "amount_invalid", "Amount"),
        ({"amount": Decimal("1E+999999")}, "amount_invalid", "Amount"),
        ({"amount": Decimal("1E-999999")}, "amount_invalid", "Amount"),
        ({"occurred_at": datetime(2026, 1, 1)}, "occurred_at_invalid", "OccurredAt"),  # noqa: DTZ001
        ({"occurred_at": datetime(1, 1, 1, tzinfo=UTC)}, "occurred_at_invalid", "OccurredAt"),
        ({"occurred_at": datetime(9999, 12, 31, tzinfo=UTC)}, "occurred_at_invalid", "OccurredAt"),
    ],
)
def test_what_the_sender_must_mend_is_named(routing: Routing, fields: dict[str, Any], code: str, field: str) -> None:
    result = one(routing, **fields)
    assert error_code(result) == code
    assert result.error is not None
    assert result.error.field == field
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("amount", ["9999999999.99", "-9999999999.99", "0", "-0.00", "1E+2"])
def test_every_amount_that_fits_is_kept_exactly(routing: Routing, amount: str) -> None:
    one(routing, amount=Decimal(amount)).unwrap()
    assert Feedback.objects.get().amount == Decimal(amount)


def test_a_reason_may_ask_for_a_comment(routing: Routing) -> None:
    Reason.objects.filter(pk=5).update(is_comment_required=True)
    assert error_code(one(routing, reason_id=5, comment=" \t ")) == "comment_required"
    assert one(routing, reason_id=5, comment="גר בחו״ל").error is None


def test_an_inactive_reason_is_accepted_and_marked(routing: Routing) -> None:
    Reason.objects.filter(pk=5).update(is_active=False)
    assert one(routing, reason_id=5).unwrap().is_reason_inactive
    assert Feedback.objects.get().is_reason_inactive


def test_an_older_feedback_joins_the_history_only(routing: Routing) -> None:
    newer = one(routing, occurred_at=NOW - timedelta(hours=1)).unwrap()
    older = one(routing, reason_id=2, occurred_at=NOW - timedelta(hours=2)).unwrap()
    assert not older.is_current
    assert CurrentFeedback.objects.get().feedback_id == newer.id
    assert Feedback.objects.count() == 2


def test_of_two_that_happened_at_once_the_later_one_to_arrive_is_current(routing: Routing) -> None:
    one(routing, occurred_at=NOW)
    second = one(routing, reason_id=2, occurred_at=NOW).unwrap()
    assert CurrentFeedback.objects.get().feedback_id == second.id


def test_a_time_in_the_future_counts_as_arrival_and_blocks_nothing(routing: Routing) -> None:
    far = NOW + timedelta(days=400)
    one(routing, occurred_at=far)
    assert Feedback.objects.get().occurred_at == far
    assert CurrentFeedback.objects.get().effective_at == NOW
    later = one(routing, reason_id=2, now=NOW + timedelta(minutes=1)).unwrap()
    assert CurrentFeedback.objects.get().feedback_id == later.id


def test_without_a_time_the_last_to_arrive_is_current_even_on_a_slow_clock(routing: Routing) -> None:
    one(routing)
    second = one(routing, reason_id=2, now=NOW - timedelta(seconds=5)).unwrap()
    assert second.is_current
    assert CurrentFeedback.objects.get().feedback_id == second.id


def test_the_same_with_a_time_is_one_effect_for_ever(routing: Routing) -> None:
    said = {"reason_id": 4, "comment": "ok", "amount": Decimal("5"), "occurred_at": NOW, "client_reference": "1"}
    first = one(routing, **said).unwrap()
    one(routing, reason_id=2, now=NOW + timedelta(hours=1))
    again = one(routing, now=NOW + timedelta(days=400), **(said | {"amount": Decimal("5.00")}))
    assert again.is_duplicate
    assert again.unwrap().id == first.id
    assert again.unwrap().received_at == NOW
    assert not again.unwrap().is_current
    assert Feedback.objects.count() == 2


@pytest.mark.parametrize(
    "other",
    [
        {"reason_id": 3},
        {"comment": "not ok"},
        {"amount": Decimal("5.01")},
        {"amount": None},
        {"occurred_at": NOW - timedelta(microseconds=1)},
        {"client_reference": "2"},
    ],
)
def test_any_written_field_makes_a_difference(routing: Routing, other: dict[str, Any]) -> None:
    said = {"reason_id": 4, "comment": "ok", "amount": Decimal("5"), "occurred_at": NOW, "client_reference": "1"}
    one(routing, **said)
    assert not one(routing, **(said | other)).is_duplicate
    said.pop("occurred_at")
    if "occurred_at" not in other:
        one(routing, **said)
        assert not one(routing, **(said | other)).is_duplicate


def test_the_same_without_a_time_is_one_effect_for_a_day(routing: Routing) -> None:
    first = one(routing, comment="x").unwrap()
    again = one(routing, comment="x", now=NOW + timedelta(hours=23, minutes=59))
    assert (again.is_duplicate, again.unwrap().id, again.unwrap().is_current) == (True, first.id, True)
    assert not one(routing, comment="x", now=NOW + timedelta(hours=24)).is_duplicate


def test_without_a_time_only_the_current_one_is_compared(routing: Routing) -> None:
    one(routing, reason_id=1)
    one(routing, reason_id=2)
    back = one(routing, reason_id=1)
    assert not back.is_duplicate
    assert CurrentFeedback.objects.get().feedback_id == back.unwrap().id
    assert CurrentFeedback.objects.get().version == 3


def test_one_bad_item_keeps_no_other_from_being_recorded(routing: Routing) -> None:
    results = say(
        routing.client,
        FeedbackInput(routing_id=routing.id, reason_id=1, occurred_at=NOW),
        FeedbackInput(routing_id=uuid.uuid4(), reason_id=1),
        FeedbackInput(routing_id=routing.id, reason_id=999),
        FeedbackInput(reason_id=1),
        FeedbackInput(routing_id=routing.id, reason_id=1, occurred_at=NOW),
        FeedbackInput(routing_number=routing.number, reason_id=2, occurred_at=NOW),
    )
    codes = [result.error.code if result.error else "ok" for result in results]
    assert codes == ["ok", "routing_not_found", "reason_unknown", "routing_missing", "ok", "ok"]
    assert [result.is_duplicate for result in results] == [False, False, False, False, True, False]
    assert CurrentFeedback.objects.get().feedback_id == results[5].unwrap().id


def test_items_about_one_routing_apply_in_their_order_by_whatever_name(routing: Routing) -> None:
    items = [
        FeedbackInput(routing_id=routing.id, reason_id=1),
        FeedbackInput(routing_number=routing.number, reason_id=2),
        FeedbackInput(routing_id=routing.id, reason_id=1),
        FeedbackInput(routing_number=routing.number, reason_id=1),
        FeedbackInput(routing_id=routing.id, routing_number=routing.number, reason_id=3),
    ]
    results = say(routing.client, *items)
    assert [result.is_duplicate for result in results] == [False, False, False, True, False]
    assert CurrentFeedback.objects.get().feedback_id == results[4].unwrap().id
    assert CurrentFeedback.objects.get().version == 4


def test_nothing_said_is_nothing_recorded(routing: Routing) -> None:
    assert say(routing.client) == []


def test_a_thousand_items_are_one_statement(routing: Routing, monkeypatch: pytest.MonkeyPatch) -> None:
    lead = routing.lead
    lead.pk = None
    leads = type(lead).objects.bulk_create([type(lead)(source=lead.source, phone=str(n)) for n in range(1000)])
    routings = Routing.objects.bulk_create(
        [Routing(lead=one_lead, client=routing.client, visible_at=NOW) for one_lead in leads]
    )
    calls = []
    run = append_module.run_prepared
    monkeypatch.setattr(append_module, "run_prepared", lambda *args: calls.append(args) or run(*args))
    results = say(routing.client, *[FeedbackInput(routing_id=row.pk, reason_id=1, comment="x") for row in routings])
    assert len(calls) == 1
    assert all(result.unwrap().is_current for result in results)
    assert [result.unwrap().routing_id for result in results] == [row.pk for row in routings]
    assert CurrentFeedback.objects.count() == 1000


def test_staff_record_what_a_client_says_also_before_its_system_has_the_lead() -> None:
    routing = RoutingFactory(visible_at=None)
    author = StaffFactory()
    said = FeedbackInput(reason_id=3, comment="התקשר אלינו")
    result = record_by_staff(routing=routing, author=author, said=said, now=NOW)
    row = Feedback.objects.get(pk=result.unwrap().id)
    assert (row.author, row.door, row.api_key) == (author, Door.STAFF, None)
    assert CurrentFeedback.objects.get().feedback_id == row.pk
    assert record_by_staff(routing=routing, author=author, said=said, now=NOW).is_duplicate


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(
        st.tuples(st.integers(1, 7), st.none() | st.integers(-5, 3)),
        min_size=1,
        max_size=12,
    ),
    cuts=st.sets(st.integers(1, 11)),
)
def test_in_whatever_order_and_portions_the_newest_is_current(
    said: list[tuple[int, int | None]], cuts: set[int]
) -> None:
    """Against a plain reading of the rule: replay one after the other, in Python."""
    client = ClientFactory()
    routing = RoutingFactory(client=client)
    model: list[tuple[int, int | None, int]] = []  # (reason, hour, effective hour) of every feedback there is
    best: tuple[int, int | None, int] | None = None
    expected = []
    for reason, hour in said:
        same_ever = hour is not None and any((reason, hour) == known[:2] for known in model)
        same_now = hour is None and best is not None and best[:2] == (reason, None)
        expected.append(same_ever or same_now)
        if not expected[-1]:
            new = (reason, hour, 0 if hour is None else min(hour, 0))
            model.append(new)
            if best is None or new[2] >= best[2]:
                best = new
    items = [
        FeedbackInput(
            routing_id=routing.id,
            reason_id=reason,
            occurred_at=None if hour is None else NOW + timedelta(hours=hour),
        )
        for reason, hour in said
    ]
    edges = [0, *sorted(cut for cut in cuts if cut < len(items)), len(items)]
    results = []
    for start, end in itertools.pairwise(edges):
        results += say(client, *items[start:end])
    assert [result.is_duplicate for result in results] == expected
    assert Feedback.objects.filter(routing=routing).count() == len(model)
    current = CurrentFeedback.objects.get(routing=routing)
    assert best is not None
    assert (current.feedback.reason_id, current.effective_at) == (best[0], NOW + timedelta(hours=best[2]))
    assert current.version == len(model)


def test_the_clock_may_be_the_real_one(routing: Routing) -> None:
    assert one(routing, now=timezone.now()).unwrap().is_current
