"""Cells that a spreadsheet program will not take for formulas (OWASP: CSV injection)."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

# Also the full-width forms, which Excel in some languages reads as the plain ones.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(cell: str) -> str:
    """Give a cell's text with an apostrophe before it where a program would compute it."""
    return f"'{cell}" if cell.startswith(_STARTS) or cell.lstrip(" \u00a0").startswith(_STARTS) else cell


def as_typed(cell: str) -> str:
    """Give a cell back as it was before `harmless`: a file of refused rows, mended, is uploaded again."""
    return cell[1:] if cell.startswith("'") and harmless(cell[1:]) == cell else cell


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Give a CSV file line by line, with the byte order mark by which Excel knows UTF-8, and harmless cells."""
    yield b"\xef\xbb\xbf"
    line = io.StringIO(newline="")
    writer = csv.writer(line)
    for row in rows:
        line.seek(0)
        line.truncate()
        writer.writerow([harmless(cell) for cell in row])
        yield line.getvalue().encode()
