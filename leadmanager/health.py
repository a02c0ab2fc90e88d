"""Is the process alive, and can it do its work?"""

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from distribution.queries import oldest_due_s


def alive(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the web process runs, whatever the database does."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers, 503 otherwise; tells how late the oldest delivery is, in seconds.

    A late delivery is no reason to send requests elsewhere, so it changes nothing but the number.
    """
    try:
        oldest = oldest_due_s()
    except DatabaseError:
        return JsonResponse({"status": "database unavailable"}, status=503, headers={"Retry-After": "5"})
    return JsonResponse({"status": "ok", "oldest_due_delivery_s": round(oldest, 1)})
