"""What common systems ask for, as rules to begin with. What a client has to add of its own is said in each one's notes.

Sources: the makers' public documentation of HubSpot CRM API v3 (contacts), Salesforce Web-to-Lead, monday API v2
(create_item), Zoho CRM API v7 with its client credentials, Priority OData, Google Apps Script web apps; SOAP 1.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from distribution.choices import AuthKind, AuthPlace, BodyFormat, LoginFormat, Placement, Transform
from distribution.rules.sketches import RuleSketch, SketchedMapping
from distribution.rules.values import CONSTANT


@dataclass(frozen=True, kw_only=True)
class System:
    """A common system, and the rule that begins a transmission to it."""

    label: str | Promise
    sketch: RuleSketch


def _rows(*pairs: tuple[str, str], placement: str = Placement.FIELD) -> Sequence[SketchedMapping]:
    """Give mappings of (our field, their name); phones go out in the international form."""
    return [
        SketchedMapping(
            source=source,
            name=name,
            placement=placement,
            transform=Transform.PHONE_INTERNATIONAL if source == "lead.phone" else "",
        )
        for source, name in pairs
    ]


_FLAT = _rows(
    ("routing.id", "routing_id"),
    ("lead.name", "name"),
    ("lead.phone", "phone"),
    ("lead.email", "email"),
    ("lead.city", "city"),
    ("lead.notes", "notes"),
    ("lead.source", "source"),
)

_MONDAY = """{
  "query": "mutation ($name: String!, $values: JSON!) { create_item (board_id: BOARD_ID, item_name: $name, \
column_values: $values) { id } }",
  "variables": {
    "name": "{{name}}",
    "values": "{\\"ROUTING_COLUMN\\": \\"{{routing_id}}\\", \\"PHONE_COLUMN\\": \\"{{phone}}\\", \
\\"EMAIL_COLUMN\\": \\"{{email|json}}\\"}"
  }
}
"""

_SOAP = """<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
  <soap:Body>
    <AddLead xmlns="http://tempuri.org/">
      <ExternalId>{{ExternalId}}</ExternalId>
      <FullName>{{FullName}}</FullName>
      <Phone>{{Phone}}</Phone>
      <Email>{{Email}}</Email>
    </AddLead>
  </soap:Body>
