"""Benchmarks of recording feedback: one by one, as an array, in a batch."""

import random
from functools import partial
from pathlib import Path

from django.db import connection

from leadmanager.bench.errors import BenchmarkFailed
from leadmanager.bench.measuring import Plan, Result, in_turns
from leadmanager.bench.pgbench import transactions_per_second
from leadmanager.bench.place import served
from leadmanager.bench.routings import ClientData, client_data
from leadmanager.bench.wrk import requests_in
from leadmanager.launch.database import Database

_BASELINE = Path(__file__).resolve().parent / "feedback_post.sql"


def feedback_post(database: Database, plan: Plan) -> Result:
    """`POST /odata/Feedbacks`, one feedback a request."""
    return _measured("feedback_post", database, plan, path="/odata/Feedbacks", form="one", size=1)


def feedback_array(database: Database, plan: Plan) -> Result:
    """`POST /api/v1/feedback/` with arrays of a thousand."""
    return _measured("feedback_array", database, plan, path="/api/v1/feedback/", form="array", size=1_000)


def odata_batch(database: Database, plan: Plan) -> Result:
    """`POST /odata/$batch` with one atomicityGroup of a hundred inserts."""
    return _measured("odata_batch", database, plan, path="/odata/$batch", form="batch", size=100)


def _measured(name: str, database: Database, plan: Plan, *, path: str, form: str, size: int) -> Result:
    """Measure feedbacks a second against transactions a second that record one each."""
    data = client_data(database.owner_url, plan.routings)
    baseline = partial(
        transactions_per_second, database.url, [_BASELINE],
        routings=data.routings, client=data.client_id, key=data.key_id,
    )  # fmt: skip
    with served(database) as address:
        return in_turns(name, "feedbacks/s", plan, partial(_posted, address + path, form, size, data), baseline)


def _posted(url: str, form: str, size: int, data: ClientData, seconds: int) -> float:
    """Post for so long; give the feedbacks a second, having looked whether they are all there."""
    before = _count()
    start = random.randrange(data.routings)  # noqa: S311 - where a walk begins
    requests, took = requests_in(
        url, "feedback.lua", seconds, str(size), form, str(data.ids), str(start), header=f"X-API-Key: {data.key}"
    )
    recorded = _count() - before
    if recorded < requests * size:
        raise BenchmarkFailed(f"{requests * size} feedbacks were acknowledged, {recorded} are in the database.")
    return requests * size / took


def _count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM feedback_feedback")
        (count,) = cursor.fetchone()
    return int(count)
