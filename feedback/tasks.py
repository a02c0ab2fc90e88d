"""What the worker does for feedback in the background."""

from django.utils import timezone
from procrastinate.contrib.django import app

from feedback import services


@app.periodic(cron="29 3 * * *")
@app.task(name="feedback.forget_answered_requests", queueing_lock="feedback.forget_answered_requests")
def forget_answered_requests(timestamp: int) -> int:
    """Remove idempotency keys that nobody will send again; gives how many there were."""
    return services.forget_answered_requests(now=timezone.now())
