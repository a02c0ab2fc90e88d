"""odatapy, a client modelled on Apache Olingo's: https://pypi.org/project/odatapy/"""

from decimal import Decimal
from typing import Any

from odatapy.client import BasicAuth, EdmEnabledODataClient, Field, HttpxTransport, ODataClientError, OrderBy, and_
from reporting import doing, task

NAME = "odatapy"

client = EdmEnabledODataClient(task["root"], HttpxTransport(auth=BasicAuth("anything", task["key"])))


@doing("metadata")
def read_metadata() -> list[str]:
    return [entity_set.name for entity_set in client.get_edm().entity_container.entity_sets]


@doing("filter")
def read_some() -> list[int]:
    wanted = and_(Field("LeadName").contains(task["family"]), Field("City").eq(task["city"]))
    uri = client.entity_set_uri("Routings").filter(wanted).orderby(OrderBy(Field("Number"))).select("Number")
    return [routing.get_value("Number") for routing in client.iter_entities(uri)]


@doing("expand")
def read_related() -> dict[str, Any]:
    uri = client.entity_uri("Routings", task["expand"]).expand("Reason")
    routing = client.get_entity(uri.expand_with_options("Feedbacks", orderby=OrderBy(Field("OccurredAt"))))
    reason = routing.get_navigation_link("Reason").inline_entity
    feedbacks = routing.get_navigation_link("Feedbacks").inline_entity_set.entities
    return {"reason": reason.get_value("Id"), "comments": [each.get_value("Comment") for each in feedbacks]}


@doing("post")
def post() -> str:
    said = {"RoutingId": task["post"], "ReasonId": 4, "Comment": NAME, "Amount": Decimal("1234.50")}
    return str(client.create_entity("Feedbacks", said).get_value("Id"))


@doing("patch")
def patch() -> dict[str, Any]:
    uri = client.entity_uri("Routings", task["patch"])
    etag = client.get_entity(uri).etag
    client.update_entity(uri, {"ReasonId": 2, "Comment": NAME}, etag=etag)
    try:
        client.update_entity(uri, {"ReasonId": 5}, etag=etag)
    except ODataClientError as error:
        return {"etag": etag, "stale": error.status_code}
    return {"etag": etag, "stale": "no failure"}


@doing("batch")
def send_batch() -> dict[str, Any]:
    read, posted = {}, {}
    for form, routing in zip(("multipart", "json"), task["batch"], strict=True):
        batch = client.batch(format=form)
        reasons = batch.add_retrieve(client.entity_set_uri("Reasons"))
        said = {"RoutingId": routing, "ReasonId": 1, "Comment": f"{NAME} in a batch"}
        written = batch.add_changeset().create("Feedbacks", said)
        client.execute_batch(batch).raise_for_status()
        read[form] = len(reasons.response.entity_collection().entities)
        posted[form] = str(written.entity().get_value("Id"))
    assert read["multipart"] == read["json"]
    return {"read": read["json"], "posted": list(posted.values())}
