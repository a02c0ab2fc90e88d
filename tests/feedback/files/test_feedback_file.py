"""A client's feedback as a file: from upload to result, through the client's tab."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from distribution.choices import ImportState
from distribution.models import Routing
from distribution.services import file_runs
from feedback.choices import Door
from feedback.models import CurrentFeedback, Feedback, FeedbackFile, Reason
from feedback.services import feedback_files
from feedback.services.feedback_files import record_file
from tests.factories import ClientFactory, LeadFactory, RoutingFactory, StaffFactory

PHONE = "+972521112233"


@pytest.fixture
def customer(db: None) -> User:
    return ClientFactory()


@pytest.fixture
def routings(customer: User) -> list[Routing]:
    """Three leads of the client's; the third waits, and has a phone of its own."""
    leads = [LeadFactory(), LeadFactory(), LeadFactory(phone="052-111-2233", phone_normalized=PHONE)]
    made = [RoutingFactory(client=customer, lead=lead) for lead in leads]
    Routing.objects.filter(pk=made[2].pk).update(visible_at=None)
    return made


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    client.force_login(StaffFactory(name="נועה"))
    return client


def tab(customer: User) -> str:
    return reverse("admin:accounts_user_tab", args=[customer.pk, "feedback"])


def upload(staff: Client, customer: User, content: bytes, name: str = "משוב.csv") -> Any:
    return staff.post(tab(customer), {"act": "upload-file", "file": SimpleUploadedFile(name, content)})


def uploaded(staff: Client, customer: User, content: bytes) -> str:
    """Upload a file; give the address of its page."""
    answer = upload(staff, customer, content)
    assert answer.status_code == 302, answer.context["file_form"].errors
    return str(answer["Location"])


def started(staff: Client, address: str, **fields: str) -> FeedbackFile:
    """Start with the columns as they were proposed (but for `fields`), and let the worker work."""
    columns = staff.get(address).context["columns"]
    matching = {f"column-{column['place']}": column["field"] for column in columns}
    assert staff.post(address, matching | fields | {"act": "start"}).status_code == 302
    record = FeedbackFile.objects.latest("pk")
    record_file(record.pk)
    record.refresh_from_db()
    return record


def figures(record: FeedbackFile) -> tuple[int, int, int, int]:
    return record.rows_done, record.rows_recorded, record.rows_repeated, record.rows_refused


def table(routings: list[Routing]) -> str:
    first, second, _third = routings
    return (
        "מספר ניתוב,טלפון,סטטוס,הערות,סכום העסקה,תאריך\n"
        f'{first.number},,עסקה,"נסגר, תודה","1,500.50",20/11/2026 10:00\n'
        f"{second.pk},,5,,,\n"
        ",052-1112233,לא ענה,,,\n"
        "999999999,,4,,,\n"
        f"{first.number},,אין כזו,,,\n"
    )


def test_from_upload_to_result(
    staff: Client, customer: User, routings: list[Routing], django_capture_on_commit_callbacks: Any
) -> None:
    address = uploaded(staff, customer, table(routings).encode())
    page = staff.get(address)
    seen = page.context["preview"]
    assert (seen.good, seen.refused) == (3, 2)
    assert set(seen.reasons) == {"routing_not_found", "reason_unknown"}
    assert not Feedback.objects.exists()
    matching = {f"column-{column['place']}": column["field"] for column in page.context["columns"]}
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(address, matching | {"act": "start"})
    job = ProcrastinateJob.objects.get()
    assert job.task_name == "feedback.record_feedback_file"
    assert "hx-trigger" in staff.get(address).content.decode()
    record_file(**job.args)
    panel = staff.get(f"{address}&part=panel").content.decode()
    assert "hx-trigger" not in panel
    assert "הסתיים" in panel
    record = FeedbackFile.objects.get()
    assert (record.state, figures(record)) == (ImportState.DONE, (5, 3, 0, 2))
    said = {row.feedback.routing_id: row.feedback for row in CurrentFeedback.objects.select_related("feedback")}
    deal = said[routings[0].pk]
    assert (deal.reason_id, deal.comment, str(deal.amount)) == (4, "נסגר, תודה", "1500.50")
    assert deal.occurred_at is not None
    assert deal.occurred_at.isoformat() == "2026-11-20T08:00:00+00:00"
    assert (deal.door, deal.author.name if deal.author else "") == (Door.FILE, "נועה")
    assert said[routings[1].pk].reason_id == 5
    assert said[routings[2].pk].reason_id == 1  # found by its phone, although the client's system waits for it
    assert "קובץ" in staff.get(tab(customer)).content.decode()


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "windows-1255", "utf-16"])
def test_usual_character_sets_are_understood(
    staff: Client, customer: User, routings: list[Routing], charset: str
) -> None:
    record = started(staff, uploaded(staff, customer, table(routings).encode(charset)))
    assert figures(record) == (5, 3, 0, 2)
    assert Feedback.objects.filter(comment="נסגר, תודה").exists()


