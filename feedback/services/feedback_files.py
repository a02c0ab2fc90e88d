"""A client's feedback as a file: upload, match columns, see what would come of it, start, and the work itself."""

import zoneinfo
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from procrastinate.contrib.django import app

from accounts.models import User
from distribution.rules.import_rows import propose_matching
from distribution.rules.table_files import Row
from distribution.services import file_runs
from distribution.services.file_runs import Taken
from feedback.models import FeedbackFile, Reason
from feedback.queries.feedback_files import remembered_names
from feedback.queries.routings_by_phone import routings_by_phone, routings_of
from feedback.rules.file_rows import FEEDBACK_FIELDS, FIELD_LABELS, REFUSALS, UNUSED, FileRow, ReasonNames, read_row
from feedback.services.record import record_from_file

TASK = "feedback.record_feedback_file"
# Rows that a preview reads; of longer files it says so.
PREVIEW_ROWS = 5_000
SHOWN_ROWS = 8


@dataclass(kw_only=True)
class Preview:
    """What would come of a file: its first rows, how many would be recorded, and how many refused and why."""

    rows: list[list[str]] = field(default_factory=list)
    counted: int = 0
    is_whole: bool = True
    good: int = 0
    refused: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


def upload(*, client: User, file_name: str, content: bytes, by: User | None, now: datetime) -> FeedbackFile:
    """Keep a file and propose which column is which field, as the client's files had it before; nothing is recorded.

    Raises `ImportUnreadable` when it is no table.
    """
    columns = file_runs.columns_of(content)
    return FeedbackFile.objects.create(
        client=client,
        file_name=file_name[:255],
        content=content,
        columns=columns,
        matching=propose_matching(columns, remembered_names(client), FEEDBACK_FIELDS),
        created_at=now,
        created_by=by,
    )


def preview(record: FeedbackFile, matching: dict[str, str]) -> Preview:
    """Say what recording would do at this moment, with the first rows of a long file.

    Raises `ImportUnreadable` for rows that cannot be read.
    """
    counted, is_whole = file_runs.first_rows(bytes(record.content), PREVIEW_ROWS)
    rows = _known(record, _read(record, matching, counted))
    refusals = Counter(row.refusal for row in rows if row.refusal)
    return Preview(
        rows=[row.cells[: len(record.columns)] for row in counted[:SHOWN_ROWS]],
        counted=len(counted),
        is_whole=is_whole,
        good=len(rows) - refusals.total(),
        refused=refusals.total(),
        reasons=dict(refusals.most_common()),
    )


def start(*, record: FeedbackFile, matching: dict[str, str]) -> None:
    """Hand the file to the worker; the client's next file is matched in the same way.

    Raises `ImportNotOpen` when it was started before.
    """
    known = {
        column: chosen if (chosen := matching.get(column, UNUSED)) in FIELD_LABELS else UNUSED
        for column in record.columns
    }
    file_runs.begin(record, defer=_defer, matching=known)


def go_on(record: FeedbackFile) -> None:
    """Go on with a file that failed or was cancelled, as `file_runs.go_on` says."""
    file_runs.go_on(record, defer=_defer)


def refused_rows(record: FeedbackFile) -> Iterator[list[str]]:
    """Give the refused rows of a file as a table, each with its reason."""
    return file_runs.refused_rows(record, REFUSALS)


def record_file(file_id: int) -> None:
    """Record the rows that are not in yet, until the file ends or is cancelled."""
    file_runs.run(FeedbackFile, file_id, _take_rows)


def _take_rows(record: FeedbackFile, rows: list[Row], now: datetime) -> Taken:
    read = _known(record, _read(record, record.matching, rows))
    good = [row for row in read if not row.refusal]
    results = record_from_file(
        client=record.client, author=record.created_by, items=[row.said for row in good], now=now
    )
    refused = [(row.number, row.refusal) for row in read if row.refusal]
    refused += [
        (row.number, result.error.code) for row, result in zip(good, results, strict=True) if result.error is not None
    ]
    repeated = sum(result.is_duplicate for result in results)
    recorded = sum(result.error is None for result in results) - repeated
    return Taken(refused=sorted(refused), counts={"rows_recorded": recorded, "rows_repeated": repeated})


def _read(record: FeedbackFile, matching: dict[str, str], rows: Sequence[Row]) -> list[FileRow]:
    reasons = list(Reason.objects.all())
    names = ReasonNames((reason.pk, reason.name_he, reason.name_en) for reason in reasons)
    zone = zoneinfo.ZoneInfo(record.client.time_zone)
    needing = {reason.pk for reason in reasons if reason.is_comment_required}
    return [
        replace(row, refusal="comment_required")
        if not row.refusal and row.said.reason_id in needing and not row.said.comment
        else row
        for row in (read_row(one, record.columns, matching, names, zone=zone) for one in rows)
    ]


def _known(record: FeedbackFile, rows: Sequence[FileRow]) -> list[FileRow]:
    """Find the routings: by phone where no routing is named; refuse rows whose routing is not the client's."""
    by_phone = routings_by_phone(record.client_id, {row.phone for row in rows if row.phone})
    ids, numbers = routings_of(
        record.client_id,
        {row.said.routing_id for row in rows if row.said.routing_id is not None},
        {row.said.routing_number for row in rows if row.said.routing_number is not None},
    )
    known = []
    for row in rows:
        if row.refusal:
            known.append(row)
        elif row.phone:
            found = by_phone.get(row.phone, [])
            if len(found) == 1:
                known.append(replace(row, said=replace(row.said, routing_id=found[0])))
            else:
                known.append(replace(row, refusal="phone_ambiguous" if found else "phone_not_found"))
        elif row.said.routing_id in ids or row.said.routing_number in numbers:
            known.append(row)
        else:
            known.append(replace(row, refusal="routing_not_found"))
    return known


def _defer(file_id: int) -> None:
    app.configure_task(TASK).defer(file_id=file_id)
