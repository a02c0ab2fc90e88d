"""What staff enter in the editor by the instructions of `samples/client-systems.md`."""

from tests.receivers import systems

Row = dict[str, str]
RID = {"source": "routing.id"}


def answers(*rules: Row, captures: list[Row] | None = None, **fields: str) -> Row:
    """Give what the editor posts of its section Answers."""
    posted = dict(fields)
    for prefix, rows in (("rules", list(rules)), ("captures", captures or [])):
        posted |= {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": "0"}
        for place, row in enumerate(rows):
            said = {"ORDER": str(place + 1)} | row
            posted |= {f"{prefix}-{place}-{name}": value for name, value in said.items()}
    return posted


COLLEGE = {"body_format": "form"} | answers(
    {"meaning": "accepted", "part": "body", "test": "equals", "value": "OK"},
    {
        "meaning": "refused",
        "part": "body",
        "test": "contains",
        "value": "ERROR:",
        "reason_part": "body",
        "reason_pattern": r"ERROR:\s*(.*)",
    },
)
COLLEGE_ROWS: list[Row] = [
    {"source": "constant", "name": "sp", "constant": systems.COLLEGE_SP},
    {"source": "secret", "name": "secret", "secret": systems.COLLEGE_SECRET},
    {"source": "lead.phone", "name": "mobilephone", "transform": "phone_local"},
    {"source": "lead.name", "name": "firstname"},
    {"source": "lead.email", "name": "emailaddress"},
    {"source": "lead.data", "source_key": "interest", "name": "interest"},
    {"source": "lead.consent", "name": "marketing", "transform": "yes_no", "default": "0"},
    {
        "source": "lead.city",
        "name": "branch",
        "value_table": "חיפה = 1\nרמת גן = 2\nירושלים = 4",
        "default": "3",
    },
    RID | {"name": "ref"},
]

CRM = {"auth_kind": "bearer", "auth_secret": systems.CRM_TOKEN} | answers(
    {"meaning": "accepted", "statuses": "201", "part": "json", "place": "data.leadId", "test": "exists"},
    {"meaning": "refused", "statuses": "409", "part": "status", "reason": "exists"},
    {
        "meaning": "refused",
        "statuses": "422",
        "part": "status",
        "reason_part": "json",
        "reason_place": "errors[0].message",
    },
    captures=[{"target": "reference", "part": "json", "place": "data.leadId"}],
)
CRM_ROWS: list[Row] = [
    {"source": "lead.first_name", "name": "contact.name.first"},
    {"source": "lead.last_name", "name": "contact.name.last"},
    {"source": "lead.phone", "name": "contact.phones[0]", "transform": "phone_international"},
    {"source": "lead.email", "name": "contact.email"},
    {"source": "lead.source", "name": "project", "json_type": "number", "value_table": "פייסבוק = 17", "default": "0"},
    {"source": "constant", "name": "source", "constant": "LM"},
    RID | {"name": "externalRef"},
]

CALL_CENTRE = {"method": "GET", "body_format": "query", "charset": "windows-1255"} | answers(
    {"meaning": "accepted", "part": "body", "test": "contains", "value": "נקלט בהצלחה"},
    {
        "meaning": "refused",
        "part": "body",
        "test": "contains",
        "value": "<",
        "reason_part": "body",
        "reason_pattern": "<b>(.*)</b>",
    },
    answer_charset="windows-1255",
)
CALL_CENTRE_ROWS: list[Row] = [
    {"source": "lead.name", "name": "n"},
    {"source": "lead.phone", "name": "p", "transform": "phone_dashed"},
    {"source": "lead.received_at", "name": "t", "transform": "date", "date_format": "DD/MM/YYYY HH:MM"},
    {"source": "constant", "name": "c", "constant": systems.CALL_CENTRE_CAMPAIGN},
    RID | {"name": "rid"},
]

INSURANCE = answers(
    {"meaning": "accepted", "part": "xml", "place": "Result/Code", "test": "equals", "value": "0"},
    {
        "meaning": "refused",
        "part": "xml",
        "place": "Result/Code",
        "test": "exists",
        "reason_part": "xml",
        "reason_place": "Result/Message",
    },
) | {
    "body_format": "soap",
    "soap_action": "AddLead",
    "auth_kind": "basic",
    "auth_username": systems.INSURANCE_USER,
    "auth_secret": systems.INSURANCE_PASSWORD,
    "template": """<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
  <soap:Body>
    <AddLead>
      <FullName>{{name}}</FullName>
      <Phone>{{phone|phone_local}}</Phone>
      <Notes><![CDATA[{{notes}}]]></Notes>
      <ExternalId>{{rid}}</ExternalId>
    </AddLead>
  </soap:Body>
</soap:Envelope>
""",
}
INSURANCE_ROWS: list[Row] = [
    {"source": "lead.name", "name": "name", "placement": "slot"},
    {"source": "lead.phone", "name": "phone", "placement": "slot"},
    {"source": "lead.notes", "name": "notes", "placement": "slot"},
    RID | {"name": "rid", "placement": "slot"},
]