def test_a_workbook_does_as_well(staff: Client, customer: User, routings: list[Routing]) -> None:
    book = openpyxl.Workbook()
    book.active.append(["מספר ניתוב", "סיבה", "סכום"])
    book.active.append([routings[0].number, 4, 1500.5])
    book.active.append([routings[1].number, "לא ענה", None])
    content = io.BytesIO()
    book.save(content)
    assert figures(started(staff, uploaded(staff, customer, content.getvalue()))) == (2, 2, 0, 0)
    assert {str(row.amount) for row in Feedback.objects.all()} == {"1500.50", "None"}


def test_refused_rows_come_back_with_their_reason_and_harmless_cells(
    staff: Client, customer: User, routings: list[Routing]
) -> None:
    content = f"מספר ניתוב,סיבה,הערה\n=1+1,4,@x\n{routings[0].number},4,\n"
    address = uploaded(staff, customer, content.encode())
    started(staff, address)
    answer = staff.get(f"{address}&part=refused")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[0] == ["מספר ניתוב", "סיבה", "הערה", "שורה", "סיבת הדחייה"]
    assert rows[1] == ["'=1+1", "4", "'@x", "2", "אין ללקוח הזה ניתוב עם הזיהוי או המספר הזה."]
    assert len(rows) == 2


def test_the_mended_file_again_adds_only_what_was_missing(
    staff: Client, customer: User, routings: list[Routing]
) -> None:
    started(staff, uploaded(staff, customer, table(routings).encode()))
    mended = table(routings).replace("אין כזו", "בטיפול")
    record = started(staff, uploaded(staff, customer, mended.encode()))
    assert figures(record) == (5, 1, 3, 1)


def test_the_matching_is_remembered_for_the_client_alone(
    staff: Client, customer: User, routings: list[Routing]
) -> None:
    content = f"ניתוב,מה קרה\n{routings[0].number},4\n".encode()
    record = started(staff, uploaded(staff, customer, content), **{"column-1": "reason"})
    assert figures(record) == (1, 1, 0, 0)
    again = staff.get(uploaded(staff, customer, content))
    assert [column["field"] for column in again.context["columns"]] == ["routing", "reason"]
    other = staff.get(uploaded(staff, ClientFactory(), content))
    assert [column["field"] for column in other.context["columns"]] == ["routing", "unused"]


def test_a_phone_of_several_leads_is_refused(staff: Client, customer: User) -> None:
    for _ in range(2):
        RoutingFactory(client=customer)
    record = started(staff, uploaded(staff, customer, b"phone,reason\n050-1234567,4\n"))
    assert record.refused_rows == [[2, "phone_ambiguous"]]


def test_another_clients_routing_is_never_touched(staff: Client, customer: User) -> None:
    others = RoutingFactory(lead=LeadFactory(phone_normalized=PHONE))
    content = f"routing,phone,reason\n{others.number},,4\n{others.pk},,4\n,{PHONE},4\n"
    record = started(staff, uploaded(staff, customer, content.encode()))
    assert [code for _row, code in record.refused_rows] == ["routing_not_found", "routing_not_found", "phone_not_found"]
    assert not Feedback.objects.exists()


