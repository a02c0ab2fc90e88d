"""Claims keep the limits; results are recorded once, by the lease they were made under."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest

from distribution.choices import AttemptOutcome, DeliveryState
from distribution.engine import claiming, statements
from distribution.engine.connections import SteadyConnection
from distribution.engine.exchanging import Exchanged
from distribution.engine.recording import Result, record
from distribution.engine.versions import VersionCache
from distribution.models import Attempt, Delivery, Exchange, Routing
from distribution.rules.outcome import Verdict
from tests.distribution.engine.loops import make_deliveries, make_due, test_conninfo
from tests.factories import active_rule

pytestmark = pytest.mark.django_db(transaction=True)

ACCEPTED = Exchanged(
    verdict=Verdict(AttemptOutcome.ACCEPTED, DeliveryState.ACCEPTED, "accepted_not_verified"),
    detail="HTTP 200",
    duration_ms=7,
    status=200,
    error_code="",
    method="POST",
    url="http://127.0.0.1/",
    request_headers=[["X", "1"]],
    request_body=b"\x00\xff",
    response_headers=[],
    response_body=b"\x00\xff",
)


def claim(number: int = 10) -> list[claiming.Job]:
    async def run() -> list[claiming.Job]:
        steady = SteadyConnection(test_conninfo())
        try:
            return await steady.run(
                lambda opened: claiming.claim(opened, places=number, lease=uuid4(), versions=VersionCache())
            )
        finally:
            await steady.close()

    return asyncio.run(run())


def write(*results: Result) -> None:
    async def run() -> None:
        steady = SteadyConnection(test_conninfo())
        try:
            await record(steady, list(results))
        finally:
            await steady.close()

    asyncio.run(run())


def test_a_stale_result_completes_its_attempt_and_moves_nothing() -> None:
    make_deliveries(active_rule(), 1)
    (stale,) = claim()
    make_due()
    (current,) = claim()
    assert stale.delivery_id == current.delivery_id
    write(Result(stale, ACCEPTED))
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.lease_owner) == (DeliveryState.SENDING, current.lease)
    assert Attempt.objects.get(id=stale.attempt_id).outcome == AttemptOutcome.ACCEPTED
    assert Attempt.objects.get(id=current.attempt_id).is_unknown
    assert Routing.objects.get().delivered_at is None


def test_recording_the_same_result_again_changes_nothing() -> None:
    make_deliveries(active_rule(), 2)
    results = [Result(job, ACCEPTED) for job in claim()]
    write(*results)
    before = list(Attempt.objects.filter(id=results[0].job.attempt_id).values())
    write(*results)
    assert list(Attempt.objects.filter(id=results[0].job.attempt_id).values()) == before
    assert Exchange.objects.filter(attempt_id=results[0].job.attempt_id).count() == 1
    assert set(Routing.objects.values_list("version", flat=True)) == {2}


def test_an_answer_that_cannot_be_stored_is_recorded_without_it_and_does_not_hold_up_the_others() -> None:
    make_deliveries(active_rule(), 3)
    strange, *others = claim()
    unstorable = replace(ACCEPTED, detail="a\x00b", response_headers=[["X", "\x00"]])
    write(Result(strange, unstorable), *(Result(job, ACCEPTED) for job in others))
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.ACCEPTED}
    assert Exchange.objects.get(attempt_id=strange.attempt_id).response_headers is None
    assert Exchange.objects.get(attempt_id=others[0].attempt_id).response_headers == []


def test_claims_take_no_more_than_the_places_and_the_limit() -> None:
    make_deliveries(active_rule(max_in_flight=3), 10)
    assert len(claim(2)) == 2
    assert len(claim()) == 1
    assert claim() == []
    make_due()  # the leases have run out
    assert len(claim()) == 3


def test_a_rule_that_another_loop_is_claiming_for_is_skipped_until_that_claim_is_counted() -> None:
    make_deliveries(active_rule(max_in_flight=3), 10)
    with psycopg.connect(test_conninfo()) as other:
        rules = [row[0] for row in other.execute(statements.LOCK_RULES)]
        claimed = other.execute(statements.CLAIM, {"rules": rules, "places": 2, "lease": uuid4()})
        assert claimed.rowcount == 2
        assert claim() == []
        other.commit()
    assert len(claim()) == 1
