"""Reports through the screen: numbers worked out by hand, the list behind each, files, permissions, the price."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from distribution import list_exports
from distribution.admin import bounded_paginator
from distribution.choices import DeliveryState
from feedback.choices import ReportKind
from feedback.documents.report_tables import Table
from feedback.documents.reports import make_report
from feedback.queries.reports import routing_figures
from feedback.rules.periods import Period
from feedback.services.report_counts import count_days
from tests.factories import SourceFactory, StaffFactory, active_rule
from tests.feedback.reports.conftest import OCTOBER, Agency, say, staff_with

pytestmark = pytest.mark.django_db

DAYS = {"first": "2026-10-01", "last": "2026-10-31"}
MONTH = {"month": "2026-10"}
IN_OCTOBER = Period(datetime(2026, 10, 1, tzinfo=UTC).date(), datetime(2026, 10, 31, tzinfo=UTC).date())


def numbers(table: Table) -> dict[str, list[Any]]:
    rows = [*table.rows, *([table.total] if table.total else [])]
    return {row.name: [cell.value for cell in row.cells] for row in rows}


def tables_of(staff: Client, name: str, query: dict[str, str]) -> dict[str, Table]:
    response = staff.get(reverse(f"admin:{name}"), query)
    assert response.status_code == 200
    return {table.slug: table for table in response.context["report"].tables}


def test_overview(staff: Client, october: Agency) -> None:
    tables = tables_of(staff, "reports", DAYS)

    # leads, given, accepted, refused, waiting, not delivered, cancelled
    assert numbers(tables["sources"]) == {
        "Web": [6, 5, 3, 1, 1, 0, 0],
        "Fair": [4, 4, 3, 0, 0, 1, 0],
        "Total": [10, 9, 6, 1, 1, 1, 0],
    }
    assert numbers(tables["clients"]) == {
        "North": [7, 5, 1, 1, 0, 0],
        "South": [2, 1, 0, 0, 1, 0],
        "Total": [9, 6, 1, 1, 1, 0],
    }
    assert numbers(tables["reasons"]) == {
        "In progress": [1, 0],
        "Meeting set": [1, 0],
        "Deal": [1, 4900],
        "Wrong number": [1, 0],
        "no feedback": [5, 0],
        "Total": [9, 4900],
    }
    days = numbers(tables["days"])
    assert len(days) == 32
    assert days["10.10"] == days["Total"] == [10, 9, 6, 1, 1, 1, 0]


def test_funnel(staff: Client, october: Agency) -> None:
    tables = tables_of(staff, "reports_funnel", DAYS)

    # given, transmitted, accepted, with feedback, positive, sales, amount
    assert numbers(tables["clients"])["North"] == [7, 6, 5, 4, 2, 1, 4900]
    assert numbers(tables["sources"])["Web"] == [6, 5, 4, 3, 2, 2, 1, 4900]
    north = next(row for row in tables["clients"].rows if row.name == "North")
    assert [cell.share.strip("\u2066\u2069") for cell in north.cells] == ["", "86%", "83%", "80%", "50%", "25%", ""]


def test_monthly_count_deducts_what_is_invalid_or_a_repeat(staff: Client, october: Agency) -> None:
    table = tables_of(staff, "reports_month", MONTH)["month"]

    assert numbers(table) == {"North": [5, 1, 1, 3], "South": [1, 0, 0, 1], "Total": [6, 1, 1, 4]}


def test_a_reason_that_comes_later_is_deducted_from_the_month_of_the_lead(staff: Client, agency: Agency) -> None:
    routing = agency.give(agency.north, agency.web, DeliveryState.ACCEPTED, says=2)
    assert numbers(tables_of(staff, "reports_month", MONTH)["month"])["North"] == [1, 0, 0, 1]

    say(routing, 7, at=datetime(2026, 11, 20, tzinfo=UTC))

    assert numbers(tables_of(staff, "reports_month", MONTH)["month"])["North"] == [1, 1, 0, 0]
    assert "North" not in numbers(tables_of(staff, "reports_month", {"month": "2026-11"})["month"])


@pytest.mark.parametrize(("name", "query"), [("reports", DAYS), ("reports_funnel", DAYS), ("reports_month", MONTH)])
def test_each_number_opens_a_list_of_as_many(staff: Client, october: Agency, name: str, query: dict[str, str]) -> None:
    for table in tables_of(staff, name, query).values():
        for row in [*table.rows, table.total]:
            assert row is not None
            for cell, head in zip(row.cells, table.head[1:], strict=True):
                if cell.url and head != "Amount":
                    listed = staff.get(cell.url).context["cl"].result_count
                    assert listed == cell.value, (table.slug, row.name, head)
        assert table.total is None or all(cell.url for cell in table.total.cells if cell.value and cell.value != 4900)


def test_counted_days_say_the_same_as_the_rows_themselves(staff: Client, october: Agency) -> None:
    kinds = [make_report(kind, IN_OCTOBER) for kind in ReportKind]
    at_first = [[numbers(table) for table in report.tables] for report in kinds]
    assert {report.counted_at for report in kinds} == {None}
    now = datetime(2026, 11, 20, tzinfo=UTC)

    assert count_days(now=now) == 79  # 1 September to 18 November

    counted = [make_report(kind, IN_OCTOBER) for kind in ReportKind]
    assert [[numbers(table) for table in report.tables] for report in counted] == at_first
    assert {report.counted_at for report in counted} == {now}
    assert numbers(make_report(ReportKind.MONTH, IN_OCTOBER).tables[0])["North"] == [5, 1, 1, 3]


def test_days_in_which_something_moved_are_counted_again(agency: Agency) -> None:
    waiting = agency.give(agency.north, agency.web, DeliveryState.WAITING)
    accepted = agency.give(agency.north, agency.web, DeliveryState.ACCEPTED, at=OCTOBER - timedelta(days=5))
    quiet = agency.give(agency.north, agency.web, DeliveryState.ACCEPTED, at=OCTOBER - timedelta(days=7))
    now = OCTOBER + timedelta(days=4)
    count_days(now=now)
    before = routing_figures(IN_OCTOBER)
    assert (before.total.accepted, before.total.waiting, before.total.sales) == (2, 1, 0)

    waiting.deliveries.update(state="accepted", finished_at=now)
    type(waiting).objects.filter(pk=waiting.pk).update(delivered_at=now, visible_at=now)
    say(accepted, 4, at=now + timedelta(minutes=1), amount=100)
    assert quiet.delivered_at
    later = now + timedelta(minutes=10)

    assert count_days(now=later) == 2
    after = routing_figures(IN_OCTOBER)
    assert (after.total.accepted, after.total.waiting, after.total.sales) == (3, 0, 1)
    count_days(now=later + timedelta(minutes=30))
    assert count_days(now=later + timedelta(minutes=60)) == 0
    assert count_days(now=later + timedelta(minutes=90), nightly=True) == 100


def test_files(staff: Client, october: Agency) -> None:
    address = reverse("admin:reports_file", args=["month", "month", "csv"])
    rows = list(csv.reader(io.StringIO(staff.get(address, MONTH).content.decode("utf-8-sig"))))
    assert rows == [
        ["Client", "Accepted", "Deducted: invalid", "Deducted: repeats", "Counted"],
        ["North", "5", "1", "1", "3"],
        ["South", "1", "0", "0", "1"],
        ["Total", "6", "1", "1", "4"],
    ]

    address = reverse("admin:reports_file", args=["funnel", "clients", "xlsx"])
    answer = staff.get(address, DAYS)
    assert 'filename="funnel-clients-2026-10-01-2026-10-31.xlsx"' in answer.headers["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert [cell.value for cell in sheet[2]] == ["North", 7, 6, 5, 4, 2, 1, 4900]


@pytest.mark.parametrize("address", ["month/nothing.csv", "month/month.pdf", "nothing/month.csv"])
def test_a_file_that_does_not_exist(staff: Client, address: str) -> None:
    assert staff.get(f"{reverse('admin:reports')}{address}").status_code == 404


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"first": "2026-10-31", "last": "2026-10-01"}, "before the first one"),
        ({"first": "2001-01-01", "last": "2026-10-01"}, "five years at most"),
        ({"first": "x", "last": "2026-12-31"}, "Enter a valid date"),
        ({"first": "0001-01-01", "last": "9999-12-31"}, "2000 to 2100"),
        ({"first": "2026-10-01"}, "This field is required"),
    ],
)
def test_a_period_that_is_none_is_said_so(staff: Client, query: dict[str, str], says: str) -> None:
    answer = staff.get(reverse("admin:reports"), query)
    assert answer.status_code == 200
    assert says in answer.content.decode()


def test_who_may_see_reports() -> None:
    addresses = [reverse(f"admin:{name}") for name in ("reports", "reports_funnel", "reports_month")]
    addresses.append(reverse("admin:reports_file", args=["month", "month", "csv"]))
    assert [staff_with("view_report").get(address).status_code for address in addresses] == [200] * 4
    others = staff_with("view_lead", "view_routing", "view_feedback")
    assert [others.get(address).status_code for address in addresses] == [403] * 4
    assert "/admin/reports/" not in others.get(reverse("admin:index")).content.decode()
    assert "/admin/reports/" in staff_with("view_report").get(reverse("admin:index")).content.decode()


def test_the_number_of_queries_stays_the_same(staff: Client, agency: Agency) -> None:
    def price(address: str) -> int:
        query = {} if "routing" in address else DAYS | MONTH
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(address, query).status_code == 200
        return len(captured)

    addresses = [reverse(f"admin:{name}") for name in ("reports", "reports_funnel", "reports_month")]
    addresses.append(reverse("admin:distribution_routing_changelist"))
    agency.give(agency.north, agency.web, DeliveryState.ACCEPTED, says=2)
    [price(address) for address in addresses]
    few = [price(address) for address in addresses]
    for number in range(12):
        at = OCTOBER + timedelta(days=number)
        agency.give(agency.south, agency.fair, DeliveryState.ACCEPTED, at=at, says=1 + number % 7)
    assert [price(address) for address in addresses] == few


def filled(rows: int, *, every: str) -> None:
    """Enough rows for the planner to mean it: a lead at each step back from the end of October."""
    source, rule = SourceFactory(), active_rule()
    statements = [
        "INSERT INTO distribution_lead (source_id, name, phone, phone_normalized, email, city, notes, data, is_test, "
        "origin, received_at, version) SELECT %(source)s, 'n', '050', '', '', '', '', '{}', false, 'api', "
        "%(end)s::timestamptz - i * %(every)s::interval, 1 FROM generate_series(1, %(rows)s) i",
        "INSERT INTO distribution_routing (id, lead_id, client_id, created_at, visible_at, delivered_at, "
        "client_reference, is_test, version) SELECT gen_random_uuid(), id, %(client)s, received_at, received_at, "
        "received_at, '', false, 1 FROM distribution_lead WHERE source_id = %(source)s",
        "INSERT INTO distribution_delivery (id, routing_id, rule_id, state, due_at, attempt_count, outcome_code, "
        "outcome_detail, created_at, finished_at) SELECT gen_random_uuid(), id, %(rule)s, 'accepted', created_at, 1, "
        "'', '', created_at, created_at FROM distribution_routing WHERE client_id = %(client)s",
        "INSERT INTO feedback_feedback (id, routing_id, reason_id, comment, client_reference, received_at, door, "
        "is_reason_inactive) SELECT gen_random_uuid(), id, 1 + number %% 7, '', '', created_at, 'odata', false "
        "FROM distribution_routing WHERE client_id = %(client)s",
        "INSERT INTO feedback_currentfeedback (routing_id, feedback_id, effective_at, version) "
        "SELECT routing_id, id, received_at, 1 FROM feedback_feedback",
        "ANALYZE distribution_lead, distribution_routing, distribution_delivery, feedback_feedback, "
        "feedback_currentfeedback",
    ]
    values = {"source": source.pk, "client": rule.client_id, "rule": rule.pk, "rows": rows, "every": every}
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values | {"end": datetime(2026, 10, 31, 20, 0, tzinfo=UTC)})


def test_no_table_that_grows_is_read_from_end_to_end() -> None:
    filled(20_000, every="1 hour")
    days = Period(datetime(2026, 10, 23, tzinfo=UTC).date(), datetime(2026, 10, 24, tzinfo=UTC).date())
    with CaptureQueriesContext(connection) as captured:
        make_report(ReportKind.OVERVIEW, days)  # from the rows
        count_days(now=datetime(2026, 10, 31, 21, 0, tzinfo=UTC))
        start = len(captured)
        for kind in ReportKind:
            make_report(kind, IN_OCTOBER)  # from the counts
        count_days(now=datetime(2026, 10, 31, 21, 10, tzinfo=UTC))

    scans: list[str] = []
    with connection.cursor() as cursor:
        for query in [*captured.captured_queries[:4], *captured.captured_queries[start:]]:
            if query["sql"].lstrip().startswith(("SELECT", "WITH", "INSERT")):
                cursor.execute("EXPLAIN " + query["sql"])
                scans += [row[0] for row in cursor.fetchall() if "Seq Scan" in row[0]]
    grown = ("distribution_lead", "distribution_routing", "distribution_delivery", "feedback_feedback")
    assert [scan for scan in scans if any(f"on {table} " in scan for table in grown)] == []


def test_the_list_behind_a_number_is_exported_as_it_is_filtered(october: Agency) -> None:
    listing = list_exports.listing("all-routings")
    assert listing is not None
    table = make_report(ReportKind.MONTH, IN_OCTOBER).tables[0]
    url = next(row for row in table.rows if row.name == "North").cells[-1].url

    assert listing.find(StaffFactory(), url.partition("?")[2]).count() == 3


def test_the_list_counts_no_further_than_it_pages(
    staff: Client, october: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = reverse("admin:distribution_routing_changelist")
    assert "more than" not in staff.get(address).content.decode()
    monkeypatch.setattr(bounded_paginator, "MOST", 3)

    answer = staff.get(address)

    assert answer.context["cl"].result_count == 3
    assert "more than 3:" in answer.content.decode()
