"""Files of leads come in: both samples as they are, and what suppliers' files do to a parser."""

import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from distribution.choices import ImportState, Origin
from distribution.errors import ImportNotOpen, ImportUnreadable
from distribution.models import Delivery, Lead, LeadImport, Routing, Source
from distribution.services import file_runs, import_run, imports
from distribution.services.import_run import run_import
from tests.distribution.imports.conftest import SAMPLES, figures, run, upload, workbook
from tests.factories import LeadFactory, active_rule

META = (SAMPLES / "meta-leads-export.csv").read_bytes()
SUPPLIER = (SAMPLES / "leads-windows-1255.csv").read_bytes()


def test_metas_export_as_it_is(source: Source) -> None:
    record = run(source, META)
    assert figures(record) == (4, 3, 1, 0)
    assert record.state == ImportState.DONE
    leads = {lead.external_id: lead for lead in Lead.objects.all()}
    assert set(leads) == {"1201", "1202", "1203"}
    first = leads["1201"]
    assert (first.name, first.phone, first.phone_normalized) == ("יוסי כהן", "+972521112233", "+972521112233")
    assert (first.email, first.origin, first.lead_import) == ("yossi@example.com", Origin.IMPORT, record)
    assert first.submitted_at == datetime(2026, 11, 20, 6, 15, 2, tzinfo=UTC)
    assert (first.data["campaign_name"], first.data["ad_id"]) == ("דירות בחיפה", "ag:23861")
    assert leads["1202"].data["מה_מעניין_אותך?"] == '3 חדרים, "עם מרפסת"'
    assert leads["1203"].data["מה_מעניין_אותך?"] == '=HYPERLINK("http://example.com")'
    assert leads["1203"].name == "О’Коннор Ольга"


def test_the_suppliers_windows_1255_file_as_it_is(source: Source) -> None:
    record = run(source, SUPPLIER)
    assert figures(record) == (4, 3, 0, 1)
    assert record.refused_rows == [[4, "unreachable"]]
    ruti = Lead.objects.get(email="ruti@example.co.il")
    assert (ruti.name, ruti.phone_normalized, ruti.notes) == ('רות "רותי" אלון', "*6565", "קו, נטוי; ונקודה")
    assert ruti.submitted_at == datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
    refused = list(imports.refused_rows(record))
    assert refused[0][:3] == ["שם מלא", "טלפון", 'דוא"ל']
    assert refused[1][:2] == ["ללא טלפון", ""]
    assert refused[1][-2] == "4"
    assert refused[1][-1]


@pytest.mark.parametrize("content", [META, SUPPLIER])
def test_the_same_file_again_brings_nothing_new(source: Source, content: bytes) -> None:
    first = run(source, content)
    again = run(source, content)
    assert again.rows_created == 0
    assert again.rows_present == first.rows_created + first.rows_present
    assert Lead.objects.count() == first.rows_created


def test_rows_without_an_id_come_again_when_staff_say_so(source: Source) -> None:
    run(source, SUPPLIER)
    assert run(source, SUPPLIER, skip_present=False).rows_created == 3


@pytest.mark.parametrize(
    ("stored", "is_present"),
    [
        ({}, True),
        ({"phone_normalized": "+972509999999"}, False),
        ({"submitted_at": datetime(2026, 11, 20, 12, 6, tzinfo=UTC)}, False),
        ({"submitted_at": None}, False),
    ],
)
def test_a_row_without_an_id_is_present_when_source_phone_and_date_match(
    source: Source, stored: dict[str, object], is_present: bool
) -> None:
    fields = {"phone_normalized": "+972501234567", "submitted_at": datetime(2026, 11, 20, 12, 5, tzinfo=UTC)} | stored
    LeadFactory(source=source, **fields)
    record = run(source, "phone,date\n050-1234567,20/11/2026 14:05\n")
    assert record.rows_present == int(is_present)


def test_another_sources_lead_is_not_this_ones(source: Source) -> None:
    LeadFactory(phone_normalized="+972501234567")
    assert run(source, "phone\n050-1234567\n").rows_created == 1


def test_imported_leads_are_routed_like_others(source: Source) -> None:
    active_rule()
    run(source, META)
    assert Routing.objects.count() == Delivery.objects.count() == 3


def test_the_preview_says_what_the_import_then_does(source: Source) -> None:
    LeadFactory(source=source, external_id="1201")
    record = upload(source, META)
    seen = imports.preview(record, record.matching)
    assert (seen.counted, seen.new, seen.present, seen.refused, seen.is_whole) == (4, 2, 2, 0, True)
    imports.start(record=record, matching=record.matching, skip_present=True)
    run_import(record.pk)
    record.refresh_from_db()
    assert (record.rows_created, record.rows_present) == (2, 2)


