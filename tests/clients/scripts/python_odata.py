"""python-odata, classes reflected from $metadata: https://pypi.org/project/python-odata/"""

from typing import Any

import requests
from odata.exceptions import ODataError
from odata.service import ODataService
from reporting import doing, task

NAME = "python-odata"

session = requests.Session()
session.headers["X-API-Key"] = task["key"]
service = ODataService(task["root"], session=session, reflect_entities=True, quiet_progress=True)
Routing, Feedback = service.entities["Routings"], service.entities["Feedbacks"]


@doing("metadata")
def read_metadata() -> list[str]:
    return list(service.entities)


@doing("filter")
def read_some() -> list[int]:
    query = service.query(Routing).filter(Routing.LeadName.contains(task["family"]))
    return [routing.Number for routing in query.filter(Routing.City == task["city"]).order_by(Routing.Number.asc())]


@doing("expand")
def read_related() -> dict[str, Any]:
    query = service.query(Routing).expand(Routing.Reason, Routing.Feedbacks).filter(Routing.Id == task["expand"])
    routing = query.one()
    in_order = sorted(routing.Feedbacks, key=lambda feedback: feedback.OccurredAt)
    return {"reason": routing.Reason.Id, "comments": [feedback.Comment for feedback in in_order]}


@doing("post")
def post() -> str:
    # service.save() of a new object ends in a KeyError of its own where the service computes the key.
    said = {"RoutingId": task["post"], "ReasonId": 4, "Comment": NAME, "Amount": 1234.50}
    return str(service.default_context.connection.execute_post(Feedback.__odata_url__(), said)["Id"])


@doing("patch")
def patch() -> dict[str, Any]:
    def read() -> Any:
        return service.query(Routing).get(task["patch"])

    connection = service.default_context.connection
    routing, late = read(), read()
    etag = connection.execute_get(routing.__odata__.instance_url)["@odata.etag"]
    routing.ReasonId, routing.Comment = 2, NAME
    service.default_context.save(routing, extra_headers={"If-Match": etag})
    late.ReasonId = 5
    try:
        service.default_context.save(late, extra_headers={"If-Match": etag})
    except ODataError as error:
        return {"etag": etag, "stale": int(error.status_code.removeprefix("HTTP "))}
    return {"etag": etag, "stale": "no failure"}
