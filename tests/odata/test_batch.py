"""Batches in both formats."""

import base64
import json
from typing import Any

import pytest

from tests.odata.conftest import Shop
from tests.odata.shelves import fill_shelves
from tests.odata.shop.models import Product, Review

pytestmark = pytest.mark.django_db


def part(line: str, body: Any = None, **headers: str) -> str:
    """One request of a multipart batch; `Content_ID` belongs to the part, not to the request."""
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    content_id = f"Content-ID: {own.pop('Content-ID')}\r\n" if "Content-ID" in own else ""
    if body is not None:
        own.setdefault("Content-Type", "application/json")
    lines = "".join(f"{name}: {value}\r\n" for name, value in own.items())
    content = json.dumps(body) if body is not None else ""
    head = f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{content_id}\r\n"
    return f"{head}{line} HTTP/1.1\r\n{lines}\r\n{content}"


def multipart(*parts: str, boundary: str = "b1") -> str:
    """Parts between boundaries."""
    return "".join(f"--{boundary}\r\n{each}\r\n" for each in parts) + f"--{boundary}--\r\n"


def change_set(*parts: str) -> str:
    """An atomic group."""
    return f"Content-Type: multipart/mixed; boundary=c1\r\n\r\n{multipart(*parts, boundary='c1')}"


def send(shop: Shop, body: str, **headers: str) -> str:
    """Send a multipart batch and give the answer's text."""
    response = shop.send("POST", "$batch", body, Content_Type="multipart/mixed; boundary=b1", **headers)
    assert response.status_code == 200, response.content.decode()
    assert response.headers["Content-Type"].startswith("multipart/mixed;boundary=batchresponse_")
    return response.content.decode()


def run(shop: Shop, *requests: dict[str, Any], **headers: str) -> list[dict[str, Any]]:
    """Send a JSON batch and give the responses."""
    response = shop.send("POST", "$batch", {"requests": list(requests)}, **headers)
    assert response.status_code == 200, response.content.decode()
    return response.json()["responses"]  # type: ignore[no-any-return]


def new(number: int, **more: Any) -> dict[str, Any]:
    """A JSON request that inserts a product."""
    return {"id": str(number), "method": "POST", "url": "Products", "body": {"Number": number}} | more


# ---- multipart ----


@pytest.mark.parametrize(
    "url",
    [
        "Products(Number=1)/Name",
        "/Products(Number=1)/Name",
        "/shop/Products(Number=1)/Name",
        "http://testserver/shop/Products(Number=1)/Name",
        "https://TestServer/shop/Products(Number=1)/Name",
    ],
)
def test_every_form_of_address_is_understood(shop: Shop, url: str) -> None:
    fill_shelves()
    assert '"value":"Hammer"' in send(shop, multipart(part(f"GET {url}")), Accept="application/json")


@pytest.mark.parametrize(
    "url",
    [
        "http://elsewhere/shop/Products",
        "http://testserver.evil/shop/Products",
        "http://testserver/admin/",
        "/../admin/",
        "/admin/",
        "$batch",
    ],
)
def test_no_part_leaves_the_service(shop: Shop, url: str) -> None:
    text = send(shop, multipart(part(f"GET {url}")))
    assert "HTTP/1.1 404" in text or "HTTP/1.1 400" in text or "HTTP/1.1 405" in text
    assert "<html" not in text


def test_the_parts_are_read_tolerantly(shop: Shop) -> None:
    """LF only, a preamble, an epilogue, no last line end, a wrong inner length."""
    fill_shelves()
    body = "preamble\n" + multipart(part("GET Products(Number=1)/Name", Content_Length="999")).replace("\r\n", "\n")
    assert '"value":"Hammer"' in send(shop, body + "epilogue")
    assert '"value":"Hammer"' in send(shop, body.rstrip("\n"))


def test_a_change_set_refers_to_its_own_parts(shop: Shop) -> None:
    text = send(
        shop,
        multipart(
            change_set(
                part("POST Products", {"Number": 1}, Content_ID="1"),
                part("POST $1/Reviews", {"Stars": 4}, Content_ID="2"),
                part("POST Reviews", {"Stars": 2, "Product@odata.bind": "$1"}, Content_ID="3"),
            )
        ),
    )
    assert text.count("HTTP/1.1 201 Created") == 3
    assert "Content-ID: 2" in text
    assert "OData-Version: 4.0" in text
    assert set(Review.objects.values_list("product__number", "stars")) == {(1, 4), (1, 2)}


