"""The JSON form of batches (OData JSON Format 4.01, section 19)."""

import base64
import json
from typing import Any

from django.utils.translation import gettext as _

from feedback.odata.batch import Part, PartAnswer, check_count
from feedback.odata.bodies import read_object
from feedback.odata.errors import BadSyntax
from feedback.odata.operation import Answer, Operation

CONTENT_TYPE = "application/json"


def read_batch(operation: Operation, limit: int) -> list[list[Part]]:
    """Read the requests, those of one atomic group together. Raises BadSyntax and, over the limit, BadRequest."""
    requests = read_object(operation).get("requests")
    if not isinstance(requests, list):
        raise BadSyntax(_("The body needs the member “requests”."), target="requests")
    check_count(len(requests), limit)
    units: list[list[Part]] = []
    ids: set[str] = set()
    groups: set[str] = set()
    for request in requests:
        part = _part(request)
        if part.id in ids or part.id in groups:
            raise BadSyntax(_("The request id %(id)s is not unique.") % {"id": part.id[:60]}, target="id")
        ids.add(part.id)
        if part.group and units and units[-1][0].group == part.group:
            units[-1].append(part)
            continue
        if part.group in groups:
            raise BadSyntax(_("The requests of the group %(id)s do not stand together.") % {"id": part.group[:60]})
        groups |= {part.group} - {""}
        units.append([part])
    return units


def _part(request: Any) -> Part:
    if not isinstance(request, dict):
        raise BadSyntax(_("A request of the batch must be a JSON object."), target="requests")
    texts = [request.get(name, "") for name in ("id", "method", "url", "atomicityGroup")]
    headers, depends_on = request.get("headers") or {}, request.get("dependsOn") or []
    is_sound = (
        all(isinstance(text, str) for text in texts) and isinstance(headers, dict) and isinstance(depends_on, list)
    )
    if not is_sound or not all(texts[:3]) or not all(isinstance(name, str) for name in depends_on):
        raise BadSyntax(_("A request of the batch needs the texts id, method and url."), target="requests")
    body = request.get("body")
    lowered = {str(name).lower(): str(value) for name, value in headers.items()}
    return Part(
        id=texts[0],
        method=texts[1].upper(),
        url=texts[2],
        headers=lowered,
        body=body.encode("utf-8", "surrogatepass") if isinstance(body, str) else b"",
        document=body if isinstance(body, dict | list) else None,
        group=texts[3],
        depends_on=tuple(depends_on),
        has_condition="if" in request,
    )


def write_batch(answers: list[list[PartAnswer]]) -> str:
    """The body of the answer."""
    return '{"responses":[' + ",".join(_response(each) for unit in answers for each in unit) + "]}"


def _response(answered: PartAnswer) -> str:
    answer, part = answered.answer, answered.part
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if answer.content_type:
        headers["content-type"] = answer.content_type
    members = [f'"id":{json.dumps(part.id)}', f'"status":{answer.status}', f'"headers":{json.dumps(headers)}']
    if part.group:
        members.insert(1, f'"atomicityGroup":{json.dumps(part.group)}')
    if answer.body and part.method != "HEAD":
        members.append(f'"body":{_body(answer)}')
    return "{" + ",".join(members) + "}"


def _body(answer: Answer) -> str:
    """JSON as it is, text as text, anything else in base64url (JSON Format 4.01, section 19.1)."""
    if answer.content_type.startswith("application/json"):
        return answer.body
    if answer.content_type.startswith("text/"):
        return json.dumps(answer.body)
    return json.dumps(base64.urlsafe_b64encode(answer.body.encode()).decode())
