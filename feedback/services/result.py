"""What a client is told about what it said."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from distribution.models import Routing
from feedback.errors import FeedbackError
from feedback.models import Feedback


class Recorded(NamedTuple):
    """A feedback that stands in the database."""

    id: uuid.UUID
    routing_id: uuid.UUID
    routing_number: int
    reason_id: int
    comment: str
    amount: Decimal | None
    occurred_at: datetime | None
    client_reference: str
    received_at: datetime
    is_current: bool
    is_reason_inactive: bool


class FeedbackResult(NamedTuple):
    """The answer to one input: the feedback it led to, or why there is none."""

    recorded: Recorded | None = None
    error: FeedbackError | None = None
    # The same was said before: `recorded` is that earlier feedback, and nothing was added.
    is_duplicate: bool = False
    # A request with the same key was answered before, and this is its answer: nothing was done.
    is_replayed: bool = False

    def unwrap(self) -> Recorded:
        """Give the feedback; raises the error when there is none."""
        if self.error is not None:
            raise self.error
        if self.recorded is None:
            raise ValueError("a result has either a feedback or an error")
        return self.recorded


def recorded_of(feedback: Feedback, *, routing: Routing, is_current: bool) -> Recorded:
    """Give a row as it is answered."""
    return Recorded(
        id=feedback.pk,
        routing_id=feedback.routing_id,
        routing_number=routing.number,
        reason_id=feedback.reason_id,
        comment=feedback.comment,
        amount=feedback.amount,
        occurred_at=feedback.occurred_at,
        client_reference=feedback.client_reference,
        received_at=feedback.received_at,
        is_current=is_current,
        is_reason_inactive=feedback.is_reason_inactive,
    )
