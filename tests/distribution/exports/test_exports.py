"""Lists exported to files: the rows of the list, safe for spreadsheets, in the background, for those who may."""

import csv
import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from distribution.choices import DeliveryState, ImportState
from distribution.models import Delivery, Export, ExportPart, Lead
from distribution.services import exports
from tests.factories import LeadFactory, RoutingFactory, SourceFactory, StaffFactory, active_rule

pytestmark = pytest.mark.django_db

START = reverse("admin:distribution_export_start")


@pytest.fixture
def staff() -> User:
    return StaffFactory()


@pytest.fixture
def browser(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


def begun(browser: Client, slug: str, query: str = "", file_format: str = "csv") -> Export:
    answer = browser.post(START, {"list": slug, "query": query, "format": file_format})
    export = Export.objects.latest("id")
    assert answer.headers["Location"] == reverse("admin:distribution_export_change", args=[export.pk])
    return export


def file_of(browser: Client, export: Export) -> bytes:
    exports.run(export.pk, now=timezone.now)
    answer = browser.get(reverse("admin:distribution_export_file", args=[export.pk]))
    body = b"".join(answer.streaming_content)  # type: ignore[arg-type] # a sync client gives a sync iterator
    assert int(answer.headers["Content-Length"]) == len(body)
    return body


def rows_of(body: bytes) -> list[dict[str, str]]:
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Noa", "Dan", "Avi"]),
        ("q=Dan&p=7", ["Dan"]),
        ("q=050-1111111", ["Avi"]),
        ("source__id__exact={source}", ["Noa"]),
        ("origin__exact=manual", []),
    ],
)
def test_a_file_has_the_rows_that_the_list_shows(browser: Client, query: str, names: list[str]) -> None:
    LeadFactory(name="Avi", phone_normalized="+972501111111")
    LeadFactory(name="Dan")
    source = SourceFactory()
    LeadFactory(name="Noa", source=source)
    query = query.format(source=source.pk)
    shown = browser.get(f"{reverse('admin:distribution_lead_changelist')}?{query.removesuffix('&p=7')}")

    rows = rows_of(file_of(browser, begun(browser, "leads", query)))

    assert [row["שם"] for row in rows] == names == [lead.name for lead in shown.context["cl"].result_list]


def test_every_list_names_what_staff_know_of_a_row(browser: Client) -> None:
    rule = active_rule()
    routing = RoutingFactory(client=rule.client, lead=LeadFactory(name="Avi", phone_normalized="+972501111111"))
    Delivery.objects.create(
        routing=routing, rule=rule, state=DeliveryState.HELD, outcome_code="unauthorized", finished_at=timezone.now()
    )
    found = {
        slug: rows_of(file_of(browser, begun(browser, slug, query)))
        for slug, query in {"leads": "", "deliveries": "", "routings": f"client={rule.client_id}"}.items()
    }
    for (row,) in found.values():
        assert (row["שם"], row["טלפון"]) == ("Avi", "050-1111111")
    assert found["leads"][0]["הועבר אל"] == rule.client.name
    assert found["deliveries"][0]["מצב"] == found["routings"][0]["שידור"] == "מוחזק לבדיקה"


@pytest.mark.parametrize("name", ["=1+1", "+cmd", "@SUM(A1)", "#N/A", "-2", "\t=3", "אבי \x01 לוי"])
def test_a_spreadsheet_computes_nothing(browser: Client, name: str) -> None:
    LeadFactory(name=name)

    (row,) = rows_of(file_of(browser, begun(browser, "leads")))
    assert not row["שם"].lstrip().startswith(("=", "+", "-", "@"))

    sheet = openpyxl.load_workbook(io.BytesIO(file_of(browser, begun(browser, "leads", file_format="xlsx")))).active
    assert sheet.sheet_view.rightToLeft
    cells = list(sheet.iter_rows())[1]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert cells[2].value == name.replace("\x01", "")


def test_the_page_shows_how_far_it_is_and_stops_it(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    LeadFactory.create_batch(5)
    monkeypatch.setattr(exports, "BATCH_ROWS", 2)
    export = begun(browser, "leads")
    page, panel = (reverse(f"admin:distribution_export_{name}", args=[export.pk]) for name in ("change", "panel"))
    assert panel in browser.get(page).content.decode(), "it asks again while it runs"
    note = exports._note

    def note_then_stop(running: Export, done: int) -> None:
        note(running, done)
        browser.post(reverse("admin:distribution_export_stop", args=[export.pk]))

    monkeypatch.setattr(exports, "_note", note_then_stop)
    exports.run(export.pk, now=timezone.now)

    export.refresh_from_db()
    assert (export.state, export.done, export.total) == (ImportState.CANCELLED, 2, 5)
    assert not ExportPart.objects.exists()
    assert panel not in browser.get(panel).content.decode()


def test_a_worker_that_was_killed_starts_anew(browser: Client) -> None:
    LeadFactory.create_batch(3)
    export = begun(browser, "leads")
    Export.objects.update(state=ImportState.RUNNING, done=2)
    assert len(rows_of(file_of(browser, export))) == 3


def test_a_file_goes_after_its_days_and_the_note_stays(browser: Client) -> None:
    export = begun(browser, "leads")
    file_of(browser, export)
    assert exports.remove_old(now=timezone.now() + timedelta(days=6)) == 0
    assert exports.remove_old(now=timezone.now() + timedelta(days=8)) == 1
    assert not ExportPart.objects.exists()
    answer = browser.get(reverse("admin:distribution_export_file", args=[export.pk]), follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["warning"]


PERMISSIONS: dict[str, tuple[list[str], int, int]] = {
    "may not export": (["view_lead"], 403, 403),
    "may not see the list": (["add_export"], 403, 404),
    "may export, not see others' files": (["view_lead", "add_export"], 302, 404),
    "may see others' files": (["view_export"], 403, 200),
}


@pytest.mark.parametrize("who", PERMISSIONS)
def test_permissions(browser: Client, who: str) -> None:
    of_another = begun(browser, "leads")
    file_of(browser, of_another)
    names, may_start, may_fetch = PERMISSIONS[who]
    person = StaffFactory(is_superuser=False)
    person.user_permissions.add(*Permission.objects.filter(codename__in=names))
    browser.force_login(person)
    assert browser.post(START, {"list": "leads", "query": "", "format": "csv"}).status_code == may_start
    page = browser.get(reverse("admin:distribution_export_file", args=[of_another.pk]))
    assert page.status_code in {may_fetch, 404 if may_fetch == 403 else may_fetch}
    has_button = START in browser.get(reverse("admin:distribution_lead_changelist")).content.decode()
    assert has_button == (may_start == 302)


@pytest.mark.parametrize(
    "posted",
    [
        {"list": "leads", "query": "no_such_field=1", "format": "csv"},
        {"list": "routings", "query": "client=99999999", "format": "csv"},
        {"list": "routings", "query": "client=x", "format": "xlsx"},
        {"list": "leads", "query": "q=" + "x" * 3000, "format": "csv"},
    ],
)
def test_what_no_list_shows_is_refused_with_what_to_do(browser: Client, posted: dict[str, Any]) -> None:
    answer = browser.post(START, posted, follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert not Export.objects.exists()
    assert Lead.objects.count() == 0


@pytest.mark.parametrize("posted", [{"list": "users", "format": "csv"}, {"list": "leads", "format": "exe"}, {}])
def test_nothing_else_is_exported(browser: Client, posted: dict[str, str]) -> None:
    assert browser.post(START, posted).status_code == 404
