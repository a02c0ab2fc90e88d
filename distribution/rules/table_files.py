"""Files of leads as suppliers and Meta make them: CSV in any usual character set and with any usual delimiter, XLSX.

Rows are read one by one: a file costs the memory of its bytes, however many rows it has.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import openpyxl
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from distribution.rules.payloads import clean
from distribution.rules.spreadsheets import as_typed

FILE_LIMIT = 30_000_000  # bytes
UNPACKED_LIMIT = 500_000_000  # bytes of an XLSX once unpacked: what is more is no list of leads
COLUMN_LIMIT = 200
DELIMITERS = "\t,;|"
SNIFFED_ROWS = 20

_XLSX_MAGIC = b"PK\x03\x04"
_XLS_MAGIC = b"\xd0\xcf\x11\xe0"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class FileUnreadable(Exception):
    """The file is no table of leads; the message says what to do."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Row:
    """One row: its number as a spreadsheet shows it (the column names are row 1), and its cells as text."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """A file's column names, each different, and its rows; blank rows are left out."""

    columns: list[str]
    rows: Iterator[Row]


def open_table(content: bytes) -> Table:
    """Read a file's first row as column names, the others as they are asked for.

    Raises `FileUnreadable`, also while rows are being read.
    """
    if len(content) > FILE_LIMIT:
        raise FileUnreadable(_("The file is larger than 30 MB. Divide it into smaller ones."))
    if content.startswith(_XLS_MAGIC):
        raise FileUnreadable(_("This is a file of old Excel (XLS). Save it as XLSX or CSV and upload that."))
    lines = _xlsx_rows(content) if content.startswith(_XLSX_MAGIC) else _csv_rows(content)
    numbered = ((number, cells) for number, cells in enumerate(lines, start=1) if any(cells))
    first = next(numbered, None)
    if first is None:
        raise FileUnreadable(_("The file is empty."))
    columns = _column_names(first[1])
    if len(columns) > COLUMN_LIMIT:
        raise FileUnreadable(_("The first row has more than 200 columns. It should hold the columns' names."))
    return Table(columns, (Row(number, cells) for number, cells in numbered))


def charset_of(content: bytes) -> str:
    """Give the character set: by its byte order mark, else UTF-8 where the bytes are that, else windows-1255."""
    for mark, charset in _BOMS:
        if content.startswith(mark):
            return charset
    if b"\x00" in content[:200]:  # UTF-16 without its mark: in which half of each character the zeros stand tells which
        return "utf-16-le" if content[1:200:2].count(0) >= content[:200:2].count(0) else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1255"
    return "utf-8"


def delimiter_of(head: str) -> str:
    """Give the delimiter that cuts the first lines into the most columns that agree with the first line's."""
    best, best_score = ",", (0, 0)
    for delimiter in DELIMITERS:
        rows = _readable_rows(head, delimiter)
        width = len(rows[0]) if rows else 0
        score = (sum(len(row) == width for row in rows) if width > 1 else 0, width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _readable_rows(head: str, delimiter: str) -> list[list[str]]:
    rows = []
    try:
        for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
    except csv.Error:
        pass  # what is wrong further down is said when that row is read
    return rows


def _csv_rows(content: bytes) -> Iterator[list[str]]:
    charset = charset_of(content)
    text = io.TextIOWrapper(io.BytesIO(content), encoding=charset, errors="replace", newline="")
    first = text.readline()
    if first.lower().startswith("sep=") and len(first.strip()) == len("sep=") + 1:  # Excel's own hint
        delimiter, start = first.strip()[-1], len(first)
    else:
        head = first + "".join(text.readline() for _line in range(SNIFFED_ROWS))
        delimiter, start = delimiter_of(head), 0
    text.seek(0)
    if start:
        text.readline()
    reader = csv.reader(text, delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileUnreadable(
                _("Row %(row)s cannot be read (%(error)s). Check the quotation marks around it.")
                % {"row": reader.line_num, "error": error}
            ) from None
        yield [as_typed(clean(cell).strip()) for cell in row]


def _xlsx_rows(content: bytes) -> Iterator[list[str]]:
    try:
        _refuse_bomb(content)
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = workbook.worksheets[0]
        # Some programs write no or a wrong size of the sheet; the rows themselves are right.
        sheet.reset_dimensions()
        for row in sheet.iter_rows(values_only=True):
            yield [_cell_text(value) for value in row]
    except FileUnreadable:
        raise
    except Exception as error:  # openpyxl lets whatever its parts meet come through
        raise FileUnreadable(_("The workbook cannot be read. Save it again as XLSX, or as CSV.")) from error


def _refuse_bomb(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > UNPACKED_LIMIT:
        raise FileUnreadable(_("The workbook is too large once unpacked. Save the sheet as CSV and upload that."))


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date | time):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a phone typed as a number
    if isinstance(value, bool):
        return "1" if value else "0"
    return clean(str(value)).strip()


def _column_names(cells: list[str]) -> list[str]:
    """Give every column a name of its own; one without a name is called by its place."""
    while cells and not cells[-1]:
        cells = cells[:-1]
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = wanted = cell or f"column {place}"
        number = 1
        while name in names:
            number += 1
            name = f"{wanted} ({number})"
        names.append(name)
    return names
