"""The columns that leads and deliveries have in a file."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import F, OuterRef, Subquery, TextField, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from distribution.admin.exported_lists import changelist_rows
from distribution.choices import DeliveryState, Origin
from distribution.list_exports import Column, ListExport, register
from distribution.models import Delivery, Lead, Routing
from distribution.rules import phones
from distribution.rules.outcome import explain


def phone_column(path: str = "") -> Column:
    """Give the column of a lead's phone, as people write it."""
    number = Coalesce(NullIf(F(f"{path}phone_normalized"), Value("")), F(f"{path}phone"))
    return Column(label=_("phone"), source=number, text=phones.dashed)


def yes_no(value: bool | None) -> str:
    """Give yes, no, or nothing for what is not known."""
    return "" if value is None else _("yes") if value else _("no")


def _further(data: dict[str, Any]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in data.items())


def _lead_columns() -> Sequence[Column]:
    clients = Routing.objects.real().filter(lead=OuterRef("pk")).order_by().values("lead")
    names = clients.annotate(names=StringAgg("client__name", "; ", order_by="number")).values("names")
    origins = {origin.value: str(origin.label) for origin in Origin}
    return [
        Column(label="ID", source="pk"),
        Column(label=_("received"), source="received_at"),
        Column(label=_("name"), source="name"),
        phone_column(),
        Column(label=_("e-mail"), source="email"),
        Column(label=_("city"), source="city"),
        Column(label=_("source"), source="source__name"),
        Column(label=_("given to"), source=Subquery(names, output_field=TextField())),
        Column(label=_("came in"), source="origin", text=origins.__getitem__),
        Column(label=_("id at the source"), source="external_id"),
        Column(label=_("consent to marketing"), source="consent", text=yes_no),
        Column(label=_("notes"), source="notes"),
        Column(label=_("further fields"), source="data", text=_further),
        Column(label=_("test"), source="is_test", text=yes_no),
    ]


def _delivery_columns() -> Sequence[Column]:
    states = {state.value: str(state.label) for state in DeliveryState}
    return [
        Column(label=_("routing number"), source="routing__number"),
        Column(label=_("routing ID"), source="routing_id"),
        Column(label=_("name"), source="routing__lead__name"),
        phone_column("routing__lead__"),
        Column(label=_("e-mail"), source="routing__lead__email"),
        Column(label=_("client"), source="routing__client__name"),
        Column(label=_("transmission rule"), source="rule__name"),
        Column(label=_("state"), source="state", text=states.__getitem__),
        Column(label=_("what to do"), source="outcome_code", text=lambda code: str(explain(code)) if code else ""),
        Column(label=_("what the client's system said"), source="outcome_detail"),
        Column(label=_("attempts"), source="attempt_count"),
        Column(label=_("made"), source="created_at"),
        Column(label=_("since"), source=Coalesce("finished_at", "created_at")),
    ]


register(
    ListExport(
        slug="leads",
        label=gettext_lazy("Leads"),
        permission="distribution.view_lead",
        find=changelist_rows(Lead),
        columns=_lead_columns,
    )
)
register(
    ListExport(
        slug="deliveries",
        label=gettext_lazy("Deliveries needing a person"),
        permission="distribution.view_delivery",
        find=changelist_rows(Delivery),
        columns=_delivery_columns,
    )
)
