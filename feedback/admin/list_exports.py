"""The columns that feedback and a client's routings have in a file."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import OuterRef, QuerySet, Subquery, TextField
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.models import User
from distribution.admin.exported_lists import changelist_rows
from distribution.admin.list_exports import phone_column, yes_no
from distribution.choices import DeliveryState
from distribution.errors import ListNotReadable
from distribution.list_exports import Column, ListExport, register
from distribution.models import Delivery, Routing
from feedback.admin.client_filter_forms import FeedbackFilterForm, RoutingFilterForm
from feedback.choices import Door
from feedback.models import Feedback
from feedback.queries import feedback_of_client_for_staff
from feedback.queries.client_filters import ClientFilter, narrow_feedback, narrow_routings
from feedback.queries.client_routings import routings_of


def client_of(query: QueryDict) -> User:
    """Give the client that a query string names; raises `ListNotReadable`."""
    number = query.get("client", "")
    client = User.objects.clients().filter(pk=number).first() if number.isdecimal() and len(number) < 10 else None
    if client is None:
        raise ListNotReadable
    return client


def _client_feedback(user: User, query: str) -> QuerySet[Feedback]:
    asked = QueryDict(query)
    return narrow_feedback(feedback_of_client_for_staff(client_of(asked)), _chosen(FeedbackFilterForm(asked)))


def _routings(user: User, query: str) -> QuerySet[Routing]:
    asked = QueryDict(query)
    return narrow_routings(routings_of(client_of(asked)), _chosen(RoutingFilterForm(asked)))


def _chosen(form: FeedbackFilterForm) -> ClientFilter:
    chosen = form.chosen()
    if chosen is None:
        raise ListNotReadable
    return chosen


def _reason_name(path: str) -> str:
    return f"{path}name_en" if get_language() == "en" else f"{path}name_he"


def _feedback_columns() -> Sequence[Column]:
    doors = {door.value: str(door.label) for door in Door}
    return [
        Column(label=_("received"), source="received_at"),
        Column(label=_("client"), source="routing__client__name"),
        Column(label=_("name"), source="routing__lead__name"),
        phone_column("routing__lead__"),
        Column(label=_("routing number"), source="routing__number"),
        Column(label=_("routing ID"), source="routing_id"),
        Column(label=_("reason ID"), source="reason_id"),
        Column(label=_("feedback reason"), source=_reason_name("reason__")),
        Column(label=_("comment"), source="comment"),
        Column(label=_("amount"), source="amount"),
        Column(label=_("happened"), source="occurred_at"),
        Column(label=_("client's reference"), source="client_reference"),
        Column(label=_("came through"), source="door", text=doors.__getitem__),
        Column(label=_("current"), source="is_current", text=yes_no),
    ]


def _routing_columns() -> Sequence[Column]:
    deliveries = Delivery.objects.filter(routing=OuterRef("pk")).order_by().values("routing")
    states = deliveries.annotate(states=StringAgg("state", ",", order_by="created_at")).values("states")
    said = "current_feedback__feedback__"
    return [
        Column(label=_("routing number"), source="number"),
        Column(label=_("routing ID"), source="pk"),
        Column(label=_("client"), source="client__name"),
        Column(label=_("name"), source="lead__name"),
        phone_column("lead__"),
        Column(label=_("e-mail"), source="lead__email"),
        Column(label=_("source"), source="lead__source__name"),
        Column(label=_("routed"), source="created_at"),
        Column(label=_("delivery"), source=Subquery(states, output_field=TextField()), text=_states),
        Column(label=_("client's reference"), source="client_reference"),
        Column(label=_("reason ID"), source=f"{said}reason_id"),
        Column(label=_("feedback reason"), source=_reason_name(f"{said}reason__")),
        Column(label=_("comment"), source=f"{said}comment"),
        Column(label=_("amount"), source=f"{said}amount"),
        Column(label=_("feedback received"), source=f"{said}received_at"),
    ]


def _states(values: Any) -> str:
    return "; ".join(str(DeliveryState(value).label) for value in values.split(",")) if values else ""


register(
    ListExport(
        slug="feedback",
        label=gettext_lazy("Feedback"),
        permission="feedback.view_feedback",
        find=changelist_rows(Feedback),
        columns=_feedback_columns,
    )
)
register(
    ListExport(
        slug="client-feedback",
        label=gettext_lazy("A client's feedback"),
        permission="feedback.view_feedback",
        find=_client_feedback,
        columns=_feedback_columns,
    )
)
register(
    ListExport(
        slug="routings",
        label=gettext_lazy("A client's routings"),
        permission="distribution.view_routing",
        find=_routings,
        columns=_routing_columns,
    )
)
register(
    ListExport(
        slug="all-routings",
        label=gettext_lazy("Routings"),
        permission="distribution.view_routing",
        find=changelist_rows(Routing),
        columns=_routing_columns,
    )
)
