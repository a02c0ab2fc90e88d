"""What real clients send beside the norm, and the smaller conveniences."""

import pytest

from tests.odata.conftest import Shop

pytestmark = pytest.mark.django_db
EXCEL = (
    "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,application/atomsvc+xml;q=0.8,"
    "application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7"
)


def test_without_a_name_nothing_is_told(shop: Shop) -> None:
    response = shop.get("Products", Authorization="Basic x")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="shop"'
    assert response.headers["OData-Version"] == "4.0"
    assert response.json()["error"]["code"] == "Unauthorized"


def test_options_with_and_without_dollar_in_any_case(filled: Shop) -> None:
    for query in (
        "$filter=Name%20eq%20'Hammer'",
        "filter=Name+eq+'Hammer'",
        "%24filter=Name eq 'Hammer'",
        "$FILTER=Name EQ 'Hammer'",
        "$filter=Name eq @n&@n='Hammer'",
        "$count=false&$filter=Name eq 'Hammer'&custom=1&another=",
    ):
        assert filled.names(query.replace(" ", "%20")) == ["Hammer"], query


def test_accept_is_read_tolerantly(filled: Shop) -> None:
    for accept in (
        EXCEL,
        "*/*",
        "application/json;odata=verbose",
        "application/json;foo=bar,application/json",
        "application/*",
        "application/json;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
        "text/html,*/*;q=0.1",
    ):
        response = filled.get("Products", Accept=accept)
        assert (response.status_code, response.headers["Content-Type"][:16]) == (200, "application/json"), accept
    assert filled.get("Products").headers["Content-Type"] == "application/json;odata.metadata=minimal"
    for accept in ("text/html", "application/atom+xml", "application/json;q=0", "application/json;foo=bar"):
        assert filled.get("Products", Accept=accept).status_code == 406
    assert filled.get("Products?$format=atom").status_code == 406


def test_head_is_get_without_a_body(filled: Shop) -> None:
    for path in ("", "$metadata", "Products", "Products(Number=1)", "Products/$count", "Nothing"):
        get, head = filled.get(path), filled.send("HEAD", path, X_CSRF_Token="Fetch")
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers["Content-Length"] == str(len(get.content))


def test_the_query_may_stand_in_the_body(filled: Shop) -> None:
    response = filled.send(
        "POST", "Products/$query", "$filter=Name%20eq%20'Hammer'&$select=Number", Content_Type="text/plain"
    )
    assert [each["Number"] for each in response.json()["value"]] == [1]
    assert filled.send("POST", "Products/$query", "{}", Content_Type="application/json").status_code == 415
    assert filled.get("Products/$query").status_code == 405


def test_nulls_may_be_left_out(filled: Shop) -> None:
    response = filled.get("Products(Number=3)", Prefer="omit-values=nulls")
    assert "Name" not in response.json()
    assert response.headers["Preference-Applied"] == "omit-values=nulls"
