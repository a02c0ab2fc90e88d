"""Staff's screens of feedback, through HTTP."""

import io
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.choices import Role
from accounts.models import User
from distribution.models import Routing
from feedback.choices import Door
from feedback.models import CurrentFeedback, Feedback, Reason
from feedback.services import FeedbackInput, record_by_staff
from tests.factories import RoutingFactory, StaffFactory

pytestmark = pytest.mark.django_db
REASONS = "/admin/feedback/reason/"


@pytest.fixture
def staff() -> Client:
    browser = Client()
    browser.force_login(StaffFactory(language="he"))
    return browser


@pytest.fixture
def routing() -> Routing:
    return RoutingFactory()


def person_with(*codenames: str) -> Client:
    user = User.objects.create_user("limited", "pw", name="רון", role=Role.STAFF)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    browser = Client()
    browser.force_login(user)
    return browser


def order() -> list[int]:
    return list(Reason.objects.values_list("pk", flat=True))


def test_the_reasons_screen_has_the_guides_name_and_shows_ids_in_a_column_and_on_hover(staff: Client) -> None:
    page = staff.get(REASONS).content.decode()
    assert re.search(r"<h1>\s*משוב לקוחות\s*</h1>", page)
    assert 'title="ID: 3" data-hint="ID: 3">נקבעה פגישה</span>' in page
    assert re.search(r'class="field-number"><bdi class="ltr mono">3</bdi>', page)


def test_a_new_reason_gets_the_next_number_and_the_last_place(staff: Client) -> None:
    form = {"name_he": "ביקש הצעה", "name_en": "Asked for an offer", "kind": "positive", "is_active": "on"}
    staff.post(f"{REASONS}add/", form)
    reason = Reason.objects.get(name_he="ביקש הצעה")
    assert reason.pk == 8
    assert order()[-1] == 8


def test_two_reasons_cannot_have_one_hebrew_name(staff: Client) -> None:
    response = staff.post(f"{REASONS}add/", {"name_he": "עסקה", "name_en": "Deal 2", "kind": "sale"})
    assert response.status_code == 200
    assert Reason.objects.count() == 7


def test_a_reason_is_changed_but_never_deleted(staff: Client) -> None:
    staff.post(f"{REASONS}5/change/", {"name_he": "לא מעוניין", "name_en": "Not interested", "kind": "negative"})
    reason = Reason.objects.get(pk=5)
    assert (reason.name_he, reason.is_active, reason.position) == ("לא מעוניין", False, 50)
    assert staff.post(f"{REASONS}5/delete/", {"post": "yes"}).status_code == 403
    assert Reason.objects.filter(pk=5).exists()


def test_reasons_are_moved_up_and_down(staff: Client) -> None:
    staff.post(reverse("admin:feedback_reason_move", args=[3, "up"]))
    assert order() == [1, 3, 2, 4, 5, 6, 7]
    staff.post(reverse("admin:feedback_reason_move", args=[1, "up"]))
    staff.post(reverse("admin:feedback_reason_move", args=[7, "down"]))
    assert order() == [1, 3, 2, 4, 5, 6, 7]
    staff.post(reverse("admin:feedback_reason_move", args=[1, "down"]))
    assert order() == [3, 1, 2, 4, 5, 6, 7]
    assert staff.get(reverse("admin:feedback_reason_move", args=[1, "down"])).status_code == 405
    assert staff.post(reverse("admin:feedback_reason_move", args=[1, "sideways"])).status_code == 404


def test_the_csv_opens_right_in_excel_and_calculates_nothing(staff: Client) -> None:
    Reason.objects.filter(pk=5).update(name_he="=1+1", name_en="＝cmd")
    response = staff.get(reverse("admin:feedback_reason_export", args=["csv"]))
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in response["Content-Disposition"]
    text = response.content.decode("utf-8-sig")
    assert "3,נקבעה פגישה,Meeting set," in text
    assert "'=1+1" in text
    assert "'＝cmd" in text


def test_the_workbook_runs_right_to_left_and_holds_texts_only(staff: Client) -> None:
    Reason.objects.filter(pk=5).update(name_he="=1+1", name_en="bell\x07")
    response = staff.get(reverse("admin:feedback_reason_export", args=["xlsx"]))
    sheet = load_workbook(io.BytesIO(response.content)).active
    assert sheet is not None
    assert sheet.sheet_view.rightToLeft
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[3]][:3] == ["3", "נקבעה פגישה", "Meeting set"]
    assert [cell.value for cell in rows[5]][1:3] == ["=1+1", "bell"]
    assert {cell.data_type for row in rows for cell in row} == {"s"}


def test_who_may_only_look_sees_the_reasons_without_buttons(staff: Client) -> None:
    person = person_with("view_reason")
    page = person.get(REASONS).content.decode()
    assert "נקבעה פגישה" in page
    assert "/move/" not in page
    assert person.post(reverse("admin:feedback_reason_move", args=[3, "up"])).status_code == 403
    assert person_without().get(reverse("admin:feedback_reason_export", args=["csv"])).status_code == 403


def person_without() -> Client:
    browser = Client()
    browser.force_login(User.objects.create_user("nobody", "pw", name="אף אחד", role=Role.STAFF))
    return browser


@pytest.mark.parametrize("name", ["admin:feedback_sending_guide", "admin:feedback_feasibility"])
def test_the_pages_for_clients_come_in_both_languages_for_staff_only(staff: Client, name: str) -> None:
    hebrew, english = staff.get(reverse(name)), staff.get(reverse(name), {"language": "en"})
    assert 'dir="rtl"' in hebrew.content.decode()
    assert 'lang="en"' in english.content.decode()
    assert english["Content-Language"] == "en"
    assert staff.get(reverse(name), {"language": "xx"}).status_code == 200
    assert Client().get(reverse(name)).status_code == 302
    assert person_without().get(reverse(name)).status_code == 403


