"""The REST doors: routings, feedback, reasons."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from distribution.models import Routing
from feedback.api.base import ClientView
from feedback.api.feedback_fields import feedback_json, read_feedback
from feedback.api.filters import FeedbackFilter, ReasonFilter, RoutingFilter
from feedback.api.paging import KnownParameters, NamedOrdering, Pages
from feedback.api.problems import FeedbackProblem, problem_json, status_of
from feedback.api.request_headers import repeatability_result, request_key
from feedback.api.schema import describe_list, describe_post, describe_retrieve
from feedback.api.serializers import FeedbackSerializer, ReasonSerializer, RoutingSerializer
from feedback.choices import Door
from feedback.errors import FeedbackError
from feedback.models import Feedback, Reason
from feedback.queries import feedback_of_client, routings_of_client
from feedback.rules.feedback_input import FeedbackInput
from feedback.services import FeedbackResult, RequestKey, record_feedback

LARGEST_ARRAY = 1000


class TooManyItems(APIException):
    """An array beyond the bound."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_many_items"
    default_detail = _("An array may have 1,000 items. Send the rest in another one.")


class _ListView(ListModelMixin, ClientView):
    """A list of the client's rows: filtered, ordered, a page at a time."""

    filter_backends = [KnownParameters, DjangoFilterBackend, NamedOrdering]
    pagination_class = Pages
    ordering_names: dict[str, str] = {}
    default_ordering = ""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page."""
        return self.list(request, *args, **kwargs)


class _RowView(RetrieveModelMixin, ClientView):
    """One of the client's rows."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give the row; 404 when the client has no such row."""
        return self.retrieve(request, *args, **kwargs)


@describe_list("routings", "List the leads that were given to you", RoutingSerializer)
class RoutingListView(_ListView):
    """`GET /api/v1/routings/`."""

    serializer_class = RoutingSerializer
    queryset = Routing.objects.none()
    filterset_class = RoutingFilter
    ordering_names = {"RoutedAt": "created_at", "Number": "number"}
    default_ordering = "-RoutedAt"

    def get_queryset(self) -> QuerySet[Any]:
        """Give what the client sees."""
        return routings_of_client(self.caller.client_id)


@describe_retrieve("routings", "Get one routing", RoutingSerializer)
class RoutingView(_RowView):
    """`GET /api/v1/routings/<routing ID>/`."""

    serializer_class = RoutingSerializer
    queryset = Routing.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        """Give what the client sees."""
        return routings_of_client(self.caller.client_id)


@describe_list("feedback", "List the feedback that you gave", FeedbackSerializer)
@describe_post
class FeedbackListView(_ListView):
    """`GET` and `POST /api/v1/feedback/`."""

    serializer_class = FeedbackSerializer
    queryset = Feedback.objects.none()
    filterset_class = FeedbackFilter
    ordering_names = {"ReceivedAt": "received_at"}
    default_ordering = "-ReceivedAt"

    def get_queryset(self) -> QuerySet[Any]:
        """Give what the client said."""
        return feedback_of_client(self.caller.client_id)

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Record one feedback, or each of an array; what was said before is answered 200, as it was."""
        body = request.data
        try:
            if isinstance(body, list):
                if len(body) > LARGEST_ARRAY:
                    raise TooManyItems
                read = [_read(item) for item in body]
                return Response([_answer(result) for result in self._record(read, request_key(request, body))])
            (result,) = self._record([read_feedback(body)], request_key(request, body))
            return Response(feedback_json(result.unwrap()), status=_status(result))
        except FeedbackError as error:
            raise FeedbackProblem(error) from None

    def _record(
        self, read: Sequence[FeedbackInput | FeedbackResult], key: RequestKey | None
    ) -> Sequence[FeedbackResult]:
        results = record_feedback(
            client_id=self.caller.client_id,
            items=[one for one in read if isinstance(one, FeedbackInput)],
            door=Door.REST,
            api_key_id=self.caller.key_id,
            now=timezone.now(),
            request=key,
        )
        if any(result.is_replayed for result in results):
            self.answer_headers["Idempotency-Replayed"] = "true"
        recorded = iter(results)
        return [next(recorded) if isinstance(one, FeedbackInput) else one for one in read]

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Say what became of a promise of repeatability."""
        if request.method == "POST":
            self.answer_headers |= repeatability_result(request, response)
        return super().finalize_response(request, response, *args, **kwargs)


@describe_retrieve("feedback", "Get one feedback", FeedbackSerializer)
class FeedbackView(_RowView):
    """`GET /api/v1/feedback/<id>/`."""

    serializer_class = FeedbackSerializer
    queryset = Feedback.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        """Give what the client said."""
        return feedback_of_client(self.caller.client_id)


@describe_list("reasons", "List the feedback reasons", ReasonSerializer)
class ReasonListView(_ListView):
    """`GET /api/v1/reasons/`."""

    serializer_class = ReasonSerializer
    filterset_class = ReasonFilter
    queryset = Reason.objects.none()
    ordering_names = {"Order": "position", "Id": "id"}
    default_ordering = "Order"

    def get_queryset(self) -> QuerySet[Any]:
        """Give the reasons that the client uses."""
        return Reason.objects.used_by(self.caller.client_id)


@describe_retrieve("reasons", "Get one feedback reason", ReasonSerializer)
class ReasonView(_RowView):
    """`GET /api/v1/reasons/<number>/`."""

    serializer_class = ReasonSerializer
    queryset = Reason.objects.all()


def _read(body: Any) -> FeedbackInput | FeedbackResult:
    try:
        return read_feedback(body)
    except FeedbackError as error:
        return FeedbackResult(error=error)


def _status(result: FeedbackResult) -> int:
    return status.HTTP_200_OK if result.is_duplicate else status.HTTP_201_CREATED


def _answer(result: FeedbackResult) -> dict[str, Any]:
    if result.error is not None:
        return {"Status": status_of(result.error), "Problem": problem_json(result.error)}
    return {"Status": _status(result), "Feedback": feedback_json(result.unwrap())}
