"""The list of feedback reasons as files for clients: CSV and XLSX that Excel opens with right Hebrew, and JSON."""

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from distribution.rules.spreadsheets import csv_lines
from feedback.models import Reason

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (
    gettext_lazy("ID"),
    gettext_lazy("name in Hebrew"),
    gettext_lazy("name in English"),
    gettext_lazy("kind"),
    gettext_lazy("active"),
    gettext_lazy("comment required"),
)


def reasons_csv(reasons: Iterable[Reason]) -> bytes:
    """Give the list as CSV in UTF-8, with the mark at the start by which Excel knows it."""
    return b"".join(csv_lines([_head(), *map(_cells, reasons)]))


def reasons_xlsx(reasons: Iterable[Reason]) -> bytes:
    """Give the list as a workbook; every cell is text, so nothing in it is ever calculated."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = _("Customer feedback")
    sheet.sheet_view.rightToLeft = get_language_bidi()
    sheet.freeze_panes = "A2"
    rows = [_head(), *map(_cells, reasons)]
    for row_number, row in enumerate(rows, start=1):
        for column_number, text in enumerate(row, start=1):
            cell = sheet.cell(row_number, column_number)
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
            cell.data_type = "s"
            cell.font = Font(bold=row_number == 1)
    for column_number in range(1, len(COLUMNS) + 1):
        longest = max(len(row[column_number - 1]) for row in rows)
        sheet.column_dimensions[get_column_letter(column_number)].width = min(longest, 60) + 4
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def reasons_json(reasons: Iterable[Reason]) -> bytes:
    """Give the list as JSON, in the names that API OData has."""
    rows = [
        {
            "Id": reason.pk,
            "NameHe": reason.name_he,
            "NameEn": reason.name_en,
            "Kind": reason.kind,
            "IsActive": reason.is_active,
            "IsCommentRequired": reason.is_comment_required,
        }
        for reason in reasons
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2).encode()


@dataclass(frozen=True, kw_only=True)
class ListForm:
    """A form of the list: its media type, and what makes it."""

    media_type: str
    make: Callable[[Iterable[Reason]], bytes]


FORMS = {
    "csv": ListForm(media_type="text/csv; charset=utf-8", make=reasons_csv),
    "xlsx": ListForm(media_type=XLSX, make=reasons_xlsx),
    "json": ListForm(media_type="application/json", make=reasons_json),
}


def _head() -> list[str]:
    return [str(column) for column in COLUMNS]


def _cells(reason: Reason) -> list[str]:
    return [
        str(reason.pk),
        reason.name_he,
        reason.name_en,
        reason.get_kind_display(),
        _("yes") if reason.is_active else _("no"),
        _("yes") if reason.is_comment_required else _("no"),
    ]
