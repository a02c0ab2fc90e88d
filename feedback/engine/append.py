"""The one statement that writes feedback.

For every entry it finds the client's routing, checks the reason, sees whether the same was said before, appends
the feedback and brings the current one up to date: one round trip, whether for one entry or for a thousand.

Two writers of one routing exclude each other by its row in `feedback_currentfeedback`, whose version counts
every feedback of the routing. The upsert goes through only when the version is still the one that the
statement's snapshot showed; everything else is written only where the upsert went through. So a decision taken
on an old snapshot writes nothing and reads `STALE`: the caller asks again. In a transaction the row stays
locked, hence the second time is the last.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from accounts.statements import run_prepared
from feedback.rules.feedback_input import FeedbackInput


class Status(StrEnum):
    """What became of an entry."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    ROUTING_NOT_FOUND = "routing_not_found"
    REASON_UNKNOWN = "reason_unknown"
    COMMENT_REQUIRED = "comment_required"
    LATER = "later"  # another entry of the same routing goes first
    STALE = "stale"  # somebody else wrote about the routing meanwhile


UNDECIDED = (Status.LATER, Status.STALE)


class Entry(NamedTuple):
    """A checked feedback with the id it gets, and the digest by which it is known again (None: is not)."""

    position: int
    id: uuid.UUID
    said: FeedbackInput
    digest: bytes | None


class Origin(NamedTuple):
    """Who says it, and when it arrived."""

    client_id: int
    door: str
    api_key_id: int | None
    author_id: int | None
    now: datetime
    # Staff may record what a client says about a routing that its system has not been sent yet.
    sees_waiting: bool


class Written(NamedTuple):
    """What became of the entry at `position`: `feedback_id` is its own, or the earlier one that said the same."""

    position: int
    status: Status
    routing_id: uuid.UUID | None
    routing_number: int | None
    feedback_id: uuid.UUID | None
    received_at: datetime | None
    is_current: bool
    is_reason_inactive: bool


