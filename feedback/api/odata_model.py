"""API OData: what is served, declared. The protocol is `feedback.odata`; this module is all it knows of us."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest

from accounts.authentication import CHALLENGE, authenticate_headers
from accounts.errors import InvalidKey
from accounts.models import ApiKey
from distribution.models import Routing
from feedback.choices import Door
from feedback.errors import FeedbackError, FeedbackInvalid
from feedback.models import Feedback, Reason
from feedback.odata import (
    Access,
    Context,
    Declaration,
    EntitySet,
    EntityType,
    ETag,
    Navigation,
    ODataService,
    Property,
    Write,
    Written,
    edm,
    errors,
)
from feedback.services import FeedbackInput, FeedbackResult, amend_feedback, record_feedback

_FEEDBACK = "current_feedback__feedback__"


def principal_of(request: HttpRequest) -> ApiKey:
    """Give the live key that a request presents; without one the request goes no further."""
    try:
        return authenticate_headers(request.headers)
    except InvalidKey as error:
        raise errors.Unauthorized(str(error), challenge=CHALLENGE, code=error.code) from None


def _routings(context: Context) -> QuerySet[Routing]:
    return Routing.objects.visible_to(context.principal.client_id)


def _feedbacks(context: Context) -> QuerySet[Feedback]:
    return Feedback.objects.filter(routing__client_id=context.principal.client_id, routing__visible_at__isnull=False)


def _is_current(context: Context, prefix: str) -> Combinable:
    is_current = Q(**{f"{prefix}routing__current_feedback__feedback_id": F(f"{prefix}id")})
    return ExpressionWrapper(is_current, output_field=BooleanField())


def _search(context: Context, word: str) -> Q:
    return Q(lead__name__icontains=word) | Q(lead__phone__icontains=word) | Q(lead__email__icontains=word)


# ---- writing: one call of the service each ----


def record_one(write: Write) -> Written:
    """`POST Feedbacks`: record what the client says."""
    return _unwrapped(_record([write])[0])


def record_many(writes: Sequence[Write]) -> list[Written | errors.ODataError]:
    """Several `POST Feedbacks` of one atomic group: one call, an answer each."""
    return [_answer(result) for result in _record(writes)]


def amend(write: Write) -> Written:
    """`PATCH Routings(...)`: record what the client says now, as far as it differs from what it said last."""
    key: ApiKey = write.context.principal
    result = amend_feedback(
        client=key.client,
        routing_id=write.key.get("Id"),
        routing_number=write.key.get("Number"),
        changes={_ATTRIBUTES[name]: value for name, value in write.values.items()},
        door=Door.ODATA,
        api_key=key,
        now=write.context.now,
    )
    _unwrapped(result)
    return Written(key=write.key, created=False)


_ATTRIBUTES = {
    "RoutingId": "routing_id",
    "RoutingNumber": "routing_number",
    "ReasonId": "reason_id",
    "Comment": "comment",
    "Amount": "amount",
    "OccurredAt": "occurred_at",
    "ClientReference": "client_reference",
}


def _record(writes: Sequence[Write]) -> list[FeedbackResult]:
    context = writes[0].context
    key: ApiKey = context.principal
    return record_feedback(
        client=key.client,
        items=[_said(write) for write in writes],
        door=Door.ODATA,
        api_key=key,
        now=context.now,
    )


def _said(write: Write) -> FeedbackInput:
    given = {_ATTRIBUTES[name]: value for name, value in write.values.items() if value is not None}
    return FeedbackInput(**given)


def _answer(result: FeedbackResult) -> Written | errors.ODataError:
    if result.error is not None:
        return _translated(result.error)
    feedback = result.unwrap()
    values: dict[str, Any] = {name: getattr(feedback, attribute) for name, attribute in _ATTRIBUTES.items()}
    values |= {"Id": feedback.id, "ReceivedAt": feedback.received_at, "IsCurrent": feedback.is_current}
    return Written(key={"Id": feedback.id}, values=values, created=not result.is_duplicate)


def _unwrapped(result: FeedbackResult) -> Written:
    answer = _answer(result)
    if isinstance(answer, errors.ODataError):
        raise answer
    return answer


def _translated(error: FeedbackError) -> errors.ODataError:
    if isinstance(error, FeedbackInvalid):
        return errors.InvalidValue(str(error), code=error.code, target=str(error.field))
    return errors.NotFound(str(error), code=error.code)


# ---- the model ----

_SAID = {
    "ReasonId": {"type": edm.INT32, "description": "The number of the feedback reason."},
    "Comment": {"type": edm.STRING, "max_length": 2000},
    "Amount": {"type": edm.DECIMAL, "precision": 12, "scale": 2},
    "OccurredAt": {"type": edm.DATE_TIME_OFFSET, "precision": 6, "description": "When it happened; else on arrival."},
}

ROUTING = EntityType(
    name="Routing",
    description="One lead given to you, with what you said about it last.",
    key=("Id",),
    alternate_keys=(("Number",),),
    properties=(
        Property(name="Id", type=edm.GUID, path="id", nullable=False, access=Access.COMPUTED),
        Property(name="Number", type=edm.INT32, path="number", nullable=False, access=Access.COMPUTED),
        Property(name="LeadName", type=edm.STRING, path="lead__name", max_length=200),
        Property(name="Phone", type=edm.STRING, path="lead__phone", max_length=40),
        Property(name="Email", type=edm.STRING, path="lead__email", max_length=254),
        Property(name="City", type=edm.STRING, path="lead__city", max_length=100),
        Property(name="SourceName", type=edm.STRING, path="lead__source__name", max_length=100),
        Property(name="ClientReference", type=edm.STRING, path="client_reference", max_length=100),
        Property(name="RoutedAt", type=edm.DATE_TIME_OFFSET, path="created_at", precision=6, nullable=False),
        Property(name="DeliveredAt", type=edm.DATE_TIME_OFFSET, path="delivered_at", precision=6),
        Property(name="ReasonId", path=_FEEDBACK + "reason_id", access=Access.WRITABLE, **_SAID["ReasonId"]),
        Property(name="Comment", path=_FEEDBACK + "comment", access=Access.WRITABLE, **_SAID["Comment"]),
        Property(name="Amount", path=_FEEDBACK + "amount", access=Access.WRITABLE, **_SAID["Amount"]),
        Property(name="OccurredAt", path=_FEEDBACK + "occurred_at", access=Access.WRITABLE, **_SAID["OccurredAt"]),
        Property(
            name="FeedbackAt",
            type=edm.DATE_TIME_OFFSET,
            path=_FEEDBACK + "received_at",
            precision=6,
            access=Access.COMPUTED,
        ),
    ),
    navigation=(
        Navigation(name="Reason", target="Reasons", path=_FEEDBACK + "reason", foreign_key=(("ReasonId", "Id"),)),
        Navigation(name="Feedbacks", target="Feedbacks", collection=True, back="routing", partner="Routing"),
    ),
)

FEEDBACK = EntityType(
    name="Feedback",
    description="One thing that you said about one routing. Feedback is only added.",
    key=("Id",),
    properties=(
        Property(name="Id", type=edm.GUID, path="id", nullable=False, access=Access.COMPUTED),
        Property(
            name="RoutingId",
            type=edm.GUID,
            path="routing_id",
            nullable=False,
            required=False,
            access=Access.INSERTABLE,
            description="The routing ID that came with the lead; RoutingNumber does as well.",
        ),
        Property(
            name="RoutingNumber",
            type=edm.INT32,
            path="routing__number",
            nullable=False,
            required=False,
            access=Access.INSERTABLE,
        ),
        Property(
            name="ReasonId",
            path="reason_id",
            nullable=False,
            required=False,
            access=Access.INSERTABLE,
            **_SAID["ReasonId"],
        ),
        Property(name="Comment", path="comment", access=Access.INSERTABLE, **_SAID["Comment"]),
        Property(name="Amount", path="amount", access=Access.INSERTABLE, **_SAID["Amount"]),
        Property(name="OccurredAt", path="occurred_at", access=Access.INSERTABLE, **_SAID["OccurredAt"]),
        Property(
            name="ClientReference",
            type=edm.STRING,
            path="client_reference",
            max_length=100,
            access=Access.INSERTABLE,
            description="Your own id of this update.",
        ),
        Property(
            name="ReceivedAt",
            type=edm.DATE_TIME_OFFSET,
            path="received_at",
            precision=6,
            nullable=False,
            access=Access.COMPUTED,
        ),
        Property(name="IsCurrent", type=edm.BOOLEAN, expression=_is_current, nullable=False, access=Access.COMPUTED),
    ),
    navigation=(
        Navigation(
            name="Routing",
            target="Routings",
            path="routing",
            nullable=False,
            foreign_key=(("RoutingId", "Id"),),
            partner="Feedbacks",
        ),
        Navigation(name="Reason", target="Reasons", path="reason", nullable=False, foreign_key=(("ReasonId", "Id"),)),
    ),
)

REASON = EntityType(
    name="Reason",
    description="A numbered feedback reason; the number never changes.",
    key=("Id",),
    properties=(
        Property(name="Id", type=edm.INT32, path="id", nullable=False),
        Property(
            name="Name",
            type=edm.STRING,
            path=lambda context: "name_en" if context.language == "en" else "name_he",
            nullable=False,
            max_length=200,
            description="In the language of Accept-Language.",
        ),
        Property(name="NameHe", type=edm.STRING, path="name_he", nullable=False, max_length=200),
        Property(name="NameEn", type=edm.STRING, path="name_en", nullable=False, max_length=200),
        Property(name="Kind", type=edm.STRING, path="kind", nullable=False, max_length=40),
        Property(name="IsActive", type=edm.BOOLEAN, path="is_active", nullable=False),
        Property(name="IsCommentRequired", type=edm.BOOLEAN, path="is_comment_required", nullable=False),
    ),
)

SERVICE = ODataService(
    declaration=Declaration(
        namespace="LeadManager",
        description="API OData of Lead Manager: the leads given to you, and what became of them.",
        sets=(
            EntitySet(
                name="Routings",
                type=ROUTING,
                queryset=_routings,
                update=amend,
                etag=ETag(
                    paths=("version", "lead__version", "current_feedback__version"),
                    salt=lambda context: context.language,
                ),
                search=_search,
            ),
            EntitySet(name="Feedbacks", type=FEEDBACK, queryset=_feedbacks, insert=record_one, insert_many=record_many),
            EntitySet(name="Reasons", type=REASON, queryset=lambda context: Reason.objects.all()),
        ),
    ),
    root="/odata/",
    authenticate=principal_of,
)
