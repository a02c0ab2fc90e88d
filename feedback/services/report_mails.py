"""Mailing reports to staff: each due day once, in the reader's language, to those who may see reports."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from accounts.mail.sending import queue
from accounts.mail.writing import absolute_url, write_mail
from accounts.models import User
from feedback.choices import VIEW_REPORT, MailedPeriod, ReportKind, Rhythm
from feedback.documents.reports import make_report, report_address
from feedback.models import ScheduledReport
from feedback.rules.periods import Period, agency_zone, day_of, due_day, mailed_period

# By then the night's counting is over.
EARLIEST_HOUR = 6


def schedule(report: ScheduledReport, *, by: User | None, now: datetime) -> None:
    """Keep a new schedule; its first mail comes on the next day that is due."""
    report.created_by = by
    report.sent_for = due_day(Rhythm(report.rhythm), day_of(now))
    report.save()


def mail_due_reports(*, now: datetime) -> int:
    """Queue the mails of every schedule that is due; gives how many there are.

    What was due while no worker ran is made up for once, by the last day that was due.
    """
    if now.astimezone(agency_zone()).hour < EARLIEST_HOUR:
        return 0
    today, queued = day_of(now), 0
    for key in ScheduledReport.objects.filter(is_active=True, sent_for__lt=today).values_list("pk", flat=True):
        with transaction.atomic():
            report = ScheduledReport.objects.select_for_update(skip_locked=True).filter(pk=key, is_active=True).first()
            if report is None:
                continue
            due = due_day(Rhythm(report.rhythm), today)
            if report.sent_for < due:
                report.sent_for = due
                report.save(update_fields=["sent_for"])
                queued += _queue(report, mailed_period(MailedPeriod(report.period), due))
    return queued


def mail_now(report: ScheduledReport, *, now: datetime) -> int:
    """Queue a schedule's mails as if it were due today; gives how many there are."""
    with transaction.atomic():
        return _queue(report, mailed_period(MailedPeriod(report.period), day_of(now)))


def readers(report: ScheduledReport) -> Iterable[User]:
    """Give the recipients who still work here, may see reports and have an address."""
    staff = report.recipients.filter(is_active=True).exclude(email="")
    return [user for user in staff if user.is_staff and user.has_perm(VIEW_REPORT)]


def _queue(report: ScheduledReport, period: Period) -> int:
    recipients = list(readers(report))
    for user in recipients:
        with translation.override(user.language):
            context = _context(ReportKind(report.report), period)
        queue(write_mail(reader=user, template="feedback/mail/report", context=context))
    return len(recipients)


def _context(kind: ReportKind, period: Period) -> dict[str, Any]:
    made = make_report(kind, period)
    days = f"{date_format(period.first, 'SHORT_DATE_FORMAT')}\u2013{date_format(period.last, 'SHORT_DATE_FORMAT')}"
    return {
        # The days one by one are the chart's, which a mail has none of.
        "tables": [table for table in made.tables if table.slug != "days"],
        "name": str(kind.label),
        "days": f"\u2066{days}\u2069",
        "url": absolute_url(report_address(kind, period)),
        "schedules_url": absolute_url(reverse("admin:feedback_scheduledreport_changelist")),
    }
