"""How the REST doors are described in the OpenAPI document. The examples are run as tests."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_view,
)
from rest_framework.serializers import Serializer

from feedback.api.serializers import (
    FeedbackAnswerSerializer,
    FeedbackInputSerializer,
    FeedbackSerializer,
    ProblemSerializer,
)

View = TypeVar("View")


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """The three ways to present a key, each enough by itself."""

    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = ["bearer", "apiKey", "basic"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        """Describe them in OpenAPI's terms."""
        return [
            {"type": "http", "scheme": "bearer"},
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            {"type": "http", "scheme": "basic", "description": "The key as user name or as password."},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        """Say that one of them is enough."""
        return [{scheme: []} for scheme in self.name]


EXAMPLES = {
    "By routing ID": {"RoutingId": "{routing_id}", "ReasonId": 2},
    "By routing number, with everything": {
        "RoutingNumber": "{routing_number}",
        "ReasonId": 4,
        "Comment": "נסגר בטלפון",
        "Amount": 1500.5,
        "OccurredAt": "2026-01-31T09:30:00+02:00",
        "ClientReference": "crm-8812",
    },
    "Several at once": [{"RoutingId": "{routing_id}", "ReasonId": 1}, {"RoutingId": "{routing_id}", "ReasonId": 3}],
}

_PROBLEM = {
    status: OpenApiResponse(ProblemSerializer, description=text)
    for status, text in {
        400: "Something in the request must be mended; `code` and `errors` say what.",
        401: "The key is missing or not valid.",
        404: "There is no such row, or it is not yours: the answer is the same.",
        412: "The repeatable request was first sent more than 7 days ago: nobody can tell whether it was answered.",
        413: "The body is larger than 1 MB (an array: 8 MB), or an array has more than 1,000 items.",
        422: "The idempotency key was used for another request.",
        429: "Too many requests of this key in a minute. Send the same again after `Retry-After` seconds.",
        503: "We cannot answer now. Send the same again after `Retry-After` seconds.",
    }.items()
}


_COUNTED = [200, 201, 400, 404, 412, 413, 422, 429]
_KEY_SCHEMA = {"type": "string", "pattern": "^[!#-~]{1,255}$"}


def _header(name: str, text: str, of: Any = str, *, response: list[int] | bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, of, OpenApiParameter.HEADER, description=text, response=response)


_REPETITION_HEADERS = [
    _header(
        "Idempotency-Key",
        "A name of your own for this request, 1 to 255 visible ASCII characters; double quotes round it are left out.",
        _KEY_SCHEMA,
    ),
    _header(
        "Repeatability-Request-ID",
        "The same by OASIS Repeatable Requests 1.0; needs Repeatability-First-Sent.",
        _KEY_SCHEMA,
    ),
    _header("Repeatability-First-Sent", "When the request was sent first, as an HTTP date."),
    _header(
        "Idempotency-Replayed",
        "`true`: this was answered before, and nothing was done again.",
        response=[200, 201, 400, 404],
    ),
    _header(
        "Repeatability-Result",
        "`accepted` or `rejected`, for a repeatable request.",
        response=[200, 201, 400, 404, 412, 413, 422],
    ),
]
_LIMIT_HEADERS = [
    _header("RateLimit", '`"key";r=9;t=51`: 9 requests are left, all are back in 51 seconds.', response=_COUNTED),
    _header("RateLimit-Policy", '`"key";q=6000;w=60`: 6,000 requests in 60 seconds.', response=_COUNTED),
    _header("RateLimit-Limit", "The same in single numbers: how many in a minute.", int, response=_COUNTED),
    _header("RateLimit-Remaining", "How many are left.", int, response=_COUNTED),
    _header("RateLimit-Reset", "After how many seconds all are back.", int, response=_COUNTED),
    _header("Retry-After", "After how many seconds to send the same again.", int, response=[429, 503]),
]


def _problems(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    return {(status, "application/problem+json"): _PROBLEM[status] for status in statuses}


def describe_list(tag: str, summary: str, row: type[Serializer[Any]]) -> Callable[[type[View]], type[View]]:
    """Describe the GET of a list view."""
    return extend_schema_view(
        get=extend_schema(
            tags=[tag],
            summary=summary,
            operation_id=f"{tag}_list",
            parameters=_LIMIT_HEADERS,
            responses={200: row(many=True), **_problems(400, 401, 429, 503)},
        )
    )


def describe_retrieve(tag: str, summary: str, row: type[Serializer[Any]]) -> Callable[[type[View]], type[View]]:
    """Describe the GET of one row."""
    return extend_schema_view(
        get=extend_schema(
            tags=[tag],
            summary=summary,
            description="What belongs to somebody else is answered 404 like what does not exist.",
            operation_id=f"{tag}_get",
            parameters=_LIMIT_HEADERS,
            responses={200: row, **_problems(401, 404, 429, 503)},
        )
    )


def describe_post(view: type[View]) -> type[View]:
    """Describe the POST of feedback."""
    view.post = extend_schema(  # type: ignore[attr-defined]
        tags=["feedback"],
        operation_id="feedback_post",
        summary="Say what became of a lead",
        description=(
            "One object, or an array of up to 1,000 with an answer per item. The routing ID came with the lead. "
            "Send again whenever you are not sure that it arrived: what was said before is answered 200, as it was. "
            "With an `Idempotency-Key` the same request is answered again as it was the first time, for 7 days."
        ),
        request={
            "application/json": PolymorphicProxySerializer(
                component_name="FeedbackInputOrArray",
                serializers=[FeedbackInputSerializer, FeedbackInputSerializer(many=True)],
                resource_type_field_name=None,
                many=False,
            )
        },
        examples=[OpenApiExample(name, value=value, request_only=True) for name, value in EXAMPLES.items()],
        responses={
            200: PolymorphicProxySerializer(
                component_name="FeedbackOrAnswers",
                serializers=[FeedbackSerializer, FeedbackAnswerSerializer(many=True)],
                resource_type_field_name=None,
                many=False,
            ),
            201: FeedbackSerializer,
            **_problems(400, 401, 404, 412, 413, 422, 429, 503),
        },
        parameters=[*_REPETITION_HEADERS, *_LIMIT_HEADERS],
    )(view.post)  # type: ignore[attr-defined]
    return view