# One entry alone comes as plain values: PostgreSQL keeps one plan for those, and plans anew for every array.
_ONE = """
    SELECT $1::int AS position, $2::uuid AS id, $3::uuid AS routing_id, $4::int AS routing_number, $5::int AS reason_id,
        $6::text AS comment, $7::numeric AS amount, $8::timestamptz AS occurred_at, $9::text AS client_reference,
        $10::bytea AS digest
"""
_MANY = """
    SELECT * FROM unnest(
        $1::int[], $2::uuid[], $3::uuid[], $4::int[], $5::int[], $6::text[], $7::numeric[], $8::timestamptz[],
        $9::text[], $10::bytea[]
    ) AS entry (position, id, routing_id, routing_number, reason_id, comment, amount, occurred_at, client_reference,
        digest)
"""
_STATEMENT = """
WITH entry AS (
    {entries}
), known AS (
    SELECT entry.*, routing.id AS found, routing.number AS found_number, reason.id AS found_reason,
        NOT reason.is_active AS is_reason_inactive, current.version AS seen_version,
        current.feedback_id AS current_id, earlier.id AS earlier_id, earlier.received_at AS earlier_at,
        CASE WHEN entry.occurred_at IS NULL THEN greatest($16::timestamptz, current.effective_at)
            ELSE least(entry.occurred_at, $16::timestamptz) END AS effective_at,
        CASE WHEN routing.id IS NULL THEN 'routing_not_found'
            WHEN reason.id IS NULL THEN 'reason_unknown'
            WHEN reason.is_comment_required AND entry.comment = '' THEN 'comment_required'
            WHEN {is_later} THEN 'later'
            WHEN earlier.id IS NOT NULL THEN 'duplicate'
            ELSE 'stale' END AS status
    FROM entry
    LEFT JOIN LATERAL (
        SELECT by_id.id, by_id.number, by_id.client_id, by_id.visible_at FROM distribution_routing by_id
        WHERE by_id.id = entry.routing_id AND (entry.routing_number IS NULL OR by_id.number = entry.routing_number)
        UNION ALL
        SELECT by_number.id, by_number.number, by_number.client_id, by_number.visible_at
        FROM distribution_routing by_number
        WHERE by_number.number = entry.routing_number AND entry.routing_id IS NULL
    ) routing ON routing.client_id = $11::bigint
        AND (routing.visible_at IS NOT NULL OR $12::boolean)
    LEFT JOIN feedback_reason reason ON reason.id = entry.reason_id
    LEFT JOIN feedback_currentfeedback current ON current.routing_id = routing.id
    LEFT JOIN LATERAL (
        SELECT said.id, said.received_at FROM feedback_feedback said
        WHERE said.routing_id = routing.id AND said.digest = entry.digest
        UNION ALL
        SELECT said.id, said.received_at FROM feedback_feedback said
        WHERE said.id = current.feedback_id
            AND said.reason_id = entry.reason_id AND said.comment = entry.comment
            AND said.client_reference = entry.client_reference
            AND said.amount IS NOT DISTINCT FROM entry.amount
            AND said.occurred_at IS NOT DISTINCT FROM entry.occurred_at
            -- Without a time of the client's, the same words a day later are said anew.
            AND (entry.occurred_at IS NOT NULL OR said.received_at > $16::timestamptz - interval '24 hours')
        LIMIT 1
    ) earlier ON true
), kept AS (
    INSERT INTO feedback_currentfeedback AS current (routing_id, feedback_id, effective_at, version)
    SELECT found, id, effective_at, coalesce(seen_version, 0) + 1 FROM known WHERE status = 'stale' ORDER BY found
    ON CONFLICT (routing_id) DO UPDATE SET
        feedback_id = CASE WHEN excluded.effective_at >= current.effective_at
            THEN excluded.feedback_id ELSE current.feedback_id END,
        effective_at = greatest(excluded.effective_at, current.effective_at),
        version = excluded.version
    WHERE current.version + 1 = excluded.version
    RETURNING routing_id, feedback_id
), appended AS (
    INSERT INTO feedback_feedback (id, routing_id, reason_id, comment, amount, occurred_at, client_reference, digest,
        received_at, door, api_key_id, author_id, is_reason_inactive)
    SELECT known.id, found, reason_id, comment, amount, occurred_at, client_reference, digest,
        $16::timestamptz, $13::text, $14::bigint, $15::bigint, is_reason_inactive
    FROM known JOIN kept ON kept.routing_id = known.found WHERE known.status = 'stale'
)
SELECT known.position,
    CASE WHEN known.status = 'stale' AND kept.routing_id IS NOT NULL THEN 'recorded' ELSE known.status END,
    known.found, known.found_number,
    CASE known.status WHEN 'duplicate' THEN known.earlier_id ELSE known.id END,
    CASE known.status WHEN 'duplicate' THEN known.earlier_at ELSE $16::timestamptz END,
    CASE known.status WHEN 'duplicate' THEN known.earlier_id = known.current_id
        ELSE coalesce(kept.feedback_id = known.id, false) END,
    coalesce(known.is_reason_inactive, false)
FROM known LEFT JOIN kept ON kept.routing_id = known.found AND known.status = 'stale'
"""
_STATEMENT_OF_ONE = _STATEMENT.format(entries=_ONE, is_later="false")
_STATEMENT_OF_MANY = _STATEMENT.format(
    entries=_MANY, is_later="row_number() OVER (PARTITION BY routing.id ORDER BY entry.position) > 1"
)


def append(entries: Sequence[Entry], *, origin: Origin) -> list[Written]:
    """Write what can be written of the entries, and say of each what became of it."""
    columns = [_values(entry) for entry in entries]
    rows = (
        run_prepared(_STATEMENT_OF_ONE, [*columns[0], *_circumstances(origin)])
        if len(columns) == 1
        else run_prepared(_STATEMENT_OF_MANY, [*map(list, zip(*columns, strict=True)), *_circumstances(origin)])
    )
    return [
        Written(
            position=position,
            status=Status(status),
            routing_id=routing_id,
            routing_number=routing_number,
            feedback_id=feedback_id,
            received_at=received_at,
            is_current=is_current,
            is_reason_inactive=is_reason_inactive,
        )
        for (
            position,
            status,
            routing_id,
            routing_number,
            feedback_id,
            received_at,
            is_current,
            is_reason_inactive,
        ) in rows
    ]


def _values(entry: Entry) -> tuple[Any, ...]:
    """Give the parameters $1 to $10."""
    said = entry.said
    return (
        entry.position,
        entry.id,
        said.routing_id,
        said.routing_number,
        said.reason_id,
        said.comment,
        said.amount,
        said.occurred_at,
        said.client_reference,
        entry.digest,
    )


def _circumstances(origin: Origin) -> tuple[Any, ...]:
    """Give the parameters $11 to $16."""
    return (
        origin.client_id,
        origin.sees_waiting,
        str(origin.door),
        origin.api_key_id,
        origin.author_id,
        origin.now,
    )
