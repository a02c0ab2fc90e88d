"""What the worker does for feedback in the background."""

from django.utils import timezone
from procrastinate.contrib.django import app

from distribution.services import file_runs
from feedback import services
from feedback.services.feedback_files import record_file
from feedback.services.report_counts import count_days
from feedback.services.report_mails import mail_due_reports


@app.periodic(cron="29 3 * * *")
@app.task(name="feedback.forget_answered_requests", queueing_lock="feedback.forget_answered_requests")
def forget_answered_requests(timestamp: int) -> int:
    """Remove idempotency keys that nobody will send again; gives how many there were."""
    return services.forget_answered_requests(now=timezone.now())


@app.task(name="feedback.record_feedback_file", queue="imports", retry=file_runs.RETRY)
def record_feedback_file(file_id: int) -> None:
    """Record the rows of a client's file that are not in yet."""
    record_file(file_id)


@app.periodic(cron="*/10 * * * *")
@app.task(name="feedback.count_days", queueing_lock="feedback.count_days")
def count_recent_days(timestamp: int) -> int:
    """Count the days that closed, and those in which something moved; gives how many."""
    return count_days(now=timezone.now())


@app.periodic(cron="23 2 * * *")
@app.task(name="feedback.count_days_nightly", queueing_lock="feedback.count_days_nightly")
def count_days_nightly(timestamp: int) -> int:
    """Count all days anew in which something may have moved; gives how many."""
    return count_days(now=timezone.now(), nightly=True)


@app.periodic(cron="*/15 * * * *")
@app.task(name="feedback.mail_reports", queueing_lock="feedback.mail_reports")
def mail_reports(timestamp: int) -> int:
    """Mail the reports that are due; gives how many mails were queued."""
    return mail_due_reports(now=timezone.now())
