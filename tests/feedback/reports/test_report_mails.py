"""Mailed reports: on their day, once, to those who may see them, in their language."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.mail.sending import SEND_MAIL
from accounts.tasks import send_mail
from feedback.choices import MailedPeriod, ReportKind, Rhythm
from feedback.models import ScheduledReport
from feedback.rules.periods import Period, due_day, mailed_period
from feedback.services.report_mails import mail_due_reports, schedule
from tests.factories import StaffFactory
from tests.feedback.reports.conftest import Agency, staff_with

pytestmark = pytest.mark.django_db

LIST = reverse("admin:feedback_scheduledreport_changelist")
ADD = reverse("admin:feedback_scheduledreport_add")
# Wednesday, 28 October; the first of November 2026 is a Sunday.
BEFORE = datetime(2026, 10, 28, 12, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def mails_sent() -> list[mail.EmailMessage]:
    """Do what the worker does with the queued mails, and give those sent by it."""
    mail.outbox.clear()
    for job in ProcrastinateJob.objects.filter(task_name=SEND_MAIL, status="todo").order_by("id"):
        send_mail(**job.args)
    return list(mail.outbox)


def scheduled(report: ReportKind, period: MailedPeriod, rhythm: Rhythm, *recipients: object) -> ScheduledReport:
    made = ScheduledReport(report=report, period=period, rhythm=rhythm)
    schedule(made, by=None, now=BEFORE)
    made.recipients.set(recipients)
    return made


@pytest.mark.parametrize(
    ("rhythm", "today", "due"),
    [
        (Rhythm.WEEKLY, date(2026, 10, 31), date(2026, 10, 25)),
        (Rhythm.WEEKLY, date(2026, 11, 1), date(2026, 11, 1)),
        (Rhythm.MONTHLY, date(2026, 10, 31), date(2026, 10, 1)),
        (Rhythm.MONTHLY, date(2026, 11, 1), date(2026, 11, 1)),
    ],
)
def test_the_day_that_is_due(rhythm: Rhythm, today: date, due: date) -> None:
    assert due_day(rhythm, today) == due


@pytest.mark.parametrize(
    ("period", "found"),
    [
        (MailedPeriod.LAST_WEEK, Period(date(2026, 12, 27), date(2027, 1, 2))),
        (MailedPeriod.LAST_MONTH, Period(date(2026, 12, 1), date(2026, 12, 31))),
        (MailedPeriod.LAST_30_DAYS, Period(date(2026, 12, 4), date(2027, 1, 2))),
    ],
)
def test_what_a_mailed_report_looks_back_at(period: MailedPeriod, found: Period) -> None:
    assert mailed_period(period, date(2027, 1, 3)) == found


def test_each_reader_gets_the_report_once_in_their_language(october: Agency) -> None:
    noa = StaffFactory(email="noa@agency.example", language="en")
    dana = StaffFactory(email="dana@agency.example", language="he")
    scheduled(ReportKind.MONTH, MailedPeriod.LAST_MONTH, Rhythm.MONTHLY, noa, dana)
    assert mail_due_reports(now=BEFORE + timedelta(hours=1)) == 0
    assert mail_due_reports(now=SUNDAY - timedelta(hours=5)) == 0  # five in the morning

    assert mail_due_reports(now=SUNDAY) == 2
    assert mail_due_reports(now=SUNDAY + timedelta(hours=1)) == 0

    english, hebrew = sorted(mails_sent(), key=lambda sent: sent.to, reverse=True)
    assert english.to == ["noa@agency.example"]
    assert english.subject == "Report: Monthly count, \u206601/10/2026\u201331/10/2026\u2069"
    text = str(english.body)
    assert "* North – Accepted: 5, Deducted: invalid: 1, Deducted: repeats: 1, Counted: 3" in text
    assert "* Total – Accepted: 6, Deducted: invalid: 1, Deducted: repeats: 1, Counted: 4" in text
    assert "/admin/reports/month/?month=2026-10" in text
    assert "ספירה חודשית" in hebrew.subject
    assert 'dir="rtl"' in str(hebrew.alternatives[0][0])  # type: ignore[attr-defined]


def test_who_may_not_see_reports_gets_none(october: Agency) -> None:
    allowed = StaffFactory(email="a@agency.example", is_superuser=False)
    allowed.user_permissions.add(Permission.objects.get(codename="view_report"))
    others = [
        StaffFactory(email="b@agency.example", is_superuser=False),
        StaffFactory(email="c@agency.example", is_active=False),
        StaffFactory(email=""),
    ]
    scheduled(ReportKind.FUNNEL, MailedPeriod.LAST_WEEK, Rhythm.WEEKLY, allowed, *others)
    scheduled(ReportKind.OVERVIEW, MailedPeriod.LAST_30_DAYS, Rhythm.WEEKLY, others[0])

    assert mail_due_reports(now=SUNDAY) == 1
    assert [sent.to for sent in mails_sent()] == [["a@agency.example"]]


def test_staff_make_a_schedule_and_send_it_at_once(staff: Client, october: Agency) -> None:
    reader = StaffFactory(email="noa@agency.example", language="en")
    assert "No report is mailed yet" in staff.get(LIST).content.decode()
    posted = {"report": "overview", "period": "last_30_days", "rhythm": "weekly", "recipients": [reader.pk]}

    assert staff.post(ADD, posted | {"is_active": "on"}).status_code == 302

    made = ScheduledReport.objects.get()
    assert (made.report, made.created_by is not None, list(made.recipients.all())) == ("overview", True, [reader])
    answer = staff.post(LIST, {"action": "send_now", "_selected_action": [made.pk]}, follow=True)
    assert "1 mail is on its way." in answer.content.decode()
    (sent,) = mails_sent()
    assert "By source" in str(sent.body)
    ScheduledReport.objects.get().recipients.clear()
    answer = staff.post(LIST, {"action": "send_now", "_selected_action": [made.pk]}, follow=True)
    assert "Nobody was mailed" in answer.content.decode()


def test_a_monthly_count_is_of_a_month(staff: Client) -> None:
    reader = StaffFactory(email="noa@agency.example")
    posted = {"report": "month", "period": "last_week", "rhythm": "weekly", "recipients": [reader.pk]}
    answer = staff.post(ADD, posted)
    assert "choose “the month before” as its period" in answer.content.decode()
    assert not ScheduledReport.objects.exists()


def test_who_may_see_schedules() -> None:
    assert staff_with("view_report").get(LIST).status_code == 403
    assert staff_with("view_scheduledreport").get(LIST).status_code == 200
    assert LIST not in staff_with("view_report").get(reverse("admin:reports")).content.decode()
