"""`POST /api/v1/leads/`: leads come in."""

import logging
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from distribution.api.bodies import Body, BodyRefused, read_body
from distribution.api.problems import problem, problem_document, refusal_document, unavailable
from distribution.api.schema import INTAKE, INTAKE_BY_ADDRESS
from distribution.errors import InvalidIntakeToken, SourceInactive
from distribution.services import intake

logger = logging.getLogger(__name__)

CHALLENGE = 'Bearer realm="Lead Manager intake"'
Result = tuple[HTTPStatus, dict[str, Any]]


@csrf_exempt
def receive_leads(request: HttpRequest, token: str = "") -> HttpResponse:
    """Take in what is posted, and answer so that the sender knows what to repeat.

    201 new, 200 here already (or Google, which knows no other success), 207 an array of which some were refused;
    400 and 413 the sender's mistake, 401 no such token, 503 with Retry-After ours.
    """
    if request.method != "POST":
        return problem(
            HTTPStatus.METHOD_NOT_ALLOWED,
            code="method_not_allowed",
            detail=_("Leads are sent by POST."),
            headers={"Allow": "POST"},
        )
    try:
        if presented := token or _header_token(request):
            source = intake.source_of_token(presented)
            body = read_body(request)
        else:
            body = read_body(request)
            source = intake.source_of_token(_inner_token(body))
        postings = [posting for posting in body.postings if posting is not None]
        outcomes = iter(intake.take_postings(postings, source=source, now=timezone.now()))
    except BodyRefused as refused:
        return problem(refused.status, code=refused.code, detail=refused.detail)
    except InvalidIntakeToken as error:
        return problem(
            HTTPStatus.UNAUTHORIZED, code=error.code, detail=str(error), headers={"WWW-Authenticate": CHALLENGE}
        )
    except SourceInactive as error:
        return problem(HTTPStatus.FORBIDDEN, code=error.code, detail=str(error))
    except (OperationalError, InterfaceError, InternalError) as error:
        # Its name alone: PostgreSQL's own words can hold personal data.
        logger.error("Leads were not taken in: %s", type(error.__cause__ or error).__name__)  # noqa: TRY400
        return unavailable()
    results: list[Result] = [
        _result(next(outcomes)) if posting is not None else _no_object() for posting in body.postings
    ]
    if body.is_array:
        return JsonResponse([document for _status, document in results], safe=False, status=_overall(results))
    status, document = results[0]
    if status == HTTPStatus.BAD_REQUEST:
        return JsonResponse(document, status=status, content_type="application/problem+json")
    is_google = body.postings[0] is not None and body.postings[0].is_google
    return JsonResponse(document, status=HTTPStatus.OK if is_google else status)


def _header_token(request: HttpRequest) -> str:
    if direct := request.headers.get("X-Source-Token", "").strip():
        return direct
    scheme, _space, credentials = request.headers.get("Authorization", "").strip().partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else ""


def _inner_token(body: Body) -> str:
    """Give the token that Google's form sends inside its body."""
    first = body.postings[0]
    return first.token if first is not None and not body.is_array else ""


def _result(outcome: intake.Outcome) -> Result:
    if outcome.refusals:
        return HTTPStatus.BAD_REQUEST, refusal_document(outcome.refusals)
    status = HTTPStatus.CREATED if outcome.is_new else HTTPStatus.OK
    return status, {"id": outcome.lead_id, "created": outcome.is_new}


def _no_object() -> Result:
    status = HTTPStatus.BAD_REQUEST
    return status, problem_document(status, code="malformed", detail=_("This item of the array is no JSON object."))


def _overall(results: list[Result]) -> HTTPStatus:
    statuses = {status for status, _document in results}
    if HTTPStatus.BAD_REQUEST in statuses:
        return HTTPStatus.MULTI_STATUS
    return HTTPStatus.CREATED if statuses == {HTTPStatus.CREATED} else HTTPStatus.OK


class LeadIntake(APIView):
    """The intake as the API's description knows it.

    DRF's own way through a request is passed by: it would choose a parser by Content-Type alone, and costs as much
    as the rest of the intake.
    """

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []

    def dispatch(self, request: HttpRequest, token: str = "") -> HttpResponse:
        """Go straight to `receive_leads`."""
        return receive_leads(request, token)

    @extend_schema(**INTAKE)
    def post(self, request: HttpRequest) -> HttpResponse:
        """Describe what `dispatch` does."""
        return receive_leads(request)


class LeadIntakeByAddress(LeadIntake):
    """The same with the token in the address, for forms that can set no header."""

    @extend_schema(**INTAKE_BY_ADDRESS)
    def post(self, request: HttpRequest, token: str) -> HttpResponse:  # type: ignore[override]
        """Describe what `dispatch` does."""
        return receive_leads(request, token)
