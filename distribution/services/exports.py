"""Making files of lists in the background: starting, stopping, the work itself, removing them after their days."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import IO, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from procrastinate.contrib.django import app

from accounts.models import User
from distribution.choices import ExportFormat, ImportState
from distribution.errors import ExportNotOpen, ListNotReadable
from distribution.list_exports import Column, ListExport, listing
from distribution.models import Export, ExportPart
from distribution.models.export import QUERY_MAX_LENGTH
from distribution.rules.table_writing import write_csv, write_xlsx

TASK = "distribution.export_list"
KEPT = timedelta(days=7)
BATCH_ROWS = 2_000
PART_BYTES = 1 << 20

_WRITERS: dict[str, Callable[..., None]] = {ExportFormat.CSV: write_csv, ExportFormat.XLSX: write_xlsx}
_OPEN = (ImportState.WAITING, ImportState.RUNNING)


class _Stopped(Exception):
    """The export was stopped meanwhile."""


def start(
    exported: ListExport, *, query: str, file_format: ExportFormat, language: str, by: User, now: datetime
) -> Export:
    """Hand the rows that a list shows at a query string to the worker; raises `ListNotReadable`."""
    if len(query) > QUERY_MAX_LENGTH:
        raise ListNotReadable
    exported.find(by, query)
    with transaction.atomic():
        export = Export.objects.create(
            listing=exported.slug,
            query=query,
            file_format=file_format,
            language=language,
            created_by=by,
            created_at=now,
        )
        transaction.on_commit(lambda: app.configure_task(TASK).defer(export_id=export.pk))
        return export


def stop(*, export: Export, now: datetime) -> None:
    """Stop after the rows under way, and keep nothing; raises `ExportNotOpen` when it has ended."""
    found = Export.objects.filter(pk=export.pk, state__in=_OPEN)
    if not found.update(state=ImportState.CANCELLED, finished_at=now):
        raise ExportNotOpen


def run(export_id: int, *, now: Callable[[], datetime]) -> None:
    """Make the file, from the start when an earlier worker was killed at it; nothing when it was stopped.

    The rows are those of one moment, in the list's order, read by a cursor of the server.
    """
    found = Export.objects.filter(pk=export_id, state__in=_OPEN)
    if not found.update(state=ImportState.RUNNING, done=0):
        return
    export = Export.objects.select_related("created_by").get(pk=export_id)
    exported = listing(export.listing)
    if exported is None or export.created_by is None:
        raise ListNotReadable
    with translation.override(export.language), tempfile.TemporaryFile() as file:
        columns = exported.columns()
        rows = exported.find(export.created_by, export.query)
        Export.objects.filter(pk=export_id).update(total=rows.count())
        heading = [str(column.label) for column in columns]
        try:
            _WRITERS[export.file_format](
                file, heading, _cells(export, rows, columns), is_rtl=translation.get_language_bidi()
            )
        except _Stopped:
            return
        _keep(export, file, now())


def fail(export_id: int, why: str, *, now: datetime) -> None:
    """Note that it cannot go on by itself."""
    Export.objects.filter(pk=export_id, state__in=_OPEN).update(
        state=ImportState.FAILED, failure=why[:300], finished_at=now
    )


def content(export: Export) -> Iterator[bytes]:
    """Give the file piece by piece; nothing once it was removed."""
    number = 0
    while (part := ExportPart.objects.filter(export=export, number=number).first()) is not None:
        yield bytes(part.content)
        number += 1


def remove_old(*, now: datetime) -> int:
    """Remove the files whose days are over; gives how many there were. What was exported stays noted."""
    with transaction.atomic():
        over = list(Export.objects.select_for_update().filter(kept_until__lte=now).values_list("pk", flat=True))
        ExportPart.objects.filter(export__in=over).delete()
        return Export.objects.filter(pk__in=over).update(kept_until=None)


def _cells(export: Export, rows: QuerySet[Any], columns: Sequence[Column]) -> Iterator[list[str]]:
    """Give the rows as text, and note how far it is after each batch; raises `_Stopped`."""
    texts = [column.text for column in columns]
    sources = [column.source for column in columns]
    found = rows.prefetch_related(None).values_list(*sources).iterator(chunk_size=BATCH_ROWS)
    done = 0
    while batch := list(islice(found, BATCH_ROWS)):
        for row in batch:
            yield [text(value) for text, value in zip(texts, row, strict=True)]
        done += len(batch)
        _note(export, done)


def _note(export: Export, done: int) -> None:
    if not Export.objects.filter(pk=export.pk, state=ImportState.RUNNING).update(done=done):
        raise _Stopped


def _keep(export: Export, file: IO[bytes], now: datetime) -> None:
    size = file.tell()
    file.seek(0)
    with transaction.atomic():
        # Locked, so that it is either stopped or done.
        running = Export.objects.select_for_update().filter(pk=export.pk, state=ImportState.RUNNING).first()
        if running is None:
            return
        for number, piece in enumerate(iter(lambda: file.read(PART_BYTES), b"")):
            ExportPart.objects.create(export=export, number=number, content=piece)
        running.state, running.size, running.finished_at = ImportState.DONE, size, now
        running.total, running.kept_until = running.done, now + KEPT
        running.save(update_fields=["state", "size", "finished_at", "total", "kept_until"])
