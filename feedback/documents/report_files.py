"""A report's table as a file: CSV and XLSX that Excel opens with right Hebrew."""

import io
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import get_language_bidi
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from distribution.rules.spreadsheets import csv_lines
from feedback.documents.reason_lists import XLSX
from feedback.documents.report_tables import Table, Value

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
_WIDEST = 60


def table_file(table: Table, *, form: str) -> bytes:
    """Give the table as `csv` or `xlsx`; names are text that nothing calculates, numbers are numbers."""
    return _xlsx(table) if form == "xlsx" else b"".join(csv_lines([str(cell) for cell in row] for row in _lines(table)))


def _lines(table: Table) -> Iterable[list[Value]]:
    yield list(table.head)
    for row in [*table.rows, *([table.total] if table.total else [])]:
        yield [row.name, *(cell.value for cell in row.cells)]


def _xlsx(table: Table) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = table.title[:31]
    sheet.sheet_view.rightToLeft = get_language_bidi()
    sheet.freeze_panes = "A2"
    lines = list(_lines(table))
    for row_number, line in enumerate(lines, start=1):
        for column_number, value in enumerate(line, start=1):
            cell = sheet.cell(row_number, column_number)
            if isinstance(value, str):
                cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
                cell.data_type = "s"
            else:
                cell.value = value
                cell.number_format = "#,##0.00" if isinstance(value, Decimal) else "#,##0"
            cell.font = Font(bold=row_number == 1 or bool(table.total and row_number == len(lines)))
    for column_number in range(1, len(table.head) + 1):
        longest = max(len(str(line[column_number - 1])) for line in lines)
        sheet.column_dimensions[get_column_letter(column_number)].width = min(longest, _WIDEST) + 4
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()
