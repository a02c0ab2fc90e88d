"""PATCH: part of what was said last changes."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from distribution.models import Routing
from feedback.choices import Door
from feedback.models import CurrentFeedback, Feedback
from feedback.services import FeedbackInput, FeedbackResult, amend_feedback, record_feedback
from tests.factories import RoutingFactory

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def routing() -> Routing:
    return RoutingFactory()


def change(routing: Routing, changes: dict[str, Any], **options: Any) -> FeedbackResult:
    named = {"routing_id": routing.id} if "routing_number" not in options else {}
    return amend_feedback(
        **({"client_id": routing.client_id, "changes": changes, "door": Door.ODATA, "now": NOW} | named | options)
    )


def say(routing: Routing, **fields: Any) -> None:
    said = FeedbackInput(routing_id=routing.id, **fields)
    record_feedback(client_id=routing.client_id, items=[said], door=Door.ODATA, now=NOW - timedelta(hours=1))[
        0
    ].unwrap()


def test_what_is_not_named_keeps_its_value(routing: Routing) -> None:
    happened = NOW - timedelta(days=2)
    say(routing, reason_id=3, comment="x", amount=Decimal(5), occurred_at=happened)
    change(routing, {"amount": Decimal("7.5")}).unwrap()
    current = CurrentFeedback.objects.get().feedback
    assert (current.reason_id, current.comment, current.amount, current.occurred_at) == (
        3,
        "x",
        Decimal("7.50"),
        happened,
    )
    assert Feedback.objects.count() == 2


def test_a_value_can_be_emptied(routing: Routing) -> None:
    say(routing, reason_id=3, comment="x", amount=Decimal(5))
    change(routing, {"amount": None, "comment": None}).unwrap()
    current = CurrentFeedback.objects.get().feedback
    assert (current.reason_id, current.comment, current.amount) == (3, "", None)


def test_when_nothing_changes_nothing_is_recorded(routing: Routing) -> None:
    say(routing, reason_id=3, comment="x", client_reference="7")
    result = change(routing, {"reason_id": 3, "comment": "x"}, now=NOW + timedelta(days=50))
    assert result.is_duplicate
    assert result.unwrap().id == Feedback.objects.get().id


def test_going_back_to_what_was_said_before_is_a_change(routing: Routing) -> None:
    say(routing, reason_id=3, occurred_at=NOW - timedelta(days=1))
    change(routing, {"reason_id": 4})
    result = change(routing, {"reason_id": 3})
    assert not result.is_duplicate
    assert CurrentFeedback.objects.get().feedback_id == result.unwrap().id
    assert Feedback.objects.count() == 3


def test_the_first_one_needs_a_reason(routing: Routing) -> None:
    result = change(routing, {"comment": "x"})
    assert result.error is not None
    assert result.error.code == "reason_missing"
    assert change(routing, {"reason_id": 2}, routing_number=routing.number).unwrap().is_current


@pytest.mark.parametrize("changes", [{"reason_id": 1}, {"comment": "x"}, {"reason_id": 1, "amount": Decimal(10**12)}])
def test_a_routing_that_is_not_the_clients_is_not_found_whatever_else_is_wrong(
    routing: Routing, changes: dict[str, Any]
) -> None:
    for other in (RoutingFactory().id, uuid.uuid4(), RoutingFactory(client=routing.client, visible_at=None).id):
        result = change(routing, changes, routing_id=other)
        assert result.error is not None
        assert result.error.code == "routing_not_found"