def test_the_sending_guide_has_our_address_and_the_active_reasons(staff: Client, settings: Any) -> None:
    Reason.objects.filter(pk=6).update(is_active=False)
    page = staff.get(reverse("admin:feedback_sending_guide")).content.decode()
    assert "POST http://testserver/odata/Feedbacks" in page
    assert "נקבעה פגישה" in page
    assert "מספר שגוי" not in page
    settings.PUBLIC_URL = "https://leads.example.co.il"
    assert "POST https://leads.example.co.il/odata/Feedbacks" in staff.get("/admin/feedback/guide/").content.decode()


def tab(routing: Routing) -> str:
    return reverse("admin:accounts_user_tab", args=[routing.client_id, "feedback"])


def test_staff_record_what_the_client_said_by_number_or_id(staff: Client, routing: Routing) -> None:
    form = {"routing": str(routing.number), "reason": "3", "comment": "התקשר", "amount": "", "occurred_at": ""}
    assert staff.post(tab(routing), form).status_code == 302
    assert staff.post(tab(routing), form | {"routing": str(routing.id), "reason": "4"}).status_code == 302
    current = CurrentFeedback.objects.get().feedback
    assert (current.reason_id, current.door, current.comment) == (4, Door.STAFF, "התקשר")
    assert current.author is not None
    page = staff.get(tab(routing)).content.decode()
    assert "התקשר" in page
    assert "נקבעה פגישה" in page


def test_the_time_staff_give_is_their_own_clocks(staff: Client, routing: Routing) -> None:
    form = {"routing": str(routing.number), "reason": "3", "occurred_at": "2026-01-31T09:30"}
    staff.post(tab(routing), form)
    happened = Feedback.objects.get().occurred_at
    assert happened is not None
    assert happened.isoformat() == "2026-01-31T07:30:00+00:00"


@pytest.mark.parametrize(
    "change",
    [
        {"routing": "x"},
        {"routing": "999999999"},
        {"routing": "9" * 30},
        {"reason": ""},
        {"reason": "999"},
        {"amount": "10000000000"},
        {"reason": "5", "comment": " "},
        {"occurred_at": "1066-01-01T00:00"},
        {"comment": "a\x00b"},
    ],
)
def test_what_cannot_be_recorded_is_said_in_the_form(staff: Client, routing: Routing, change: dict[str, str]) -> None:
    Reason.objects.filter(pk=5).update(is_comment_required=True)
    response = staff.post(tab(routing), {"routing": str(routing.number), "reason": "3"} | change)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert not Feedback.objects.exists()


def test_staff_cannot_record_on_another_clients_routing_there(staff: Client, routing: Routing) -> None:
    other = RoutingFactory()
    response = staff.post(tab(routing), {"routing": str(other.number), "reason": "3"})
    assert "errorlist" in response.content.decode()
    assert not Feedback.objects.exists()


def test_who_may_not_record_sees_the_history_only(routing: Routing) -> None:
    person = person_with("view_user", "view_feedback")
    assert "record-feedback" not in person.get(tab(routing)).content.decode()
    assert person.post(tab(routing), {"routing": str(routing.number), "reason": "3"}).status_code == 403


def test_the_leads_page_shows_what_was_said_under_its_routing(staff: Client, routing: Routing) -> None:
    author = StaffFactory()
    said = FeedbackInput(reason_id=4, comment="נסגר")
    record_by_staff(routing=routing, author=author, said=said, now=routing.created_at)
    page = staff.get(reverse("admin:distribution_lead_change", args=[routing.lead_id])).content.decode()
    assert "נסגר" in page
    assert f"?routing={routing.number}" in page


def test_the_list_of_feedback_is_searched_filtered_and_never_edited(staff: Client, routing: Routing) -> None:
    author = StaffFactory()
    for reason in (1, 2):
        record_by_staff(
            routing=routing, author=author, said=FeedbackInput(reason_id=reason), now=routing.created_at
        ).unwrap()
    address = "/admin/feedback/feedback/"
    for query, rows in (
        ("", 2),
        (f"?q={routing.id}", 2),
        (f"?q={routing.number}", 2),
        ("?q=00000000-0000-0000-0000-000000000000", 0),
        ("?q=%2B97250", 2),
        ("?current=yes", 1),
        ("?current=no", 1),
        ("?reason__id__exact=2", 1),
        ("?q=" + "9" * 40, 0),
    ):
        response = staff.get(address + query)
        assert response.status_code == 200, query
        assert len(response.context["cl"].result_list) == rows, query
    row = Feedback.objects.first()
    assert row is not None
    assert staff.get(f"{address}{row.pk}/change/").status_code == 200
    assert staff.post(f"{address}{row.pk}/change/", {"comment": "x"}).status_code == 403
    assert staff.get(f"{address}add/").status_code == 403
    assert staff.post(f"{address}{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_number_of_queries_of_the_tab_does_not_depend_on_the_rows(
    staff: Client, routing: Routing, django_assert_max_num_queries: Any
) -> None:
    author = StaffFactory()

    def count() -> int:
        with django_assert_max_num_queries(100) as queries:
            staff.get(tab(routing))
        return len(queries)

    record_by_staff(routing=routing, author=author, said=FeedbackInput(reason_id=1), now=routing.created_at)
    first = count()
    for reason in (2, 3, 4, 5):
        record_by_staff(routing=routing, author=author, said=FeedbackInput(reason_id=reason), now=routing.created_at)
    assert count() == first
