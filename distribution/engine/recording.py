"""Record what came of attempts, a whole batch in one statement."""

import json
import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from distribution.engine import statements
from distribution.engine.claiming import Job
from distribution.engine.connections import Connection, SteadyConnection
from distribution.engine.exchanging import Exchanged

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """An attempt that is over."""

    job: Job
    exchanged: Exchanged


async def record(steady: SteadyConnection, results: list[Result]) -> None:
    """Record results; goes on trying while the database is away.

    A result that the database refuses to hold is recorded without its answer, so that one strange answer never
    keeps the others from being recorded.
    """
    try:
        await steady.run(lambda connection: _record(connection, results), raising=(psycopg.DataError,))
    except psycopg.DataError:
        if len(results) == 1:
            # Without the error's text, which quotes what cannot be stored.
            logger.warning("the answer of attempt %s cannot be stored", results[0].job.attempt_id)
            await steady.run(lambda connection: _record(connection, results, with_answers=False))
            return
        for result in results:
            await record(steady, [result])


async def _record(connection: Connection, results: list[Result], *, with_answers: bool = True) -> None:
    async with connection.cursor(binary=True) as cursor:
        if captured := _captured(results):
            await cursor.execute(statements.CAPTURE, _capture_columns(captured))
        await cursor.execute(statements.RECORD, _columns(results, with_answers=with_answers))


def _captured(results: list[Result]) -> dict[UUID, tuple[str, dict[str, str]]]:
    """Give what was taken from the answers of each routing, the later answer over the earlier."""
    found: dict[UUID, tuple[str, dict[str, str]]] = {}
    for result in results:
        said = result.exchanged
        if said.reference or said.captured:
            reference, values = found.get(result.job.routing_id, ("", {}))
            found[result.job.routing_id] = (said.reference or reference, values | said.captured)
    return found


def _capture_columns(captured: dict[UUID, tuple[str, dict[str, str]]]) -> dict[str, list[Any]]:
    return {
        "routings": list(captured),
        "references": [reference for reference, _values in captured.values()],
        "values": [json.dumps(values) for _reference, values in captured.values()],
    }


def _columns(results: list[Result], *, with_answers: bool) -> dict[str, list[Any]]:
    jobs = [result.job for result in results]
    said = [result.exchanged for result in results]
    return {
        "attempts": [job.attempt_id for job in jobs],
        "started": [job.started_at for job in jobs],
        "deliveries": [job.delivery_id for job in jobs],
        "leases": [job.lease for job in jobs],
        "outcomes": [each.verdict.outcome and str(each.verdict.outcome) for each in said],
        "states": [str(each.verdict.state) for each in said],
        "codes": [each.verdict.code for each in said],
        "details": [each.detail if with_answers else "" for each in said],
        "statuses": [each.status for each in said],
        "errors": [each.error_code for each in said],
        "durations": [each.duration_ms for each in said],
        "delays": [each.verdict.delay_s for each in said],
        "methods": [each.method for each in said],
        "urls": [each.url for each in said],
        "request_headers": [json.dumps(each.request_headers) for each in said],
        "request_bodies": [each.request_body for each in said],
        "response_headers": [
            json.dumps(each.response_headers) if with_answers and each.response_headers is not None else None
            for each in said
        ],
        "steps": [json.dumps(each.steps) if with_answers and each.steps else None for each in said],
        "response_bodies": [each.response_body if with_answers else None for each in said],
    }
