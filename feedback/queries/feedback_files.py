"""Files of feedback: a client's newest ones, and how its files' columns were matched last."""

from django.db.models import QuerySet

from accounts.models import User
from distribution.choices import ImportState
from feedback.models import FeedbackFile

SHOWN_FILES = 10


def feedback_files(client: User) -> QuerySet[FeedbackFile]:
    """Give a client's files, the newest first, without what is in them."""
    return FeedbackFile.objects.filter(client=client).select_related("created_by").defer("content")


def remembered_names(client: User) -> dict[str, str]:
    """Give {column: field} as they were matched in the client's files that were started, the newest last."""
    started = FeedbackFile.objects.filter(client=client).exclude(state=ImportState.MATCHING)
    newest = list(started.order_by("-created_at", "-id").values_list("matching", flat=True)[:SHOWN_FILES])
    return {column: field for matching in reversed(newest) for column, field in matching.items()}
