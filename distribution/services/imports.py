"""Importing files of leads: upload, match columns, see what would come of it, start, go on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from procrastinate.contrib.django import app

from accounts.models import User
from distribution.models import LeadImport, Source
from distribution.queries.presence import present_external_ids, present_keys
from distribution.rules.fields import FIELD_LABELS, FURTHER
from distribution.rules.import_rows import PresenceKey, draft_row, learnt_names, presence_key, propose_matching
from distribution.rules.lead_draft import REFUSALS, LeadDraft
from distribution.services import file_runs
from distribution.services.intake import agency_zone

TASK = "distribution.import_leads"
# Rows that a preview counts; of longer files it says so.
PREVIEW_ROWS = 5_000
SHOWN_ROWS = 8


@dataclass(kw_only=True)
class Preview:
    """What would come of an import: its first rows, and how many are new, here already, and refused, and why."""

    rows: list[list[str]] = field(default_factory=list)
    counted: int = 0
    is_whole: bool = True
    new: int = 0
    present: int = 0
    refused: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


def upload(*, source: Source, file_name: str, content: bytes, by: User | None, now: datetime) -> LeadImport:
    """Keep a file and propose which column is which field; nothing is imported yet.

    Raises `ImportUnreadable` when it is no table.
    """
    columns = file_runs.columns_of(content)
    return LeadImport.objects.create(
        source=source,
        file_name=file_name[:255],
        content=content,
        columns=columns,
        matching=propose_matching(columns, source.field_names),
        created_at=now,
        created_by=by,
    )


def preview(record: LeadImport, matching: dict[str, str], *, skip_present: bool = True) -> Preview:
    """Say what importing would do at this moment; of a long file, what it would do with the first rows.

    Raises `ImportUnreadable` for rows that cannot be read.
    """
    found = Preview()
    zone = agency_zone()
    counted, found.is_whole = file_runs.first_rows(bytes(record.content), PREVIEW_ROWS)
    found.rows = [row.cells[: len(record.columns)] for row in counted[:SHOWN_ROWS]]
    found.counted = len(counted)
    drafts = [draft_row(row, record.columns, matching, zone=zone) for row in counted]
    reachable = [draft for draft in drafts if not draft.refusals()]
    for draft in drafts:
        for code in set(draft.refusals().values()):
            found.reasons[code] = found.reasons.get(code, 0) + 1
    found.refused = len(drafts) - len(reachable)
    found.new = len(new_drafts(record.source_id, reachable, skip_present=skip_present))
    found.present = len(reachable) - found.new
    return found


def new_drafts(source_id: int, drafts: list[LeadDraft], *, skip_present: bool) -> list[LeadDraft]:
    """Give those drafts that are neither here already nor repeats of one before them.

    With an id at the source that id decides; without one, person and date do (when `skip_present`).
    """
    ids = present_external_ids(source_id, [draft.external_id for draft in drafts if draft.external_id])
    keys: set[PresenceKey] = set()
    if skip_present:
        keys = present_keys(source_id, {presence_key(draft) for draft in drafts if not draft.external_id})
    fresh = []
    for draft in drafts:
        if draft.external_id:
            is_new = draft.external_id not in ids
            ids.add(draft.external_id)
        else:
            key = presence_key(draft)
            is_new = not skip_present or key not in keys
            keys.add(key)
        if is_new:
            fresh.append(draft)
    return fresh


def start(*, record: LeadImport, matching: dict[str, str], skip_present: bool) -> None:
    """Hand the import to the worker, and remember the matching for the source.

    Raises `ImportNotOpen` when it was started before.
    """
    matching = {
        column: matching.get(column, FURTHER) if matching.get(column) in FIELD_LABELS else FURTHER
        for column in record.columns
    }
    with transaction.atomic():
        file_runs.begin(record, defer=_defer, matching=matching, skip_present=skip_present)
        source = Source.objects.select_for_update(no_key=True).get(pk=record.source_id)
        learnt = learnt_names(matching, source.field_names)
        if learnt != source.field_names:
            Source.objects.filter(pk=source.pk).update(field_names=learnt)


def go_on(*, record: LeadImport) -> None:
    """Go on with an import that failed or was cancelled, as `file_runs.go_on` says."""
    file_runs.go_on(record, defer=_defer)


def refused_rows(record: LeadImport) -> Iterator[list[str]]:
    """Give the refused rows of an import as a table, each with its reason."""
    return file_runs.refused_rows(record, REFUSALS)


def _defer(import_id: int) -> None:
    app.configure_task(TASK).defer(import_id=import_id)
