"""Accept-Language decides what clients' systems read, at both doors, and Content-Language says which it was."""

import json
import re
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client

from distribution.models import Routing
from tests.factories import RoutingFactory, api_key

pytestmark = pytest.mark.django_db
REASON = {"/api/v1/reasons/1/": "Name", "/odata/Reasons(1)": "Name"}
HEBREW = re.compile("[א-ת]")


@pytest.fixture
def routing() -> Routing:
    return RoutingFactory()


@pytest.fixture
def caller(routing: Routing) -> Client:
    """The system of the routing's client."""
    return Client(headers={"Authorization": f"Bearer {api_key(routing.client)}"})


@pytest.mark.parametrize("address", REASON)
@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "he"),
        ("", "he"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("he-IL", "he"),
        ("iw-IL,en;q=0.5", "he"),  # Java's old name of Hebrew
        ("fr,en;q=0.5,he;q=0.1", "en"),
        ("fr", "he"),
        ("*", "he"),
        ("en;q=0.1,he;q=0.9", "he"),
        ("en;q=0,*", "he"),
        ("!!!", "he"),
        ("x" * 5000, "he"),
    ],
)
def test_names_come_in_the_language_asked_for(
    caller: Client, address: str, accepted: str | None, language: str
) -> None:
    headers = {} if accepted is None else {"Accept-Language": accepted}
    response = caller.get(address, headers=headers)
    assert response.status_code == 200
    assert response.json()["Name"] == {"he": "לא ענה", "en": "No answer"}[language]
    assert response["Content-Language"] == language
    assert "Accept-Language" in response["Vary"]


@pytest.mark.parametrize("address", REASON)
def test_a_language_cookie_does_not_change_what_a_machine_reads(caller: Client, address: str) -> None:
    caller.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert caller.get(address)["Content-Language"] == "he"
    assert caller.get(address, headers={"Accept-Language": "he"}).json()["Name"] == "לא ענה"


def refusals(caller: Client, routing: Routing, language: str) -> list[Any]:
    """Every kind of refusal that the doors have, in a language."""
    headers = {"Accept-Language": language}
    stranger = Client()
    posts = [
        caller.post(address, json.dumps(body), content_type="application/json", headers=headers)
        for address in ("/api/v1/feedback/", "/odata/Feedbacks")
        for body in (
            {},
            {"RoutingId": str(routing.id), "ReasonId": 99},
            {"RoutingId": str(RoutingFactory().id), "ReasonId": 1},
            {"RoutingId": "17"},
            {"Nonsense": 1},
        )
    ]
    gets = [
        caller.get(address, headers=headers)
        for address in (
            "/odata/Nothing",
            "/odata/Routings?$filter=1",
            "/api/v1/routings/?cursor=x",
            "/api/v1/routings/?Number=x",
            "/api/v1/x",
            "/api/v1/reasons/99/",
        )
    ]
    return [
        *posts,
        *gets,
        *(stranger.get(address, headers=headers) for address in ("/api/v1/reasons/", "/odata/Reasons")),
        *(caller.get(address, headers=headers | {"Host": "evil.example"}) for address in ("/api/v1/x", "/odata/x")),
        caller.delete("/api/v1/feedback/", headers=headers),
        caller.delete("/odata/Reasons(1)", headers=headers),
        caller.post("/api/v1/feedback/", "{", content_type="application/json", headers=headers),
        caller.post("/odata/Feedbacks", "{", content_type="application/json", headers=headers),
    ]


@pytest.mark.parametrize("language", ["he", "en"])
def test_every_refusal_speaks_the_language_asked_for(caller: Client, routing: Routing, language: str) -> None:
    for response in refusals(caller, routing, language):
        where = (response.request["PATH_INFO"], response.content.decode())
        assert response.status_code >= 400, where
        assert response["Content-Language"] == language, where
        document = response.json()
        message = document["error"]["message"] if "error" in document else document["detail"]
        assert bool(HEBREW.search(message)) == (language == "he"), where


def test_items_of_an_array_are_refused_in_the_language_asked_for(caller: Client) -> None:
    for language in ("he", "en"):
        response = caller.post(
            "/api/v1/feedback/", "[{}, 5]", content_type="application/json", headers={"Accept-Language": language}
        )
        details = [item["Problem"]["detail"] for item in response.json()]
        assert [bool(HEBREW.search(detail)) for detail in details] == [language == "he"] * 2


def test_the_descriptions_for_programs_are_english_whoever_reads(caller: Client) -> None:
    documents = [Client().get("/api/schema/", headers={"Accept-Language": language}) for language in ("he", "en")]
    assert documents[0].content == documents[1].content
    assert {document["Content-Language"] for document in documents} == {"en"}
    document = yaml.safe_load(documents[0].content)
    for _name, _at, path in _texts(document):
        assert not HEBREW.search(_name) or "examples" in path, (_name, path)
    metadata = [caller.get("/odata/$metadata", headers={"Accept-Language": language}) for language in ("he", "en")]
    assert metadata[0].content == metadata[1].content


def _texts(value: Any, at: str = "", path: tuple[str, ...] = ()) -> list[tuple[str, str, tuple[str, ...]]]:
    if isinstance(value, dict):
        return [found for name, each in value.items() for found in _texts(each, name, (*path, str(name)))]
    if isinstance(value, list):
        return [found for each in value for found in _texts(each, at, path)]
    return [(value, at, path)] if isinstance(value, str) else []
