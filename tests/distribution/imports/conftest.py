"""Files on their way in."""

import io
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from distribution.models import LeadImport, Source
from distribution.services import imports
from distribution.services.import_run import run_import
from tests.factories import SourceFactory

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture
def source(db: None) -> Source:
    """A source to import for."""
    return SourceFactory()


def upload(source: Source, content: bytes | str, name: str = "leads.csv") -> LeadImport:
    """Upload a file."""
    body = content.encode() if isinstance(content, str) else content
    return imports.upload(source=source, file_name=name, content=body, by=None, now=timezone.now())


def run(source: Source, content: bytes | str, *, skip_present: bool = True, **matching: str) -> LeadImport:
    """Import a file as the worker does, with the proposed matching unless another is given."""
    record = upload(source, content)
    imports.start(record=record, matching=record.matching | matching, skip_present=skip_present)
    run_import(record.pk)
    record.refresh_from_db()
    return record


def figures(record: LeadImport) -> tuple[int, int, int, int]:
    """Give rows done, new, here already, refused."""
    return record.rows_done, record.rows_created, record.rows_present, record.rows_refused


def workbook(rows: list[list[object]]) -> bytes:
    """Make an XLSX file."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def uploaded(name: str, content: bytes) -> SimpleUploadedFile:
    """Give a file as a browser sends it."""
    return SimpleUploadedFile(name, content)
