"""Working through an uploaded file: starting, cancelling, going on, the rows batch after batch, the refused ones.

Each batch has its progress in one transaction. A worker that is killed loses nothing and repeats nothing: whoever goes
on starts after the last row committed. Two workers at one file take turns, since each batch locks the file's row and
looks where it stands.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from procrastinate import RetryStrategy

from distribution.choices import ImportState
from distribution.errors import ImportNotOpen, ImportUnreadable
from distribution.models.file_run import FileRun
from distribution.rules.table_files import FileUnreadable, Row, open_table

BATCH_ROWS = 1_000
# A database that restarts is back soon; the rows that are in stay in.
RETRY = RetryStrategy(max_attempts=10, wait=5, linear_wait=10, retry_exceptions=[OperationalError, InterfaceError])

ROW_LABEL = _("row")
REASON_LABEL = _("why it was refused")

Defer = Callable[[int], Any]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of a batch: the refused rows with their codes, and how much to add to the file's own counts."""

    refused: list[tuple[int, str]]
    counts: dict[str, int] = field(default_factory=dict)


Take = Callable[[Any, list[Row], datetime], Taken]


def columns_of(content: bytes) -> list[str]:
    """Give the names of a file's columns.

    Raises `ImportUnreadable` when it is no table.
    """
    try:
        return open_table(content).columns
    except FileUnreadable as error:
        raise ImportUnreadable(error.message) from None


def first_rows(content: bytes, count: int) -> tuple[list[Row], bool]:
    """Give the first rows of a file, and whether these are all.

    Raises `ImportUnreadable` for rows that cannot be read.
    """
    try:
        rows = open_table(content).rows
        return list(islice(rows, count)), next(rows, None) is None
    except FileUnreadable as error:
        raise ImportUnreadable(error.message) from None


def begin(record: FileRun, *, defer: Defer, **changes: Any) -> None:
    """Hand a file whose columns are matched to the worker.

    Raises `ImportNotOpen` when it was started before.
    """
    manager = type(record)._default_manager
    with transaction.atomic():
        changes["state"] = ImportState.WAITING
        if not manager.filter(pk=record.pk, state=ImportState.MATCHING).update(**changes):
            raise ImportNotOpen
        transaction.on_commit(lambda: defer(record.pk))


def cancel(*, record: FileRun, now: datetime) -> None:
    """Stop after the rows under way; what is in stays in.

    Raises `ImportNotOpen` when it has ended.
    """
    open_states = (ImportState.MATCHING, ImportState.WAITING, ImportState.RUNNING)
    stopped = type(record)._default_manager.filter(pk=record.pk, state__in=open_states)
    if not stopped.update(state=ImportState.CANCELLED, finished_at=now):
        raise ImportNotOpen


def go_on(record: FileRun, *, defer: Defer) -> None:
    """Go on with a file that failed or was cancelled, after the last row that is done; before the first row the columns
    are matched again.

    Raises `ImportNotOpen` when there is nothing to go on with.
    """
    manager = type(record)._default_manager
    stopped = manager.filter(pk=record.pk, state__in=(ImportState.FAILED, ImportState.CANCELLED))
    with transaction.atomic():
        if stopped.filter(rows_done=0).update(state=ImportState.MATCHING, failure="", finished_at=None):
            return
        if not stopped.update(state=ImportState.WAITING, failure="", finished_at=None):
            raise ImportNotOpen
        transaction.on_commit(lambda: defer(record.pk))


def refused_rows(record: FileRun, messages: Mapping[str, Any]) -> Iterator[list[str]]:
    """Give the refused rows as a table: the file's columns, row number and reason behind them."""
    codes: dict[int, str] = dict(record.refused_rows)
    yield [*record.columns, force_str(ROW_LABEL), force_str(REASON_LABEL)]
    width = len(record.columns)
    for row in open_table(bytes(record.content)).rows:
        if code := codes.get(row.number):
            cells = row.cells[:width] + [""] * (width - len(row.cells))
            yield [*cells, str(row.number), force_str(messages[code])]


def run(model: type[FileRun], pk: int, take: Take) -> None:
    """Take the rows that are not in yet, until the file ends or is cancelled; what goes wrong is noted with the file.

    Raises what went wrong: of the database, to be tried again by `RETRY`.
    """
    try:
        _run(model, pk, take)
    except (OperationalError, InterfaceError):
        raise
    except FileUnreadable as error:
        fail(model, pk, force_str(error.message))
    except Exception:
        fail(model, pk, gettext("Something unexpected happened. The log of the worker says what."))
        raise


def _run(model: type[FileRun], pk: int, take: Take) -> None:
    manager = model._default_manager
    record = manager.filter(pk=pk).first()
    if record is None or not record.is_running:
        return
    content = bytes(record.content)
    if not record.rows_total:
        total = sum(1 for _row in open_table(content).rows)
        manager.filter(pk=pk, rows_total=0).update(rows_total=total)
    position = _Position(open_table(content).rows)
    while _run_batch(model, pk, position, take):
        pass


def fail(model: type[FileRun], pk: int, why: str) -> None:
    """Note that a file cannot go on by itself."""
    model._default_manager.filter(pk=pk, state__in=(ImportState.WAITING, ImportState.RUNNING)).update(
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


def _run_batch(model: type[FileRun], pk: int, position: _Position, take: Take) -> bool:
    """Take the next rows; False when there is nothing more to do."""
    with transaction.atomic():
        rows_of = model._default_manager.select_for_update(no_key=True)
        record = rows_of.defer("content", "refused_rows").get(pk=pk)
        if not record.is_running:
            return False
        rows = position.batch_after(record.rows_done)
        now = timezone.now()
        if not rows:
            record.state, record.finished_at = ImportState.DONE, now
            record.save(update_fields=["state", "finished_at"])
            return False
        _note_progress(record, len(rows), take(record, rows, now))
        return True


def _note_progress(record: FileRun, done: int, taken: Taken) -> None:
    counts = "".join(f', "{name}" = "{name}" + %({name})s' for name in taken.counts)
    # Refused rows are appended by the database: those before are not read and written again from here.
    statement = f"""
        UPDATE {connection.ops.quote_name(record._meta.db_table)}
        SET state = 'running', rows_done = rows_done + %(done)s{counts},
            refused_rows = refused_rows || %(refused)s::jsonb
        WHERE id = %(id)s
    """  # noqa: S608 - names of our own columns only
    with connection.cursor() as cursor:
        values = {"id": record.pk, "done": done, "refused": json.dumps(taken.refused)}
        cursor.execute(statement, taken.counts | values)