def test_the_preview_of_a_long_file_counts_its_beginning_and_says_so(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "PREVIEW_ROWS", 2)
    record = upload(source, SUPPLIER)
    seen = imports.preview(record, record.matching)
    assert (seen.counted, seen.is_whole) == (2, False)


def test_the_matching_is_remembered_for_the_source(source: Source) -> None:
    run(source, "לקוח,קשר,שם\nדנה,0501234567,טופס\n", לקוח="name", קשר="phone", שם="data")
    source.refresh_from_db()
    assert source.field_names == {"לקוח": "name", "קשר": "phone", "שם": "data"}
    assert upload(source, "קשר,לקוח,שם\n").matching == {"קשר": "phone", "לקוח": "name", "שם": "data"}
    lead = Lead.objects.get()
    assert (lead.name, lead.phone_normalized, lead.data) == ("דנה", "+972501234567", {"שם": "טופס"})
    run(source, "שם,phone\nרות,0501234568\n", שם="name")
    source.refresh_from_db()
    assert source.field_names == {"לקוח": "name", "קשר": "phone"}


def test_an_import_starts_once(source: Source) -> None:
    record = upload(source, META)
    imports.start(record=record, matching=record.matching, skip_present=True)
    with pytest.raises(ImportNotOpen):
        imports.start(record=record, matching=record.matching, skip_present=True)


def test_a_cancelled_import_stops_after_the_rows_under_way_and_can_go_on(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_runs, "BATCH_ROWS", 10)
    record = upload(source, "phone\n" + "".join(f"05012345{number:02}\n" for number in range(35)))
    imports.start(record=record, matching=record.matching, skip_present=True)
    steps = file_runs._run_batch

    def cancelled_after_two(*args: Any) -> bool:
        going_on = steps(*args)
        if going_on and LeadImport.objects.get(pk=record.pk).rows_done == 20:
            file_runs.cancel(record=record, now=timezone.now())
        return going_on

    monkeypatch.setattr(file_runs, "_run_batch", cancelled_after_two)
    run_import(record.pk)
    record.refresh_from_db()
    assert (record.state, figures(record)) == (ImportState.CANCELLED, (20, 20, 0, 0))
    with pytest.raises(ImportNotOpen):
        file_runs.cancel(record=record, now=timezone.now())
    monkeypatch.setattr(file_runs, "_run_batch", steps)
    imports.go_on(record=record)
    run_import(record.pk)
    record.refresh_from_db()
    assert (record.state, figures(record)) == (ImportState.DONE, (35, 35, 0, 0))


