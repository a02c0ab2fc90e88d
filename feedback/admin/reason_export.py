"""The list of feedback reasons as files for clients: CSV and XLSX that Excel opens with right Hebrew."""

import csv
import io
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from feedback.models import Reason

COLUMNS = (
    gettext_lazy("ID"),
    gettext_lazy("name in Hebrew"),
    gettext_lazy("name in English"),
    gettext_lazy("kind"),
    gettext_lazy("active"),
    gettext_lazy("comment required"),
)
# What makes a spreadsheet take a cell for a formula, full-width forms included (OWASP, CSV injection).
_FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")


def reasons_csv(reasons: Iterable[Reason]) -> bytes:
    """Give the list as CSV in UTF-8, with the mark at the start by which Excel knows it."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([str(column) for column in COLUMNS])
    for reason in reasons:
        writer.writerow([_harmless(cell) for cell in _cells(reason)])
    return file.getvalue().encode("utf-8-sig")


def reasons_xlsx(reasons: Iterable[Reason], *, right_to_left: bool) -> bytes:
    """Give the list as a workbook; every cell is text, so nothing in it is ever calculated."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = _("Customer feedback")
    sheet.sheet_view.rightToLeft = right_to_left
    sheet.freeze_panes = "A2"
    rows = [[str(column) for column in COLUMNS], *[_cells(reason) for reason in reasons]]
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


def _cells(reason: Reason) -> list[str]:
    return [
        str(reason.pk),
        reason.name_he,
        reason.name_en,
        reason.get_kind_display(),
        _("yes") if reason.is_active else _("no"),
        _("yes") if reason.is_comment_required else _("no"),
    ]


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
