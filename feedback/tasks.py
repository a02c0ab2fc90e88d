"""What the worker does for feedback in the background."""

from django.utils import timezone
from procrastinate.contrib.django import app

from distribution.services import file_runs
from feedback import services
from feedback.services.feedback_files import record_file


@app.periodic(cron="29 3 * * *")
@app.task(name="feedback.forget_answered_requests", queueing_lock="feedback.forget_answered_requests")
def forget_answered_requests(timestamp: int) -> int:
    """Remove idempotency keys that nobody will send again; gives how many there were."""
    return services.forget_answered_requests(now=timezone.now())


@app.task(name="feedback.record_feedback_file", queue="imports", retry=file_runs.RETRY)
def record_feedback_file(file_id: int) -> None:
    """Record the rows of a client's file that are not in yet."""
    record_file(file_id)
