"""The request lines that consumers are known to send, over HTTP, with what each of them needs of the answers."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from feedback.models import Feedback
from tests.odata_requests.conftest import ROWS, Client
from tests.odata_requests.consumer import POWER_QUERY_ACCEPT, basic

MINIMAL = "application/json;odata.metadata=minimal"


def ids(*pages: Any) -> list[str]:
    """The ids of the rows of all pages; sorted, so that one that comes twice shows."""
    return sorted(row["Id"] for page in pages for row in page["value"])


def ids_of(client: Client) -> list[str]:
    return [str(routing.pk) for routing in client.routings]


def said(client: Client) -> list[Feedback]:
    return list(Feedback.objects.filter(routing__client=client.owner).order_by("received_at"))


class TestPowerQuery:
    """Excel and Power BI."""

    @pytest.fixture
    def excel(self, client: Client) -> Any:
        return client.consumer(
            Authorization=basic("lead manager", client.key),
            Accept=POWER_QUERY_ACCEPT,
            OData_MaxVersion="4.0",
            MaxDataServiceVersion="3.0",
        )

    def test_asks_for_a_password_when_it_has_none(self, client: Client) -> None:
        refused = client.consumer(Authorization="", Accept=POWER_QUERY_ACCEPT).send("GET /odata/")

        assert refused.status == 401
        assert refused.one("WWW-Authenticate").startswith("Basic ")

    def test_navigator_lists_the_sets(self, client: Client, excel: Any) -> None:
        root = excel.send("GET /odata/")

        assert root.status == 200
        assert root.one("Content-Type") == MINIMAL
        assert root.json["@odata.context"] == client.root + "$metadata"
        assert {each["name"] for each in root.json["value"]} == {"Routings", "Feedbacks", "Reasons"}

    def test_metadata_is_xml_of_4_0(self, excel: Any) -> None:
        metadata = excel.send("GET /odata/$metadata")

        assert metadata.status == 200
        assert metadata.one("Content-Type") == "application/xml"
        assert re.findall(rb'<edmx:Edmx [^>]* Version="([^"]+)"', metadata.body) == [b"4.0"]

    def test_loads_a_thousand_rows_at_once(self, client: Client, excel: Any) -> None:
        line = "GET /odata/Routings?$filter=RoutedAt%20ge%202026-01-01T00:00:00Z&$select=Id%2CLeadName&$top=1000"
        (page,) = excel.pages(line)

        assert page["@odata.context"] == client.root + "$metadata#Routings(Id,LeadName)"
        assert {frozenset(row) for row in page["value"]} == {frozenset(["@odata.etag", "Id", "LeadName"])}
        assert ids(page) == ids_of(client)

    def test_loads_everything_by_next_links(self, client: Client, excel: Any) -> None:
        pages = list(excel.pages("GET /odata/Routings?$select=Id%2CLeadName&$orderby=LeadName%20desc"))

        assert {page["@odata.context"] for page in pages} == {client.root + "$metadata#Routings(Id,LeadName)"}
        assert len(pages) > 1
        assert ids(*pages) == ids_of(client)

    def test_an_expansion_stays_out_of_the_context_of_4_0(self, client: Client, excel: Any) -> None:
        line = "GET /odata/Routings?$select=Id&$expand=Reason&$top=1"

        assert excel.send(line).json["@odata.context"] == client.root + "$metadata#Routings(Id)"
        newer = client.consumer(OData_MaxVersion="4.01").send(line).json
        assert newer["@odata.context"] == client.root + "$metadata#Routings(Id,Reason())"


class TestSalesforceConnect:
    """It pages by itself, with $skip and $top, and writes back every field of a row."""

    def test_first_rows_of_a_list_view(self, client: Client) -> None:
        page = client.consumer().send("GET /odata/Routings?$select=Id,LeadName,Phone&$count=false&$top=26").json

        assert len(page["value"]) == 26
        assert set(page) == {"@odata.context", "value"}

    def test_search_in_text_fields_as_filter(self, client: Client) -> None:
        found = "contains(LeadName,'x')%20eq%20true%20or%20contains(Phone,'x')%20eq%20true"
        page = client.consumer().send(f"GET /odata/Routings?$filter={found}&$orderby=Id").json

        wanted = [str(routing.pk) for routing in client.routings if "x" in routing.lead.name]
        assert [row["Id"] for row in page["value"]] == wanted

    def test_search(self, client: Client) -> None:
        salesforce = client.consumer()
        names = [
            {row["LeadName"] for row in salesforce.send(f"GET /odata/Routings?$search={words}&$top=26").json["value"]}
            for words in ("%22a%20b%22", "x10")
        ]

        assert names == [set(), {"נועה x10", "נועה x100"}]

    def test_4_01_counts(self, client: Client) -> None:
        line = "GET /odata/Routings?$select=Id,LeadName,Phone&$count=true&$top=26"
        page = client.consumer(OData_MaxVersion="4.01").send(line).json

        assert page["@odata.count"] == ROWS
        assert len(page["value"]) == 26

    def test_patches_all_fields_also_unchanged_ones(self, client: Client) -> None:
        salesforce, address = client.consumer(), f"/odata/Routings({client.routings[0].pk})"
        row = salesforce.send(f"GET {address}").json
        values = {name: value for name, value in row.items() if "@" not in name}
        values |= {"ReasonId": 3, "Comment": "נקבעה פגישה", "Amount": 99.9}

        first = salesforce.post(f"PATCH {address}", values)
        again = salesforce.post(f"PATCH {address}", values)

        assert (first.status, again.status) == (204, 204)
        (feedback,) = said(client)
        assert (feedback.reason_id, feedback.comment, feedback.amount) == (3, "נקבעה פגישה", Decimal("99.90"))


def test_dataverse_pages_with_skip(client: Client) -> None:
    dataverse = client.consumer(Accept="application/json", OData_MaxVersion="4.0", OData_Version="4.0")
    line = "GET /odata/Routings?$top=50&$select=Id,LeadName&$count=true"
    pages = [dataverse.send(f"{line}&$skip={skip}" if skip else line).json for skip in range(0, ROWS, 50)]

    assert {page["@odata.count"] for page in pages} == {ROWS}
    assert {page["@odata.context"] for page in pages} == {client.root + "$metadata#Routings(Id,LeadName)"}
    assert not any("@odata.nextLink" in page for page in pages)
    assert ids(*pages) == ids_of(client)
    one = dataverse.send(f"GET /odata/Routings({client.routings[7].pk})?$select=Id,LeadName").json
    assert one["@odata.context"] == client.root + "$metadata#Routings(Id,LeadName)/$entity"


class TestUI5:
    """A HEAD for the CSRF token, then everything in multipart batches."""

    BATCH = """--batch_id-1700000000000-1
