"""Benchmark of reading: pages of 200 routings with filter, select, order and expand."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leadmanager.bench.errors import BenchmarkFailed
from leadmanager.bench.measuring import Plan, Result, in_turns
from leadmanager.bench.pgbench import transactions_per_second
from leadmanager.bench.place import served
from leadmanager.bench.routings import ClientData, client_data
from leadmanager.bench.wrk import requests_in
from leadmanager.home import home_directory
from leadmanager.launch.database import Database

_PAGES = 20
_ROWS = 200


def odata_page(database: Database, plan: Plan) -> Result:
    """`GET /odata/Routings`, pages a second against the pages' own statements, run by pgbench."""
    data = client_data(database.owner_url, plan.routings)
    addresses = [_address(data, number) for number in range(_PAGES)]
    listed = home_directory() / "pages.txt"
    listed.write_text("\n".join(addresses), encoding="ascii")
    scripts = [_script(number, _statements(address, data)) for number, address in enumerate(addresses)]
    baseline = partial(transactions_per_second, database.url, scripts)
    with served(database) as root:
        return in_turns("odata_page", "pages/s", plan, partial(_read, root, listed, data), baseline)


def _address(data: ClientData, number: int) -> str:
    """Give the address of a page, each about other days than the ones before."""
    since = data.last_routed_at - timedelta(days=60 - number)
    options = {
        "$filter": f"RoutedAt ge {since:%Y-%m-%dT%H:%M:%SZ} and (ReasonId eq null or ReasonId ne 7) and City ne 'אילת'",
        "$select": "Id,Number,LeadName,Phone,City,RoutedAt,ReasonId,Comment",
        "$expand": "Reason($select=Name),Feedbacks($select=Id,ReasonId,ReceivedAt)",
        "$orderby": "RoutedAt",
        "$top": str(_ROWS),
    }
    return f"/odata/Routings?{urlencode(options)}"


def _statements(address: str, data: ClientData) -> list[str]:
    """Give the statements that the product sends for a page, the one that finds the key left out."""
    with CaptureQueriesContext(connection) as captured:
        answer = Client().get(address, headers={"X-API-Key": data.key, "Host": "localhost"})
    if answer.status_code != 200 or len(answer.json()["value"]) != _ROWS:
        raise BenchmarkFailed(f"The page cannot be had as it should be (status {answer.status_code}).")
    return [query["sql"] for query in captured.captured_queries if query["sql"].startswith("SELECT")]


def _script(number: int, statements: list[str]) -> Path:
    path = home_directory() / f"page{number}.sql"
    # A colon before a letter would be a variable of pgbench's; the casts' double colons are safe.
    path.write_text("".join(f"{' '.join(each.splitlines())};\n" for each in statements), encoding="utf-8")
    return path


def _read(root: str, listed: Path, data: ClientData, seconds: int) -> float:
    requests, took = requests_in(root, "get.lua", seconds, str(listed), header=f"X-API-Key: {data.key}")
    return requests / took