</soap:Envelope>
"""

_ADDRESS_AND_NAMES = _("Enter the client's address, and the names that its system gives these fields.")

SYSTEMS: dict[str, System] = {
    "json": System(
        label=_("A system that takes JSON"),
        sketch=RuleSketch(url="", mappings=_FLAT, notes=[_ADDRESS_AND_NAMES]),
    ),
    "form": System(
        label=_("A system that takes a form"),
        sketch=RuleSketch(url="", body_format=BodyFormat.FORM, mappings=_FLAT, notes=[_ADDRESS_AND_NAMES]),
    ),
    "soap": System(
        label=_("A system that takes SOAP"),
        sketch=RuleSketch(
            url="",
            body_format=BodyFormat.SOAP,
            template=_SOAP,
            soap_action="http://tempuri.org/AddLead",
            mappings=_rows(
                ("routing.id", "ExternalId"),
                ("lead.name", "FullName"),
                ("lead.phone", "Phone"),
                ("lead.email", "Email"),
                placement=Placement.SLOT,
            ),
            notes=[
                _(
                    "The envelope is an example: put in the one of the client's instructions, or paste its curl "
                    "command. Address, SOAPAction and names are in its WSDL."
                )
            ],
        ),
    ),
    "hubspot": System(
        label="HubSpot",
        sketch=RuleSketch(
            url="https://api.hubapi.com/crm/v3/objects/contacts",
            auth_kind=AuthKind.BEARER,
            mappings=_rows(
                ("routing.id", "properties.routing_id"),
                ("lead.first_name", "properties.firstname"),
                ("lead.last_name", "properties.lastname"),
                ("lead.phone", "properties.phone"),
                ("lead.email", "properties.email"),
                ("lead.city", "properties.city"),
            ),
            notes=[
                _(
                    "The client makes a contact property with the internal name routing_id (single-line text), and a "
                    "private app whose token may write contacts. Enter the token under Authentication."
                ),
                _("A contact whose e-mail is there already is refused by HubSpot with status 409."),
            ],
        ),
    ),
    "salesforce": System(
        label="Salesforce Web-to-Lead",
        sketch=RuleSketch(
            url="https://webto.salesforce.com/servlet/servlet.WebToLead?encoding=UTF-8",
            body_format=BodyFormat.FORM,
            mappings=[
                SketchedMapping(source="routing.id"),
                SketchedMapping(source=CONSTANT, name="oid"),
                *_rows(("lead.name", "last_name"), ("lead.phone", "phone"), ("lead.email", "email")),
                SketchedMapping(source=CONSTANT, name="company", constant="-"),
                *_rows(("lead.city", "city"), ("lead.source", "lead_source")),
            ],
            notes=[
                _(
                    "Enter the organisation's ID in oid (it begins with 00D), and in the row of the routing ID the "
                    "name of a custom text field of the lead, as the Web-to-Lead form shows it (it begins with 00N)."
                ),
                _("Salesforce answers 200 also when it took nothing: look for the test lead in Salesforce itself."),
            ],
        ),
    ),
    "monday": System(
        label="monday",
        sketch=RuleSketch(
            url="https://api.monday.com/v2",
            body_format=BodyFormat.JSON_TEMPLATE,
            template=_MONDAY,
            auth_kind=AuthKind.API_KEY,
            auth_options={"place": AuthPlace.HEADER, "name": "Authorization"},
            mappings=_rows(
                ("routing.id", "routing_id"),
                ("lead.name", "name"),
                ("lead.phone", "phone"),
                ("lead.email", "email"),
                placement=Placement.SLOT,
            ),
            notes=[
                _(
                    "In the template, put the board's number for BOARD_ID and the IDs of text columns for "
                    "ROUTING_COLUMN, PHONE_COLUMN and EMAIL_COLUMN. Enter the API token under Authentication."
                ),
                _("monday may answer 200 with errors in it: make response rules from the answer to a test send."),
            ],
        ),
    ),
    "zoho": System(
        label="Zoho CRM",
        sketch=RuleSketch(
            url="https://www.zohoapis.com/crm/v7/Leads",
            auth_kind=AuthKind.LOGIN,
            auth_options={
                "token_url": "https://accounts.zoho.com/oauth/v2/token",
                "login_method": "POST",
                "login_format": LoginFormat.FORM,
                "login_body": (
                    "grant_type=client_credentials&client_id={{username}}&client_secret={{secret}}"
                    "&scope=ZohoCRM.modules.leads.CREATE&soid=ZohoCRM.ORG_ID"
                ),
                "token_part": "json",
                "token_path": "access_token",
                "lifetime_min": "50",
                "place": AuthPlace.HEADER,
                "name": "Authorization",
                "written": "Zoho-oauthtoken {{token}}",
            },
            mappings=_rows(
                ("routing.id", "data[0].Routing_ID"),
                ("lead.name", "data[0].Last_Name"),
                ("lead.phone", "data[0].Phone"),
                ("lead.email", "data[0].Email"),
                ("lead.city", "data[0].City"),
            ),
            notes=[
                _(
                    "The client makes a text field of the lead with the API name Routing_ID, and a self client in the "
                    "Zoho API console. Enter its client ID and secret, and the organisation's number for ORG_ID."
                ),
                _("Accounts outside the United States have other addresses, such as zohoapis.eu and accounts.zoho.eu."),
            ],
        ),
    ),
    "priority": System(
        label="Priority",
        sketch=RuleSketch(
            url="https://HOST/odata/Priority/tabula.ini/COMPANY/FORM",
            auth_kind=AuthKind.BASIC,
            mappings=_rows(("routing.id", ""), ("lead.name", ""), ("lead.phone", ""), ("lead.email", "")),
            notes=[
                _(
                    "Ask the client's Priority administrator for the server, the company, the form that takes leads, "
                    "the names of its fields and a field for the routing ID, and for an API user or access token."
                )
            ],
        ),
    ),
    "automation": System(
        label=_("Make or Zapier (webhook)"),
        sketch=RuleSketch(
            url="",
            mappings=_FLAT,
            notes=[
                _("Enter the webhook's address, as Make or Zapier shows it."),
                _(
                    "Their answer says that the lead arrived there, not that the steps behind it worked. Have the "
                    "scenario keep routing_id: feedback names the lead by it."
                ),
            ],
        ),
    ),
    "sheets": System(
        label=_("Google Sheets (Apps Script)"),
        sketch=RuleSketch(
            url="https://script.google.com/macros/s/DEPLOYMENT_ID/exec",
            body_format=BodyFormat.FORM,
            mappings=_FLAT,
            notes=[
                _(
                    "The client deploys a script with doPost as a web app that anyone may call; the fields are in "
                    "e.parameter. Put its address in place of this one."
                ),
                _(
                    "Apps Script answers with status 302 after the script ran: make the response rule “accepted” from "
                    "the answer to a test send."
                ),
            ],
        ),
    ),
}