def test_a_reason_that_needs_a_comment_is_refused_without_one(
    staff: Client, customer: User, routings: list[Routing]
) -> None:
    Reason.objects.filter(pk=5).update(is_comment_required=True)
    address = uploaded(staff, customer, f"routing,reason\n{routings[0].number},5\n".encode())
    assert staff.get(address).context["preview"].reasons == {"comment_required": 1}
    assert started(staff, address).refused_rows == [[2, "comment_required"]]


def test_rows_about_one_lead_apply_in_their_order(staff: Client, customer: User, routings: list[Routing]) -> None:
    rows = "".join(f"{routings[0].number},{reason}\n" for reason in (1, 2, 3, 4))
    record = started(staff, uploaded(staff, customer, f"routing,reason\n{rows}".encode()))
    assert figures(record) == (4, 4, 0, 0)
    assert CurrentFeedback.objects.get().feedback.reason_id == 4


def test_a_killed_worker_loses_and_repeats_nothing(
    staff: Client, customer: User, routings: list[Routing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_runs, "BATCH_ROWS", 2)
    address = uploaded(staff, customer, table(routings).encode())
    take_rows = feedback_files._take_rows

    class Killed(BaseException):
        """What SIGKILL leaves behind: a transaction that never committed."""

    def killed_in_the_second_batch(record: FeedbackFile, *args: Any) -> Any:
        taken = take_rows(record, *args)
        if record.rows_done == 2:
            raise Killed
        return taken

    monkeypatch.setattr(feedback_files, "_take_rows", killed_in_the_second_batch)
    with pytest.raises(Killed):
        started(staff, address)
    assert Feedback.objects.count() == FeedbackFile.objects.get().rows_recorded == 2
    monkeypatch.setattr(feedback_files, "_take_rows", take_rows)
    record = FeedbackFile.objects.get()
    record_file(record.pk)
    record.refresh_from_db()
    assert (record.state, figures(record)) == (ImportState.DONE, (5, 3, 0, 2))
    assert Feedback.objects.count() == 3


def test_a_file_is_cancelled_and_gone_on_with(staff: Client, customer: User, routings: list[Routing]) -> None:
    address = uploaded(staff, customer, table(routings).encode())
    staff.post(f"{address}&act=cancel")
    assert FeedbackFile.objects.get().state == ImportState.CANCELLED
    staff.post(f"{address}&act=go_on")
    assert FeedbackFile.objects.get().state == ImportState.MATCHING
    for _ in range(2):
        answer = staff.post(address, {"column-0": "routing", "act": "start"}, follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0old"])
def test_a_file_that_is_no_table_is_refused_on_the_form(staff: Client, customer: User, content: bytes) -> None:
    answer = upload(staff, customer, content)
    assert answer.status_code == 200
    assert "file" in answer.context["file_form"].errors
    assert not FeedbackFile.objects.exists()


@pytest.mark.parametrize("query", ["?file=x", "?file=999999", "?file=" + "9" * 40, "?file=", "?file=²"])
def test_a_file_that_is_not_there_is_not_found(staff: Client, customer: User, query: str) -> None:
    assert staff.get(tab(customer) + query).status_code == 404


def test_another_clients_file_is_not_found(staff: Client, customer: User) -> None:
    address = uploaded(staff, ClientFactory(), b"routing,reason\n1,4\n")
    assert staff.get(tab(customer) + "?" + address.partition("?")[2]).status_code == 404


def test_who_may_not_upload_sees_and_does_nothing_of_it(client: Client, customer: User) -> None:
    person = StaffFactory(is_superuser=False)
    person.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "view_feedback"]))
    client.force_login(person)
    assert "feedback-file" not in client.get(tab(customer)).content.decode()
    assert upload(client, customer, b"routing,reason\n1,4\n").status_code == 403
    assert client.get(tab(customer) + "?file=1").status_code == 403