Content-Type:application/http
Content-Transfer-Encoding:binary

GET Routings?$count=true&$select=Id,Number&$orderby=Number&$skip=0&$top=20 HTTP/1.1
Accept:application/json;odata.metadata=minimal;IEEE754Compatible=true
Accept-Language:he
Content-Type:application/json;charset=UTF-8;IEEE754Compatible=true
X-CSRF-Token:Fetch


--batch_id-1700000000000-1
Content-Type: multipart/mixed;boundary=changeset_id-1700000000000-2

--changeset_id-1700000000000-2
Content-Type:application/http
Content-Transfer-Encoding:binary
Content-ID:0.0

POST Feedbacks HTTP/1.1
Accept:application/json;odata.metadata=minimal;IEEE754Compatible=true
Accept-Language:he
Content-Type:application/json;charset=UTF-8;IEEE754Compatible=true

{"RoutingId":"ROUTING","ReasonId":4,"Amount":"1234.50"}
--changeset_id-1700000000000-2--

--batch_id-1700000000000-1--
Group ID: $auto
"""

    def test_asks_for_a_token_with_head(self, client: Client) -> None:
        head = client.consumer().send("HEAD /odata/", X_CSRF_Token="Fetch")

        assert head.status == 200

    @pytest.mark.parametrize("accept", ["multipart/mixed", "application/json"])
    @pytest.mark.parametrize("line_end", ["\r\n", "\n"])
    def test_sends_a_multipart_batch(self, client: Client, accept: str, line_end: str) -> None:
        body = self.BATCH.replace("ROUTING", str(client.routings[0].pk)).replace("\n", line_end)
        answer = client.consumer(OData_Version="4.0", OData_MaxVersion="4.0").send(
            "POST /odata/$batch",
            body,
            Accept=accept,
            MIME_Version="1.0",
            Content_Type="multipart/mixed; boundary=batch_id-1700000000000-1",
        )

        assert answer.status == 200
        assert answer.one("Content-Type").startswith("multipart/mixed;boundary=")
        assert answer.all("ETag") == []
        assert re.findall(r"HTTP/1.1 (\d+)", answer.body.decode()) == ["200", "201"]
        assert answer.body.decode().count("\r\nOData-Version: 4.0\r\n") == 2
        assert "\r\nContent-ID: 0.0\r\n" in answer.body.decode()
        read, written = (json.loads(text) for text in re.findall(r"^\{.*\}", answer.body.decode(), re.MULTILINE))
        assert (read["@odata.count"], len(read["value"])) == (str(ROWS), 20)
        assert written["Amount"] == "1234.50"
        (feedback,) = said(client)
        assert (feedback.routing_id, feedback.amount) == (client.routings[0].pk, Decimal("1234.50"))


class TestPlainPosts:
    """Power Automate, Priority, Fireberry, HubSpot, Make, Zapier: a flow that posts JSON."""

    @pytest.mark.parametrize(
        "credentials",
        [
            lambda key: {"X_API_Key": key},
            lambda key: {"Authorization": f"Bearer {key}"},
            lambda key: {"Authorization": basic(key, "PAT")},
            lambda key: {"Authorization": basic("", key)},
        ],
        ids=["key in a header", "Bearer", "Priority", "key as password"],
    )
    def test_say_what_became_of_a_lead(self, client: Client, credentials: Any) -> None:
        routing = client.routings[0]
        flow = client.consumer(**{"Authorization": "", **credentials(client.key)})
        values = {"RoutingNumber": routing.number, "ReasonId": 2, "Comment": "בטיפול"}

        answer = flow.post("POST /odata/Feedbacks", values, Content_Type="application/json; charset=utf-8")

        assert answer.status == 201
        assert answer.one("Content-Type") == MINIMAL
        (feedback,) = said(client)
        assert answer.one("Location") == f"{client.root}Feedbacks({feedback.pk})"
        assert answer.json["RoutingId"] == str(routing.pk)
        assert flow.send("GET " + answer.one("Location").partition(":")[2].partition("/odata")[1] + "/Reasons").json

    def test_say_it_by_patch_through_a_gateway_that_knows_post_only(self, client: Client) -> None:
        address = f"/odata/Routings({client.routings[0].pk})"
        answer = client.consumer().post(f"POST {address}", {"ReasonId": 4}, X_HTTP_Method="PATCH")

        assert answer.status == 204
        assert answer.body == b""
        assert [feedback.reason_id for feedback in said(client)] == [4]
