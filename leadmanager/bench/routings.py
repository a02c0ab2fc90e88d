"""The data that benchmarks of the clients' interfaces work on: one client with a key and many leads."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import uuid_utils
from django.utils import timezone

from accounts.services import create_client, generate_api_key
from distribution.services.sources import create_source
from leadmanager.home import home_directory

_FIRST = ("נועה", "דוד", "תמר", "יוסי", "מאיה", "אבי", "שירה", "עומר", "רות", "איתן")
_LAST = ("כהן", "לוי", "מזרחי", "פרץ", "ביטון", "דהן", "אברהם", "פרידמן")
_CITIES = ("תל אביב", "חיפה", "ירושלים", "באר שבע", "אשדוד", "נתניה")
_SPAN = timedelta(days=90)


@dataclass(frozen=True)
class ClientData:
    """A client, its key, and its routings."""

    client_id: int
    key_id: int
    key: str
    routings: int
    ids: Path
    """A file of all routing IDs, one a line, in no order."""
    last_routed_at: datetime


@cache
def client_data(owner_url: str, routings: int) -> ClientData:
    """Make a client with so many routings, spread over 90 days; every second one has a feedback already."""
    now = timezone.now()
    client = create_client(name="Benchmark")
    issued = generate_api_key(client=client, by=None, now=now)
    source = create_source(name="Benchmark", by=None, now=now).source
    step = _SPAN / routings
    moments = [now - _SPAN + step * number for number in range(1, routings + 1)]
    ids = [_id_of(moment) for moment in moments]
    told = list(zip(ids, moments, strict=True))[::2]
    feedback = [_id_of(moment) for _routing, moment in told]
    with psycopg.connect(owner_url, autocommit=True) as connection:
        _copy(connection, "distribution_lead", _leads(moments, source.pk))
        _copy(
            connection,
            "distribution_routing",
            (
                {
                    "id": routing, "number": number, "created_at": moment, "visible_at": moment, "delivered_at": moment,
                    "client_reference": "", "is_test": False, "version": 1, "client_id": client.pk, "lead_id": number,
                }
                for number, (routing, moment) in enumerate(zip(ids, moments, strict=True), start=1)
            ),
        )  # fmt: skip
        _copy(
            connection,
            "feedback_feedback",
            (
                {
                    "id": feedback_id, "routing_id": routing, "reason_id": number % 7 + 1, "comment": "אחזור מחר",
                    "client_reference": "", "received_at": moment, "door": "odata", "api_key_id": issued.key.pk,
                    "is_reason_inactive": False,
                }
                for number, (feedback_id, (routing, moment)) in enumerate(zip(feedback, told, strict=True))
            ),
        )  # fmt: skip
        _copy(
            connection,
            "feedback_currentfeedback",
            (
                {"routing_id": routing, "feedback_id": feedback_id, "effective_at": moment, "version": 1}
                for feedback_id, (routing, moment) in zip(feedback, told, strict=True)
            ),
        )
        for sequence in ("distribution_lead_id_seq", "distribution_routing_number_seq"):
            connection.execute("SELECT setval(%s, %s)", [sequence, routings])
        connection.execute("VACUUM ANALYZE")
        have_uuidv7(connection)
    random.shuffle(ids)
    path = home_directory() / "routing_ids.txt"
    path.write_text("\n".join(ids), encoding="ascii")
    return ClientData(client.pk, issued.key.pk, issued.text, routings, path, now)


def _id_of(moment: datetime) -> str:
    return str(uuid_utils.uuid7(nanoseconds=int(moment.timestamp() * 1e9)))


def _leads(moments: list[datetime], source_id: int) -> Iterator[dict[str, Any]]:
    for number, moment in enumerate(moments, start=1):
        yield {
            "id": number, "origin": "api", "name": f"{_FIRST[number % 10]} {_LAST[number % 8]}",
            "phone": f"05{number % 10}-{number:07}", "phone_normalized": f"+9725{number % 10}{number:07}",
            "email": f"lead{number}@example.com", "city": _CITIES[number % 6], "notes": "", "data": "{}",
            "is_test": False, "received_at": moment, "version": 1, "source_id": source_id,
        }  # fmt: skip


def _copy(connection: psycopg.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows)
    with connection.cursor().copy(f"COPY {table} ({', '.join(first)}) FROM STDIN") as copy:
        copy.write_row(tuple(first.values()))
        for row in rows:
            copy.write_row(tuple(row.values()))


def have_uuidv7(connection: psycopg.Connection) -> None:
    """Have `uuidv7()`, which the baselines call and PostgreSQL has from 18 on; before, a random id stands in."""
    if connection.info.server_version < 180_000:
        connection.execute(
            "CREATE OR REPLACE FUNCTION uuidv7() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()'"
        )
