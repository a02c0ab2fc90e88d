"""Claim what is due, put it together, freeze it: one short transaction, before any socket opens."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from distribution.choices import AfterUnknown
from distribution.engine import statements
from distribution.engine.connections import Connection
from distribution.engine.opening import leave_closed
from distribution.engine.versions import LoadedVersion, VersionCache
from distribution.models.routing import new_id
from distribution.rules.outcome import OUTCOME_UNKNOWN
from distribution.rules.rendering import RenderedRequest, RenderFailure, render
from distribution.rules.values import Subject

Context = Mapping[str, Sequence[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt that has its row and waits for its socket.

    `is_probe`: it tries a destination that the breaker paused. `is_watched`: the destination failed the last time,
    so that it matters when it works again.
    """

    attempt_id: UUID
    started_at: datetime
    delivery_id: UUID
    routing_id: UUID
    lease: UUID
    attempts_made: int
    version: LoadedVersion
    request: RenderedRequest
    allow_http: bool
    rule_id: int
    after_unknown: str
    is_probe: bool
    is_watched: bool


async def claim(connection: Connection, *, places: int, lease: UUID, versions: VersionCache) -> list[Job]:
    """Claim at most `places` due deliveries under a lease of their own, and give the attempts to be made.

    When this returns, everything is committed: the leases, the frozen requests, the rows of the attempts.
    A delivery whose request cannot be put together is held with the reason, and so is one that a dead process left
    behind where the rule wants a person to look.
    """
    async with connection.transaction(), connection.cursor(row_factory=dict_row, binary=True) as cursor:
        await cursor.execute(statements.LOCK_RULES)
        locked = await leave_closed(cursor, await cursor.fetchall())
        if not locked:
            return []
        rules = [row["id"] for row in locked]
        if holding := [row["id"] for row in locked if row["after_unknown"] == AfterUnknown.HOLD]:
            await cursor.execute(statements.HOLD_LOST, {"rules": holding, "code": OUTCOME_UNKNOWN})
        await cursor.execute(statements.CLAIM, {"rules": rules, "places": places, "lease": lease})
        rows = await cursor.fetchall()
        if not rows:
            return []
        await versions.load(connection, (row["version_id"] for row in rows))
        context = await _context(connection, {row["version_id"] for row in rows}, versions)
        jobs, fresh, failures = _put_together(rows, lease, versions, context)
        if failures:
            await cursor.execute(statements.HOLD_UNRENDERED, {"lease": lease, **_failure_columns(failures)})
        if jobs:
            await cursor.execute(statements.FREEZE, _freeze_columns(jobs, fresh))
    return jobs


async def _context(connection: Connection, version_ids: set[int], versions: VersionCache) -> Context:
    """Ask what the values of these versions have to know beside the lead."""
    queries = {key: sql for version_id in version_ids for key, sql in versions[version_id].context_queries.items()}
    return {key: await (await connection.execute(sql)).fetchall() for key, sql in queries.items()}


def _put_together(
    rows: list[dict[str, Any]], lease: UUID, versions: VersionCache, context: Context
) -> tuple[list[Job], list[Job], list[tuple[UUID, RenderFailure]]]:
    jobs: list[Job] = []
    fresh: list[Job] = []
    failures: list[tuple[UUID, RenderFailure]] = []
    for row in rows:
        version = versions[row["version_id"]]
        try:
            request = _request(row, version, context)
        except RenderFailure as failure:
            failures.append((row["delivery_id"], failure))
            continue
        job = Job(
            attempt_id=new_id(),
            started_at=row["started_at"],
            delivery_id=row["delivery_id"],
            routing_id=row["routing_id"],
            lease=lease,
            attempts_made=row["attempt_count"],
            version=version,
            request=request,
            allow_http=row["allow_http"],
            rule_id=row["rule_id"],
            after_unknown=row["after_unknown"],
            is_probe=row["is_probe"],
            is_watched=row["is_watched"],
        )
        jobs.append(job)
        if row["method"] is None:
            fresh.append(job)
    return jobs, fresh, failures


def _request(row: dict[str, Any], version: LoadedVersion, context: Context) -> RenderedRequest:
    if row["method"] is not None:
        headers = tuple((name, value) for name, value in row["headers"])
        return RenderedRequest(row["method"], row["url"], headers, row["body"])
    if version.plan is None:
        raise version.failure or RenderFailure("render_failed", "")
    try:
        return render(version.plan, _subject(row, context), idempotency_key=str(row["delivery_id"]))
    except RenderFailure:
        raise
    except Exception as error:  # one lead that cannot be put together must not stop all the others
        raise RenderFailure("render_failed", type(error).__name__) from error


def _subject(row: dict[str, Any], context: Context) -> Subject:
    return Subject(
        routing_id=row["routing_id"],
        routing_number=row["routing_number"],
        client_name=row["client_name"],
        time_zone=row["time_zone"],
        lead_id=row["lead_id"],
        name=row["name"],
        phone=row["phone"],
        phone_normalized=row["phone_normalized"],
        email=row["email"],
        city=row["city"],
        notes=row["notes"],
        consent=row["consent"],
        submitted_at=row["submitted_at"],
        received_at=row["received_at"],
        source_name=row["source_name"] or "",
        data=row["data"],
        client_reference=row["client_reference"],
        captured=row["captured"] or {},
        client_id=row["client_id"],
        client_language=row["client_language"],
        context=context,
    )


def _freeze_columns(jobs: list[Job], fresh: list[Job]) -> dict[str, list[Any]]:
    return {
        "attempts": [job.attempt_id for job in jobs],
        "deliveries": [job.delivery_id for job in jobs],
        "routings": [job.routing_id for job in jobs],
        "versions": [job.version.id for job in jobs],
        "frozen_deliveries": [job.delivery_id for job in fresh],
        "frozen_routings": [job.routing_id for job in fresh],
        "frozen_versions": [job.version.id for job in fresh],
        "frozen_methods": [job.request.method for job in fresh],
        "frozen_urls": [job.request.url for job in fresh],
        "frozen_headers": [json.dumps(job.request.headers) for job in fresh],
        "frozen_bodies": [job.request.body for job in fresh],
    }


def _failure_columns(failures: list[tuple[UUID, RenderFailure]]) -> dict[str, list[Any]]:
    return {
        "deliveries": [delivery_id for delivery_id, _failure in failures],
        "codes": [failure.code for _delivery_id, failure in failures],
        "details": [failure.detail[:500].replace("\x00", "") for _delivery_id, failure in failures],
    }
