"""One exchange outside the loop, for a test send: recorded like every other, waited for by the caller."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F

from distribution.choices import AttemptKind
from distribution.engine.exchanging import Exchanged, exchange
from distribution.engine.versions import LoadedVersion, authenticator_of
from distribution.engine.wire import Wire
from distribution.models import Attempt, Exchange, Routing, RuleVersion
from distribution.rules.rendering import RenderedRequest, RequestPlan
from distribution.rules.response_rules import compile_answers


def send_and_record(
    *, attempt_id: UUID, version: RuleVersion, routing: Routing, plan: RequestPlan, request: RenderedRequest
) -> Exchanged:
    """Send a request by a version and give what came of it; the attempt's row is there before the socket opens.

    `plan` is what the request was rendered by. A token is fetched anew, so that a test shows whether it can be had.

    Blocks for at most the version's deadline.
    """
    started_at = _database_now()
    Attempt.objects.create(
        id=attempt_id, started_at=started_at, kind=AttemptKind.TEST, routing=routing, version=version
    )
    loaded = LoadedVersion(
        id=version.pk,
        plan=plan,
        failure=None,
        timeout_s=version.timeout_s,
        authenticator=authenticator_of(version),
        signing_secret=None if version.signing_secret is None else bytes(version.signing_secret),
        ca_certificate=version.ca_certificate,
        answers=compile_answers(version, list(version.response_rules.all()), list(version.captures.all())),
    )

    async def send() -> Exchanged:
        async with Wire(allowed_networks=settings.TRANSMIT_ALLOWED_NETWORKS) as wire:
            return await exchange(
                wire,
                version=loaded,
                request=request,
                allow_http=version.rule.allow_http,
                attempts_made=1,
                backoff_s=settings.TRANSMIT_BACKOFF_S,
                started_at=started_at,
            )

    # On a thread of its own: the caller's may have an event loop already.
    with ThreadPoolExecutor(1) as thread:
        said = thread.submit(lambda: asyncio.run(send())).result()
    _record(attempt_id, started_at, said)
    _keep_captured(routing, said)
    return said


def _record(attempt_id: UUID, started_at: datetime, said: Exchanged) -> None:
    Attempt.objects.filter(id=attempt_id, started_at=started_at).update(
        finished_at=_database_now(),
        outcome=said.verdict.outcome,
        status_code=said.status,
        error_code=said.error_code,
        detail=said.detail,
        duration_ms=said.duration_ms,
    )
    Exchange.objects.create(
        attempt_id=attempt_id,
        started_at=started_at,
        request_method=said.method,
        request_url=said.url,
        request_headers=said.request_headers,
        request_body=said.request_body,
        response_headers=said.response_headers,
        response_body=said.response_body,
        steps=said.steps or None,
    )


def _keep_captured(routing: Routing, said: Exchanged) -> None:
    """Keep on the client's test routing what its answer brought, as the loop does."""
    if said.reference or said.captured:
        Routing.objects.filter(pk=routing.pk).update(
            client_reference=said.reference or routing.client_reference,
            captured=((routing.captured or {}) | said.captured) or None,
            version=F("version") + 1,
        )


def _database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return now