def test_a_change_set_is_all_or_nothing_and_answered_once(shop: Shop) -> None:
    text = send(
        shop,
        multipart(
            change_set(part("POST Products", {"Number": 1}), part("POST Products", {"Number": "x"})),
            part("GET Products/$count"),
        ),
    )
    assert text.count("HTTP/1.1") == 1
    assert "HTTP/1.1 400" in text
    assert "changesetresponse" not in text
    assert not Product.objects.exists()


def test_processing_stops_at_the_first_error_unless_preferred_otherwise(shop: Shop) -> None:
    body = multipart(part("GET Nothing"), part("GET Products/$count"))
    assert send(shop, body).count("HTTP/1.1") == 1
    assert send(shop, body, Prefer="odata.continue-on-error").count("HTTP/1.1") == 2
    assert send(shop, body, Prefer="continue-on-error=false").count("HTTP/1.1") == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "--b1",
        "--b1--",
        "--b1\r\nnot a header\r\n\r\n--b1--",
        multipart("Content-Type: text/plain\r\n\r\nx"),
        multipart("Content-Type: application/http\r\n\r\n"),
        multipart(change_set(part("GET Products"))),
    ],
)
def test_what_is_no_batch_is_refused(shop: Shop, body: str) -> None:
    response = shop.send("POST", "$batch", body or " ", Content_Type="multipart/mixed; boundary=b1")
    assert response.status_code in (200, 400)
    assert "<html" not in response.content.decode()


def test_a_batch_of_another_type_is_refused(shop: Shop) -> None:
    assert shop.send("POST", "$batch", "x", Content_Type="text/plain").status_code == 415
    assert shop.get("$batch").status_code == 405


# ---- JSON ----


def test_json_requests_are_answered_in_order(shop: Shop) -> None:
    fill_shelves()
    first, second = run(
        shop,
        {"id": "a", "method": "get", "url": "Products(Number=1)/Name"},
        {"id": "b", "method": "GET", "url": "/shop/Products/$count", "headers": {"Accept": "text/plain"}},
    )
    assert first["body"]["value"] == "Hammer"
    assert first["headers"]["odata-version"] == "4.0"
    assert (second["id"], second["status"], second["body"]) == ("b", 200, "5")


def test_a_json_group_is_one_call(shop: Shop, django_assert_num_queries: Any) -> None:
    """Inserts of one group into one set take one statement, however many they are."""
    wish = {"headers": {"Prefer": "return=minimal"}}
    Product.objects.create(number=0)
    with django_assert_num_queries(5 + 10):  # two nested savepoints around one insert, and an ETag for each answer
        responses = run(shop, *(new(number, atomicityGroup="g", **wish) for number in range(1, 11)))
    assert [each["status"] for each in responses] == [204] * 10
    assert all(each["atomicityGroup"] == "g" and each["headers"]["location"] for each in responses)


def test_a_failed_json_group_says_so_for_each(shop: Shop) -> None:
    responses = run(shop, new(1, atomicityGroup="g"), new(2, atomicityGroup="g", body={"Number": None}))
    assert [each["status"] for each in responses] == [424, 400]
    assert responses[1]["body"]["error"]["target"] == "Number"
    assert not Product.objects.exists()


def test_dependencies_hold(shop: Shop) -> None:
    responses = run(
        shop,
        {"id": "1", "method": "GET", "url": "Nothing"},
        new(2, dependsOn=["1"]),
        new(3, dependsOn=["9"]),
        new(4),
        {"id": "5", "method": "PATCH", "url": "$4", "body": {"Rating": 3}, "dependsOn": ["4"]},
        Prefer="continue-on-error",
    )
    assert [each["status"] for each in responses] == [404, 424, 400, 201, 204]
    assert Product.objects.get().rating == 3


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"requests": 1},
        {"requests": [1]},
        {"requests": [{"id": "1"}]},
        {"requests": [new(1), new(1)]},
        {"requests": [new(1, headers=1)]},
        {"requests": [new(1, dependsOn="x")]},
        {"requests": [new(1, atomicityGroup="g"), new(2), new(3, atomicityGroup="g")]},
        [],
        {"requests": [new(number) for number in range(101)]},
    ],
)
def test_what_is_no_json_batch_is_refused(shop: Shop, body: Any) -> None:
    response = shop.send("POST", "$batch", body)
    assert response.status_code == 400
    assert response.json()["error"]["code"]
    assert not Product.objects.exists()


