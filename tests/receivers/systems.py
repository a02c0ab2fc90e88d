"""The systems of `samples/client-systems.md`, as strict as their instructions: what those refuse is refused here.

And two that ask for a token first. Each takes leads at the path that its instructions name, after its own name:
`/college/v1/lead`, `/crm/api/leads`, `/call-centre/add.asp`, `/insurance/2026-11-25T10:00/AddLead` (the time that its
clock shows), `/oauth/token` and `/oauth/leads`, `/login/session` and `/login/leads`.
"""

import base64
import json
import re
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring

from tests.receivers.behaviours import Behaviour, Connection

COLLEGE_SP, COLLEGE_SECRET = "lm-77", "college-s3cret"
CRM_TOKEN = "crm-t0ken"
CALL_CENTRE_CAMPAIGN = "C-12"
INSURANCE_USER, INSURANCE_PASSWORD = "agency", "insurance-s3cret"
OAUTH_CLIENT, OAUTH_SECRET = "lead-manager", "oauth-s3cret"
LOGIN_USER, LOGIN_PASSWORD = "agency", "login-s3cret"

_TEXT = (("Content-Type", "text/plain; charset=utf-8"),)


class Refusal(Exception):
    """What is wrong with a request, by the system's own instructions."""


def _require(condition: object, why: str) -> None:
    if not condition:
        raise Refusal(why)


def _routing(text: object) -> None:
    try:
        UUID(str(text))
    except ValueError:
        raise Refusal("routing ID") from None


async def college(it: Connection) -> int | None:
    """/college/v1/lead: a form, codes, strict phone; 200 says OK or ERROR."""
    try:
        fields = _college_fields(it)
    except Refusal as refusal:
        return await it.answer(200, f"ERROR: {refusal}".encode(), _TEXT)
    seen = f"college {fields['mobilephone']}"
    it.counts[seen] += 1
    return await it.answer(200, b"OK" if it.counts[seen] == 1 else b"ERROR: duplicate", _TEXT)


def _college_fields(it: Connection) -> dict[str, str]:
    request = it.request
    _require(request.method == "POST" and it.arguments == ["v1", "lead"], "address")
    _require((request.header("Content-Type") or "").startswith("application/x-www-form-urlencoded"), "content type")
    pairs = parse_qsl(request.body.decode("utf-8"), keep_blank_values=True, strict_parsing=True)
    fields = dict(pairs)
    _require(len(fields) == len(pairs), "a field twice")
    known = {"sp", "secret", "mobilephone", "firstname", "emailaddress", "interest", "marketing", "branch", "ref"}
    _require(fields.keys() <= known, "unknown field")
    _require(fields.get("sp") == COLLEGE_SP and fields.get("secret") == COLLEGE_SECRET, "sp or secret")
    _require(re.fullmatch(r"0\d{8,9}", fields.get("mobilephone", ""), re.ASCII), "mobilephone")
    _require(fields.get("firstname", "").strip(), "firstname")
    _require(fields.get("marketing", "0") in {"0", "1"}, "marketing")
    _require(fields.get("branch", "3") in {"1", "2", "3", "4"}, "branch")
    _routing(fields.get("ref"))
    return fields


async def crm(it: Connection) -> int | None:
    """/crm/api/leads: nested JSON with a bearer token; 201 with their id, 409 for one they have, 422 with why."""
    if it.request.header("Authorization") != f"Bearer {CRM_TOKEN}":
        return await it.answer(401, b'{"error": "token"}')
    errors = [{"field": field, "message": message} for field, message in _crm_mistakes(it)]
    if errors:
        return await it.answer(422, json.dumps({"errors": errors}).encode())
    phone = json.loads(it.request.body)["contact"]["phones"][0]
    it.counts[f"crm {phone}"] += 1
    if it.counts[f"crm {phone}"] > 1:
        return await it.answer(409, b'{"error": "exists"}')
    return await it.answer(201, b'{"data": {"leadId": 8812}}')


def _crm_mistakes(it: Connection) -> Iterator[tuple[str, str]]:
    if it.request.method != "POST" or it.arguments != ["api", "leads"]:
        yield "address", "unknown"
        return
    try:
        lead: Any = json.loads(it.request.body)
        name, phones = lead["contact"]["name"], lead["contact"]["phones"]
    except (ValueError, KeyError, TypeError):
        yield "body", "not as agreed"
        return
    if set(lead) != {"contact", "project", "source", "externalRef"}:
        yield "body", "fields missing or too many"
    if set(name) != {"first", "last"} or not all(isinstance(part, str) and part for part in name.values()):
        yield "contact.name", "first and last"
    if not isinstance(phones, list) or not all(re.fullmatch(r"\+972\d{8,9}", str(phone)) for phone in phones):
        yield "contact.phones", "international"
    if type(lead.get("project")) is not int:
        yield "project", "must be a number"
    if lead.get("source") != "LM":
        yield "source", "LM"
    try:
        UUID(str(lead.get("externalRef")))
    except ValueError:
        yield "externalRef", "routing ID"


