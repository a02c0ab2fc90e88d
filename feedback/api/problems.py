"""Feedback's errors as problem documents (RFC 9457)."""

from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException

from feedback.errors import FeedbackError, FeedbackInvalid, KeyUsedDifferently, RequestTooOld, RoutingNotFound

_STATUSES = {
    RoutingNotFound: status.HTTP_404_NOT_FOUND,
    KeyUsedDifferently: status.HTTP_422_UNPROCESSABLE_ENTITY,
    RequestTooOld: status.HTTP_412_PRECONDITION_FAILED,
}


class FeedbackProblem(APIException):
    """An error of the domain on its way to `leadmanager.problems`."""

    def __init__(self, error: FeedbackError) -> None:
        super().__init__(detail=str(error), code=error.code)
        self.status_code = status_of(error)
        if isinstance(error, FeedbackInvalid) and error.field:
            self.members = {"errors": [{"field": str(error.field), "code": error.code, "detail": str(error)}]}


def status_of(error: FeedbackError) -> int:
    """Give the HTTP status that an error has at this door."""
    return next((code for kind, code in _STATUSES.items() if isinstance(error, kind)), status.HTTP_400_BAD_REQUEST)


def problem_json(error: FeedbackError) -> dict[str, Any]:
    """Give the error as a member of an answer that has many."""
    problem = {"status": status_of(error), "code": error.code, "detail": str(error)}
    if error.field:
        problem["field"] = str(error.field)
    return problem
