"""The import at work: batch after batch, each with its progress in one transaction.

A worker that is killed loses nothing and repeats nothing: whoever goes on starts after the last row committed.
Two workers at one import take turns, since each batch locks the import's row and looks where it stands.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db import connection, transaction
from django.utils import timezone
from django.utils.encoding import force_str

from distribution.choices import ImportState, Origin
from distribution.models import LeadImport
from distribution.queries.takers import source_by_id
from distribution.rules.import_rows import draft_row
from distribution.rules.lead_draft import LeadDraft
from distribution.rules.table_files import FileUnreadable, Row, open_table
from distribution.services.imports import new_drafts
from distribution.services.intake import agency_zone, take_drafts

BATCH_ROWS = 1_000

PROGRESS_SQL = """
UPDATE distribution_leadimport
SET state = 'running', rows_done = rows_done + %(done)s, rows_created = rows_created + %(created)s,
    rows_present = rows_present + %(present)s, refused_rows = refused_rows || %(refused)s::jsonb
WHERE id = %(import)s
"""


def run_import(import_id: int) -> None:
    """Import the rows that are not in yet, until the file ends or the import is cancelled."""
    record = LeadImport.objects.filter(pk=import_id).first()
    if record is None or not record.is_running:
        return
    content = bytes(record.content)
    try:
        if not record.rows_total:
            total = sum(1 for _row in open_table(content).rows)
            LeadImport.objects.filter(pk=import_id, rows_total=0).update(rows_total=total)
        table = open_table(content)
        position = _Position(table.rows)
        while _import_batch(import_id, position):
            pass
    except FileUnreadable as error:
        fail_import(import_id, force_str(error.message))


def fail_import(import_id: int, why: str) -> None:
    """Note that an import cannot go on by itself."""
    LeadImport.objects.filter(pk=import_id, state__in=(ImportState.WAITING, ImportState.RUNNING)).update(
        state=ImportState.FAILED, failure=why[:300], finished_at=timezone.now()
    )


class _Position:
    """A place in the file's rows, which only moves forward."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._read = 0

    def batch_after(self, done: int) -> list[Row]:
        """Give the next batch after the rows that are done."""
        for _row in islice(self._rows, done - self._read):
            pass
        rows = list(islice(self._rows, BATCH_ROWS))
        self._read = done + len(rows)
        return rows


def _import_batch(import_id: int, position: _Position) -> bool:
    """Take in the next rows; False when there is nothing more to do."""
    with transaction.atomic():
        record = LeadImport.objects.select_for_update(no_key=True).defer("content", "refused_rows").get(pk=import_id)
        if not record.is_running:
            return False
        rows = position.batch_after(record.rows_done)
        now = timezone.now()
        if not rows:
            record.state, record.finished_at = ImportState.DONE, now
            record.save(update_fields=["state", "finished_at"])
            return False
        _take_rows(record, rows, now)
        return True


def _take_rows(record: LeadImport, rows: list[Row], now: datetime) -> None:
    zone = agency_zone()
    source = source_by_id(record.source_id or 0)
    if source is None:
        raise LookupError(f"import {record.pk} has no source")
    drafts: list[LeadDraft] = []
    refused: list[tuple[int, str]] = []
    for row in rows:
        draft = draft_row(row, record.columns, record.matching, zone=zone)
        if refusals := draft.refusals():
            refused.append((row.number, next(iter(refusals.values()))))
        else:
            drafts.append(draft)
    fresh = new_drafts(source.id, drafts, skip_present=record.skip_present)
    outcomes = take_drafts(
        fresh, source=source, origin=Origin.IMPORT, now=now, by=record.created_by, import_id=record.pk
    )
    created = sum(outcome.is_new for outcome in outcomes)
    with connection.cursor() as cursor:
        # Appended by the database: the rows refused before are not read and written again from here.
        cursor.execute(
            PROGRESS_SQL,
            {
                "import": record.pk,
                "done": len(rows),
                "created": created,
                "present": len(drafts) - created,
                "refused": json.dumps(refused),
            },
        )
