"""API OData: what is served, declared. The protocol is `feedback.odata`; this module is all it knows of us."""

from collections.abc import Mapping
from time import time as seconds_now

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import NullIf
from django.http import HttpRequest

from accounts.authentication import CHALLENGE, authenticate_headers, require_scope
from accounts.errors import InvalidKey, KeyRefused, ScopeMissing
from accounts.queries import Caller
from accounts.rate_limit import count_requests
from distribution.models import Routing
from feedback.api.base import TOO_MANY_REQUESTS
from feedback.api.odata_writes import amend, record_many, record_one
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
    edm,
    errors,
)

_FEEDBACK = "current_feedback__feedback__"


def principal_of(request: HttpRequest) -> Caller:
    """Give whose live key a request presents; without one the request goes no further."""
    try:
        return authenticate_headers(request.META)
    except InvalidKey as error:
        raise errors.Unauthorized(str(error), challenge=CHALLENGE, code=error.code) from None
    except KeyRefused as error:
        raise errors.Forbidden(str(error), code=error.code) from None


def authorize(context: Context, to_write: bool) -> None:
    """Refuse what the key may not do: read, or write feedback."""
    try:
        require_scope(context.principal, to_write=to_write)
    except ScopeMissing as error:
        raise errors.Forbidden(str(error), code=error.code) from None


def meter(context: Context, requests: int) -> Mapping[str, str]:
    """Count requests of the key; 429 beyond what it may ask for in a minute."""
    allowance = count_requests(context.principal.key_id, requests, now=seconds_now())
    if allowance is None:
        return {}
    if allowance.retry_after_s:
        raise errors.TooManyRequests(str(TOO_MANY_REQUESTS), code="too_many_requests", headers=allowance.headers())
    return allowance.headers()


def _routings(context: Context) -> QuerySet[Routing]:
    return Routing.objects.visible_to(context.principal.client_id)


def _feedbacks(context: Context) -> QuerySet[Feedback]:
    return Feedback.objects.filter(routing__client_id=context.principal.client_id, routing__visible_at__isnull=False)


def _reasons(context: Context) -> QuerySet[Reason]:
    return Reason.objects.used_by(context.principal.client_id)


def _is_current(context: Context, prefix: str) -> Combinable:
    is_current = Q(**{f"{prefix}routing__current_feedback__feedback_id": F(f"{prefix}id")})
    return ExpressionWrapper(is_current, output_field=BooleanField())


def _search(context: Context, word: str) -> Q:
    return Q(lead__name__icontains=word) | Q(lead__phone__icontains=word) | Q(lead__email__icontains=word)


# ---- the model ----


def _reason_id(path: str, access: Access, *, nullable: bool = True) -> Property:
    return Property(
        name="ReasonId",
        type=edm.INT32,
        path=path,
        nullable=nullable,
        required=False,
        access=access,
        description="The number of the feedback reason.",
    )


def _text(name: str, path: str, max_length: int, access: Access, description: str = "") -> Property:
    """A text that the client may leave out; the database keeps that as an empty one, the client reads null."""
    return Property(
        name=name,
        type=edm.STRING,
        expression=lambda context, prefix: NullIf(F(prefix + path), Value("")),
        max_length=max_length,
        access=access,
        description=description,
    )


def _said(prefix: str, access: Access) -> tuple[Property, ...]:
    """What a client may add to the reason, read through `prefix`."""
    return (
        _text("Comment", f"{prefix}comment", 2000, access),
        Property(name="Amount", type=edm.DECIMAL, path=f"{prefix}amount", precision=12, scale=2, access=access),
        Property(
            name="OccurredAt",
            type=edm.DATE_TIME_OFFSET,
            path=f"{prefix}occurred_at",
            precision=6,
            access=access,
            description="When it happened in your eyes; without it, on arrival.",
        ),
    )


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
        _reason_id(_FEEDBACK + "reason_id", Access.WRITABLE),
        *_said(_FEEDBACK, Access.WRITABLE),
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
        _reason_id("reason_id", Access.INSERTABLE, nullable=False),
        *_said("", Access.INSERTABLE),
        _text("ClientReference", "client_reference", 100, Access.INSERTABLE, "Your own id of this update."),
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
                is_repeatable=True,
                etag=ETag(
                    paths=("version", "lead__version", "current_feedback__version"),
                    salt=lambda context: context.language,
                ),
                search=_search,
            ),
            EntitySet(
                name="Feedbacks",
                type=FEEDBACK,
                queryset=_feedbacks,
                insert=record_one,
                insert_many=record_many,
                is_repeatable=True,
            ),
            EntitySet(name="Reasons", type=REASON, queryset=_reasons),
        ),
        plan_key=lambda context: context.principal.client_id,
    ),
    root="/odata/",
    authenticate=principal_of,
    meter=meter,
    authorize=authorize,
)
