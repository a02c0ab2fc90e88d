"""Leads of a file at work: what becomes of each batch of rows."""

from datetime import datetime

from distribution.choices import Origin
from distribution.models import LeadImport
from distribution.queries.takers import source_by_id
from distribution.rules.import_rows import draft_row
from distribution.rules.lead_draft import LeadDraft
from distribution.rules.table_files import Row
from distribution.services import file_runs
from distribution.services.file_runs import Taken
from distribution.services.imports import new_drafts
from distribution.services.intake import agency_zone, take_drafts


def run_import(import_id: int) -> None:
    """Import the rows that are not in yet, until the file ends or the import is cancelled."""
    file_runs.run(LeadImport, import_id, _take_rows)


def _take_rows(record: LeadImport, rows: list[Row], now: datetime) -> Taken:
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
    return Taken(refused=refused, counts={"rows_created": created, "rows_present": len(drafts) - created})
