"""Importing on the screen: upload, matching, preview, start, progress, refused rows."""

import csv
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from distribution.choices import ImportState
from distribution.models import Lead, LeadImport, Source
from distribution.services.import_run import run_import
from tests.distribution.imports.conftest import SAMPLES, run, upload, uploaded
from tests.factories import StaffFactory

ADD = "/admin/distribution/leadimport/add/"
SUPPLIER = "leads-windows-1255.csv"


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    """A member of staff at the screen."""
    client.force_login(StaffFactory())
    return client


def url(name: str, record: LeadImport) -> str:
    """Give an address of an import."""
    return reverse(f"admin:distribution_leadimport_{name}", args=[record.pk])


@pytest.mark.parametrize(
    ("sample", "new", "present", "refused"), [("meta-leads-export.csv", 3, 1, 0), (SUPPLIER, 3, 0, 1)]
)
def test_both_samples_go_from_upload_to_result(
    staff: Client,
    source: Source,
    sample: str,
    new: int,
    present: int,
    refused: int,
    django_capture_on_commit_callbacks: Any,
) -> None:
    answer = staff.post(ADD, {"source": source.pk, "file": uploaded(sample, (SAMPLES / sample).read_bytes())})
    record = LeadImport.objects.get()
    assert answer["Location"] == url("change", record)
    page = staff.get(url("change", record))
    seen = page.context["preview"]
    assert (seen.new, seen.present, seen.refused) == (new, present, refused)
    assert not Lead.objects.exists()
    fields = {f"column-{column['place']}": column["field"] for column in page.context["columns"]}
    with django_capture_on_commit_callbacks(execute=True):
        assert staff.post(url("match", record), fields | {"skip_present": "1", "act": "start"}).status_code == 302
    job = ProcrastinateJob.objects.get()
    assert "hx-trigger" in staff.get(url("change", record)).content.decode()
    run_import(**job.args)
    page = staff.get(url("panel", record)).content.decode()
    assert "hx-trigger" not in page
    assert "הסתיים" in page
    assert Lead.objects.count() == new


def test_the_preview_follows_the_matching_that_staff_try(staff: Client, source: Source) -> None:
    record = upload(source, "קשר\n0501234567\n")
    page = staff.get(url("change", record))
    assert (page.context["preview"].new, page.context["preview"].refused) == (0, 1)
    page = staff.post(url("match", record), {"column-0": "phone", "act": "preview"})
    assert (page.context["preview"].new, page.context["preview"].refused) == (1, 0)
    record.refresh_from_db()
    assert record.state == ImportState.MATCHING


def test_refused_rows_are_a_file_with_the_reason_and_harmless_cells(staff: Client, source: Source) -> None:
    record = run(source, "שם,טלפון\n=1+1,\n")
    answer = staff.get(url("refused", record))
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    assert next(iter(csv.reader([body.splitlines()[1]]))) == ["'=1+1", "", "2", 'אין טלפון ואין דוא"ל.']


def test_a_file_that_is_no_table_is_refused_on_the_form(staff: Client, source: Source) -> None:
    answer = staff.post(ADD, {"source": source.pk, "file": uploaded("x.xlsx", b"PK\x03\x04 broken")})
    assert answer.status_code == 200
    assert "file" in answer.context["form"].errors
    assert not LeadImport.objects.exists()


def test_a_running_import_is_cancelled_and_gone_on_with(staff: Client, source: Source) -> None:
    record = upload(source, "phone\n0501234567\n")
    LeadImport.objects.filter(pk=record.pk).update(state=ImportState.RUNNING, rows_total=5, rows_done=2)
    assert staff.post(url("cancel", record)).status_code == 302
    record.refresh_from_db()
    assert record.state == ImportState.CANCELLED
    assert staff.post(url("go_on", record)).status_code == 302
    record.refresh_from_db()
    assert record.state == ImportState.WAITING


def test_an_import_cancelled_before_its_first_row_is_matched_again(staff: Client, source: Source) -> None:
    record = upload(source, "phone\n0501234567\n")
    staff.post(url("cancel", record))
    staff.post(url("go_on", record))
    record.refresh_from_db()
    assert record.state == ImportState.MATCHING


def test_starting_twice_says_so(staff: Client, source: Source) -> None:
    record = upload(source, "phone\n0501234567\n")
    for _ in range(2):
        answer = staff.post(url("match", record), {"column-0": "phone", "act": "start"}, follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]


def test_the_list_shows_imports_and_only_those_who_may_act(staff: Client, source: Source) -> None:
    record = run(source, "phone\n0501234567\n")
    assert record.file_name in staff.get("/admin/distribution/leadimport/").content.decode()
    staff.force_login(StaffFactory(is_superuser=False))
    for address in ("/admin/distribution/leadimport/", ADD, url("change", record), url("refused", record)):
        assert staff.get(address).status_code == 403
    assert staff.post(url("cancel", record)).status_code == 403
