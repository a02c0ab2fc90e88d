"""Can your system take part? What common systems can do, and the way to do it with each (guide, step 1)."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Fit(StrEnum):
    """How far a system can take part by itself."""

    YES = "yes"
    HELPED = "helped"  # with an automation service between it and us
    READS = "reads"  # it sees the leads; feedback goes another way


FIT_LABELS = {
    Fit.YES: _("takes part by itself"),
    Fit.HELPED: _("takes part with an automation service"),
    Fit.READS: _("reads; feedback by file"),
}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One system: how it takes leads in and keeps the routing ID, and how it answers."""

    name: str | Promise
    fit: Fit
    takes_in: Promise
    answers: Promise

    @property
    def fit_label(self) -> Promise:
        """The fit in words."""
        return FIT_LABELS[self.fit]

    @property
    def pill(self) -> str:
        """The fit as the skin colours it."""
        return {Fit.YES: "ok", Fit.HELPED: "brand", Fit.READS: "warn"}[self.fit]


RECIPES = (
    Recipe(
        name="Salesforce",
        fit=Fit.YES,
        takes_in=_(
            "Add a text field of 36 characters to Lead and map it to Opportunity in the field mapping of lead "
            "conversion. Web-to-Lead takes our form post without a login: the field's name there is its id (00N…)."
        ),
        answers=_(
            "A record-triggered Flow on the change of the status calls an HTTP Callout action, whose named credential "
            "adds the header with the key. Salesforce Connect shows the leads as an external object (OData 4.0)."
        ),
    ),
    Recipe(
        name="Dynamics 365 / Dataverse",
        fit=Fit.YES,
        takes_in=_(
            "A Power Automate flow “When an HTTP request is received” makes the row; add a text column of 36 "
            "characters to the table and fill it with the routing ID."
        ),
        answers=_(
            "A flow “When a row is added, modified or deleted” sends it with the HTTP action (a premium connector). "
            "The leads can be seen as a virtual table: OData v4 data provider, the key in a header."
        ),
    ),
    Recipe(
        name="HubSpot",
        fit=Fit.YES,
        takes_in=_(
            "Add a single-line text property to the contact, or to the deal when deals are what people work on. The "
            "Forms API takes our JSON; the CRM API does with the token of a private app (Bearer)."
        ),
        answers=_(
            "A workflow with the action “Send a webhook” (a paid feature): POST, the key as header X-API-Key, the "
            "request body customised: RoutingId from the property, ReasonId as a fixed value in each branch."
        ),
    ),
    Recipe(
        name="monday.com",
        fit=Fit.HELPED,
        takes_in=_(
            "Make, Zapier or Power Automate receives our request by its webhook and makes the item; add a text column "
            "for the routing ID."
        ),
        answers=_(
            "monday's own webhook sends neither our field names nor a key. Let the automation service watch the status "
            "column and send the request."
        ),
    ),
    Recipe(
        name="Zoho CRM",
        fit=Fit.YES,
        takes_in=_(
            "Add a single-line field to Leads and map it in the lead conversion mapping. A web form takes our form "
            "post; the field's name stands in the form's HTML."
        ),
        answers=_(
            "A workflow rule on the change of the status with the action “Webhook”: POST, the key as a header, the "
            "body as raw JSON with the field merged in."
        ),
    ),
    Recipe(
        name="Priority",
        fit=Fit.YES,
        takes_in=_(
            "Priority's REST API takes our JSON: Basic with the personal access token as user name and PAT as "
            "password. Add a text column of 36 characters to the form; its name is the parameter."
        ),
        answers=_(
            "A procedure or business rule posts the JSON by WSCLIENT. Its habit of sending the key as user name with "
            "the password PAT is understood. Where the column is short, keep the routing number."
        ),
    ),
    Recipe(
        name="Fireberry (Powerlink)",
        fit=Fit.YES,
        takes_in=_(
            "Its API takes our JSON with the header tokenid. Add a text field to the record; its system name is "
            "the parameter."
        ),
        answers=_(
            "An automation on the change of the status that sends a webhook: POST, JSON, the key in a header. When "
            "your plan has none, Make does it."
        ),
    ),
    Recipe(
        name="SAP",
        fit=Fit.YES,
        takes_in=_(
            "An integration flow (SAP Integration Suite) receives our request and makes the lead; add an extension "
            "field of 36 characters for the routing ID."
        ),
        answers=_(
            "The flow posts to the OData service. SAP Cloud SDK and UI5 read the metadata of this service, send "
            "$batch, and ask for a CSRF token: all of it is answered."
        ),
    ),
    Recipe(
        name="Excel / Power BI",
        fit=Fit.READS,
        takes_in=_(
            "They take no leads in. They read those that were transmitted: data from an OData feed, sign in with "
            "Basic, the key as user name, no password. The .pbids file opens it with one click."
        ),
        answers=_(
            "Excel cannot send. Write the reason beside each row, keep the column of the routing number, and send the "
            "file to the agency, which takes it in."
        ),
    ),
    Recipe(
        name="Make / Zapier / Power Automate",
        fit=Fit.YES,
        takes_in=_("Their webhook receives our request; keep the routing ID in whatever record the scenario makes."),
        answers=_(
            "The HTTP module (Zapier: Webhooks, POST) sends the JSON with the header Authorization: Bearer and the "
            "key; let it try again when the answer is 429 or 503."
        ),
    ),
    Recipe(
        name=_("Home-made system"),
        fit=Fit.YES,
        takes_in=_("Any address that takes an HTTPS request: JSON, a form, or parameters in the address."),
        answers=_("One HTTPS request when the status changes. The samples of this kit show it in five languages."),
    ),
)