async def call_centre(it: Connection) -> int | None:
    """/call-centre/add.asp: GET with windows-1255; a page in windows-1255 says that it was taken in."""
    try:
        _require(it.request.method == "GET" and it.arguments == ["add.asp"] and not it.request.body, "address")
        query = it.request.path.partition("?")[2]
        fields = dict(parse_qsl(query, strict_parsing=True, encoding="windows-1255", errors="strict"))
        _require(fields.keys() == {"n", "p", "t", "c", "rid"}, "fields")
        _require(any("א" <= letter <= "ת" for letter in fields["n"]), "name")
        _require(re.fullmatch(r"[0-9-]{9,12}", fields["p"]), "phone")
        datetime.strptime(fields["t"], "%d/%m/%Y %H:%M")  # noqa: DTZ007 - their local time
        _require(fields["c"] == CALL_CENTRE_CAMPAIGN, "campaign")
        _routing(fields["rid"])
        said = "נקלט בהצלחה"
    except (Refusal, ValueError) as why:
        said = f"שגיאה: {type(why).__name__} {why}"
    page = f"<html><body><b>{said}</b></body></html>".encode("windows-1255", "replace")
    return await it.answer(200, page, (("Content-Type", "text/html"),))


async def insurance(it: Connection) -> int | None:
    """/insurance/2026-11-25T10:00/AddLead: SOAP with Basic auth, in office hours by the clock in the path."""
    pair = base64.b64encode(f"{INSURANCE_USER}:{INSURANCE_PASSWORD}".encode()).decode()
    if it.request.header("Authorization") != f"Basic {pair}":
        return await it.answer(401, b"")
    now = datetime.fromisoformat(it.argument(0, "2026-11-25T10:00"))  # their local time
    if now.isoweekday() in {5, 6} or not time(8) <= now.time() < time(18):
        return await it.answer(503, b"closed", _TEXT)
    it.counts[f"insurance {now.date()}"] += 1
    code, message = 0, ""
    try:
        _require(it.counts[f"insurance {now.date()}"] <= 50, "50 leads a day")
        _insurance_lead(it)
    except Refusal as refusal:
        code, message = 17, str(refusal)
    answer = f"<Envelope><Body><Result><Code>{code}</Code><Message>{message}</Message></Result></Body></Envelope>"
    return await it.answer(200, answer.encode(), (("Content-Type", "text/xml; charset=utf-8"),))


def _insurance_lead(it: Connection) -> None:
    request = it.request
    _require(request.method == "POST", "method")
    _require(request.header("Content-Type") == "text/xml; charset=utf-8", "content type")
    _require(request.header("SOAPAction") == '"AddLead"', "SOAPAction")
    try:
        root = fromstring(request.body)
    except ParseError:
        raise Refusal("XML") from None
    soap = "{http://schemas.xmlsoap.org/soap/envelope/}"
    lead = root.find(f"{soap}Body/AddLead")
    _require(root.tag == f"{soap}Envelope" and lead is not None, "envelope")
    assert lead is not None
    _require((lead.findtext("FullName") or "").strip(), "FullName")
    _require(re.fullmatch(r"0\d{8,9}", lead.findtext("Phone") or "", re.ASCII), "Phone")
    _routing(lead.findtext("ExternalId"))


async def oauth(it: Connection) -> int | None:
    """/oauth/token: a token for client credentials (RFC 6749, 4.4), good for an hour; /oauth/leads: takes the newest.

    `/oauth/forget` makes the token run out at once.
    """
    if it.arguments == ["forget"]:
        it.counts["oauth forgotten"] = it.counts["oauth token"]
        return await it.answer(204)
    if it.arguments == ["token"]:
        fields = dict(parse_qsl(it.request.body.decode()))
        pair = base64.b64encode(f"{OAUTH_CLIENT}:{OAUTH_SECRET}".encode()).decode()
        in_body = (fields.get("client_id"), fields.get("client_secret")) == (OAUTH_CLIENT, OAUTH_SECRET)
        if fields.get("grant_type") != "client_credentials" or not (
            in_body or it.request.header("Authorization") == f"Basic {pair}"
        ):
            return await it.answer(
                401, json.dumps({"error": "invalid_client", "got": it.request.body.decode()}).encode()
            )
        it.counts["oauth token"] += 1
        token = {"access_token": f"oauth-token-{it.counts['oauth token']}", "token_type": "Bearer", "expires_in": 3600}
        return await it.answer(200, json.dumps(token).encode())
    newest = it.counts["oauth token"]
    is_good = (
        it.request.header("Authorization") == f"Bearer oauth-token-{newest}" and newest > it.counts["oauth forgotten"]
    )
    said = it.request.header("Authorization") or ""
    return await it.answer(201 if is_good else 401, json.dumps({"you said": said}).encode())


async def login(it: Connection) -> int | None:
    """/login/session: JSON with user and password; answers a token as XML; /login/leads?auth=...: takes it."""
    if it.arguments == ["session"]:
        if json.loads(it.request.body) != {"u": LOGIN_USER, "p": LOGIN_PASSWORD}:
            return await it.answer(403, b"no")
        it.counts["login token"] += 1
        answer = f'<s><ticket value="ticket/{it.counts["login token"]}"/></s>'
        return await it.answer(200, answer.encode(), (("Content-Type", "text/xml"),))
    query = dict(parse_qsl(it.request.path.partition("?")[2]))
    is_good = query.get("auth") == f"t:ticket/{it.counts['login token']}"
    return await it.answer(201 if is_good else 401)


SYSTEMS: dict[str, Behaviour] = {
    system.__name__.replace("_", "-"): system for system in (college, crm, call_centre, insurance, oauth, login)
}