def test_a_hundred_parts_are_allowed(shop: Shop) -> None:
    assert len(run(shop, *(new(number, atomicityGroup="g") for number in range(100)))) == 100


# ---- what JSON Format 4.01, section 19, and Protocol 4.01, section 11.7, say beyond that ----


def statuses(*answers: dict[str, Any]) -> list[int]:
    return [each["status"] for each in answers]


def test_a_json_batch_goes_on_after_an_error(shop: Shop) -> None:
    requests = [{"id": "1", "method": "GET", "url": "Nothing"}, {"id": "2", "method": "GET", "url": "Tags"}]
    assert statuses(*run(shop, *requests)) == [404, 200]
    assert statuses(*run(shop, *requests, Prefer="continue-on-error=false")) == [404]


def test_a_condition_is_not_evaluated_and_nothing_is_done(shop: Shop) -> None:
    fill_shelves()
    one = {"id": "1", "method": "GET", "url": "Tags"}
    delete = {"id": "2", "method": "DELETE", "url": "Products(Number=1)", "dependsOn": ["1"], "if": "$1/$succeeded"}
    assert statuses(*run(shop, one, delete)) == [200, 424]
    group = [new(50, atomicityGroup="g"), new(51, atomicityGroup="g") | {"if": "true"}]
    assert statuses(*run(shop, *group)) == [424, 424]
    assert set(Product.objects.values_list("number", flat=True)) == {1, 2, 3, 4, 5}


def test_an_etag_is_referred_to_and_an_unknown_one_is_refused(shop: Shop) -> None:
    fill_shelves()
    patch = {"method": "PATCH", "url": "Products(Number=1)", "headers": {"If-Match": "$1"}}
    answers = run(
        shop,
        {"id": "1", "method": "GET", "url": "Products(Number=1)"},
        patch | {"id": "2", "body": {"Rating": 1}},
        patch | {"id": "3", "body": {"Rating": 2}},
        patch | {"id": "4", "body": {"Rating": 3}, "headers": {"If-Match": "$9"}},
    )
    assert statuses(*answers) == [200, 204, 412, 400]
    assert Product.objects.get(number=1).rating == 1


def test_parts_have_the_language_and_the_format_of_the_batch_or_their_own(shop: Shop) -> None:
    fill_shelves()
    get = {"method": "GET", "url": "Categories(1)"}
    own, inherited, refused = run(
        shop,
        get | {"id": "1", "headers": {"Accept-Language": "he", "Accept": "application/json"}},
        get | {"id": "2"},
        {"id": "3", "method": "GET", "url": "Nothing", "headers": {"accept-language": "he"}},
        Accept="application/json;odata.metadata=none",
    )
    assert (own["body"]["Name"], own["headers"]["content-language"]) == ("כלים", "he")
    assert "@odata.context" in own["body"]
    assert (inherited["body"]["Name"], inherited["headers"]["content-language"]) == ("Tools", "en")
    assert "@odata.context" not in inherited["body"]
    assert any("א" <= letter <= "ת" for letter in refused["body"]["error"]["message"])


def test_bodies_that_are_neither_json_nor_text_are_encoded(shop: Shop) -> None:
    xml, text = run(
        shop, {"id": "1", "method": "GET", "url": "$metadata"}, {"id": "2", "method": "GET", "url": "Tags/$count"}
    )
    assert base64.urlsafe_b64decode(xml["body"]).startswith(b"<?xml")
    assert text["body"] == "0"


def test_the_form_of_the_answer_may_be_chosen(shop: Shop) -> None:
    requests = {"requests": [{"id": "1", "method": "GET", "url": "Tags"}]}
    answer = shop.send("POST", "$batch", requests, Accept="multipart/mixed")
    assert answer.headers["Content-Type"].startswith("multipart/mixed;boundary=")
    assert "Content-ID: 1" in answer.content.decode()


def test_conditions_belong_to_the_parts(shop: Shop) -> None:
    assert shop.send("POST", "$batch", {"requests": []}, If_Match="*").status_code == 400


def test_a_boundary_may_hold_a_space(shop: Shop) -> None:
    body = multipart(part("GET Tags"), boundary="a b")
    answer = shop.send("POST", "$batch", body, Content_Type='multipart/mixed; boundary="a b"')
    assert "HTTP/1.1 200 OK" in answer.content.decode()