def test_a_killed_workers_import_goes_on_without_losing_or_repeating_a_row(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_runs, "BATCH_ROWS", 10)
    active_rule()
    rows = "".join(f"050{number:07}\n" if number % 7 else "x\n" for number in range(1, 36))
    record = upload(source, "phone\n" + rows)
    imports.start(record=record, matching=record.matching, skip_present=False)
    take_rows = import_run._take_rows

    class Killed(BaseException):
        """What SIGKILL leaves behind: a transaction that never committed."""

    def killed_in_the_third_batch(record: LeadImport, *args: Any) -> Any:
        taken = take_rows(record, *args)
        if record.rows_done == 20:
            raise Killed
        return taken

    monkeypatch.setattr(import_run, "_take_rows", killed_in_the_third_batch)
    with pytest.raises(Killed):
        run_import(record.pk)
    record.refresh_from_db()
    assert (record.state, record.rows_done) == (ImportState.RUNNING, 20)
    monkeypatch.setattr(import_run, "_take_rows", take_rows)
    run_import(record.pk)
    record.refresh_from_db()
    assert (record.state, figures(record)) == (ImportState.DONE, (35, 30, 0, 5))
    assert [number for number, _code in record.refused_rows] == [8, 15, 22, 29, 36]
    assert Lead.objects.count() == Delivery.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_import_take_turns(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_runs, "BATCH_ROWS", 10)
    record = upload(source, "phone\n" + "".join(f"050{number:07}\n" for number in range(200)))
    with transaction.atomic():
        imports.start(record=record, matching=record.matching, skip_present=False)
    barrier = threading.Barrier(2)

    def work() -> None:
        try:
            barrier.wait()
            run_import(record.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record.refresh_from_db()
    assert (record.state, figures(record)) == (ImportState.DONE, (200, 200, 0, 0))
    assert Lead.objects.count() == 200


def test_an_xlsx_file_with_numbers_and_dates_as_such(source: Source) -> None:
    content = workbook(
        [
            ["שם", "טלפון", "תאריך", "תקציב", None],
            ["דנה", 501234567, datetime(2026, 11, 20, 14, 5), 2.5, None],  # noqa: DTZ001 - as workbooks hold it
            [None, None, None, None, None],
            ["רות", "03-5556677", date(2026, 11, 21), True, "עוד"],
        ]
    )
    record = run(source, content)
    assert figures(record) == (2, 2, 0, 0)
    dana, ruti = Lead.objects.order_by("id")
    assert (dana.phone_normalized, dana.submitted_at, dana.data) == (
        "+972501234567",
        datetime(2026, 11, 20, 12, 5, tzinfo=UTC),
        {"תקציב": "2.5"},
    )
    assert ruti.data == {"תקציב": "1", "column 5": "עוד"}


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1255"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_charset_and_delimiter(source: Source, charset: str, delimiter: str) -> None:
    text = f"שם{delimiter}טלפון{delimiter}הערות\r\nדנה{delimiter}0501234567{delimiter}א, ב\r\n"
    if delimiter == ",":
        text = text.replace("א, ב", '"א, ב"')
    run(source, text.encode(charset))
    lead = Lead.objects.get()
    assert (lead.name, lead.phone_normalized, lead.notes) == ("דנה", "+972501234567", "א, ב")


def test_excels_own_hint_of_the_delimiter(source: Source) -> None:
    assert run(source, "sep=;\nname;phone\nדנה;0501234567\n").rows_created == 1


def test_unruly_rows(source: Source) -> None:
    record = run(source, 'phone,phone,,x\n\n0501234567,03-5556677,c\n"",,,,0501234568,"a\nb"\n0501234569\n')
    assert figures(record) == (3, 2, 0, 1)
    assert record.columns == ["phone", "phone (2)", "column 3", "x"]
    assert record.refused_rows == [[4, "unreachable"]]
    first = Lead.objects.get(phone="0501234567")
    assert first.data == {"column 3": "c", "phone (2)": "03-5556677"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n\n",
        b"\xd0\xcf\x11\xe0 old excel",
        b"PK\x03\x04 not really",
        b"x" * 30_000_001,
        b"a," * 300 + b"\n",
        b'phone\n"' + b"x" * 200_000,
    ],
)
def test_what_is_no_table_of_leads_is_refused_with_advice(source: Source, content: bytes) -> None:
    with pytest.raises(ImportUnreadable) as refusal:
        record = upload(source, content)
        imports.preview(record, record.matching)
    assert str(refusal.value)


def test_a_row_that_breaks_off_in_the_middle_fails_the_import_with_its_place(source: Source) -> None:
    content = "phone\n" + "0501234567\n" * 3 + '"' + "x" * 200_000
    record = upload(source, "phone\n0501234567\n")
    LeadImport.objects.filter(pk=record.pk).update(content=content.encode())
    imports.start(record=record, matching=record.matching, skip_present=True)
    run_import(record.pk)
    record.refresh_from_db()
    assert record.state == ImportState.FAILED
    assert record.failure


def test_refused_rows_mended_and_uploaded_again_come_in(source: Source) -> None:
    from distribution.rules.spreadsheets import csv_lines

    record = run(source, "name,phone,notes\nדנה,+972-5,=1+1\n")
    body = b"".join(csv_lines(imports.refused_rows(record)))
    assert body.startswith(b"\xef\xbb\xbf")
    assert b"'=1+1" in body
    assert b"'+972-5" in body
    mended = run(source, body.replace(b"'+972-5", b"'+972-50-1234567"))
    assert mended.rows_created == 1
    lead = Lead.objects.get()
    assert (lead.phone_normalized, lead.notes) == ("+972501234567", "=1+1")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", " ="])
def test_no_cell_we_give_out_is_a_formula(start: str) -> None:
    from distribution.rules.spreadsheets import harmless

    assert harmless(f"{start}cmd|' /C calc'!A0").startswith("'")
    assert harmless("דנה") == "דנה"


def test_an_import_without_a_worker_is_queued_once_committed(
    source: Source, django_capture_on_commit_callbacks: Any
) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    record = upload(source, META)
    with django_capture_on_commit_callbacks(execute=True):
        imports.start(record=record, matching=record.matching, skip_present=True)
        assert not ProcrastinateJob.objects.exists()
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args) == ("distribution.import_leads", {"import_id": record.pk})
