"""Writing tables to files row by row, in memory that does not grow with them."""

from collections.abc import Iterable, Sequence
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from distribution.rules.spreadsheets import csv_lines

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A sheet takes 1,048,576 rows (ECMA-376); the next ones go to a further sheet.
ROWS_OF_A_SHEET = 1_000_000
# What openpyxl would take for a formula or an error.
_NOT_TEXT = ("=", "#")

Rows = Iterable[Sequence[str]]


def write_csv(file: IO[bytes], heading: Sequence[str], rows: Rows, *, is_rtl: bool) -> None:
    """Write CSV in UTF-8 with the mark at its start by which Excel knows it; no cell is a formula."""

    def lines() -> Iterable[Sequence[str]]:
        yield heading
        yield from rows

    file.writelines(csv_lines(lines()))


def write_xlsx(file: IO[bytes], heading: Sequence[str], rows: Rows, *, is_rtl: bool) -> None:
    """Write a workbook whose cells are all text, read from right to left where the language is."""
    book = Workbook(write_only=True)
    sheet, left = _new_sheet(book, heading, is_rtl), ROWS_OF_A_SHEET
    try:
        for row in rows:
            if not left:
                sheet, left = _new_sheet(book, heading, is_rtl), ROWS_OF_A_SHEET
            sheet.append([_text_cell(sheet, cell) for cell in row])
            left -= 1
    finally:
        # Also when it is stopped: only saving removes the library's own temporary files.
        book.save(file)


def _new_sheet(book: Workbook, heading: Sequence[str], is_rtl: bool):  # type: ignore[no-untyped-def] # untyped library
    sheet = book.create_sheet()
    sheet.sheet_view.rightToLeft = is_rtl
    sheet.freeze_panes = "A2"
    cells = [WriteOnlyCell(sheet, value=text) for text in heading]
    for cell in cells:
        cell.font = Font(bold=True)
    sheet.append(cells)
    return sheet


def _text_cell(sheet, text: str):  # type: ignore[no-untyped-def] # untyped library
    text = ILLEGAL_CHARACTERS_RE.sub("", text)
    if not text.startswith(_NOT_TEXT):
        return text
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    return cell
