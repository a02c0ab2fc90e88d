"""Machines' requests go straight to their views: with every header that pages get, and none of the cookies."""

from io import BytesIO
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

from accounts.services import generate_api_key
from leadmanager.wsgi import application
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db(transaction=True)

SAFETY = ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy")
ADDRESSES = [
    "/odata/",
    "/odata/Reasons",
    "/odata/Nothing",
    "/api/v1/reasons/",
    "/api/v1/leads/",
    "/api/nothing",
    "/api/docs/",
]


@pytest.fixture
def key(django_user_model: Any) -> str:
    from django.utils import timezone

    return generate_api_key(client=ClientFactory(), by=None, now=timezone.now()).text


def asked(path: str, **environ: Any) -> tuple[str, dict[str, str], bytes]:
    """Ask the WSGI application as a server does."""
    began: list[Any] = []
    body = application(
        {
            "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", "HTTP_HOST": "localhost",
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "CONTENT_LENGTH": "0",
            "wsgi.url_scheme": "http", "wsgi.input": BytesIO(), "wsgi.errors": BytesIO(), **environ,
        },
        lambda status, headers, exc_info=None: began.append((status, dict(headers))),
    )  # fmt: skip
    status, headers = began[0]
    return status, headers, b"".join(body)


@pytest.mark.parametrize("path", ADDRESSES)
def test_the_server_and_djangos_client_get_the_same(path: str, key: str) -> None:
    seen = Client().get(path, headers={"X-API-Key": key, "Host": "localhost"})
    status, headers, body = asked(path, HTTP_X_API_KEY=key)
    assert int(status.split()[0]) == seen.status_code
    assert {name: headers[name] for name in SAFETY} == {name: seen.headers[name] for name in SAFETY}
    changing = {"RateLimit", "RateLimit-Remaining", "RateLimit-Reset"}
    assert set(headers) == set(seen.headers)
    assert {name: headers[name] for name in headers if name not in changing} == {
        name: value for name, value in seen.headers.items() if name not in changing
    }
    assert int(headers["Content-Length"]) == len(body)
    assert body == seen.content
    assert "Set-Cookie" not in headers
    assert "Cookie" not in headers.get("Vary", "")


@pytest.mark.parametrize(("accepted", "language"), [("en", "en"), ("he", "he"), ("fr, iw", "he"), ("", "he")])
def test_machines_are_answered_in_the_language_they_accept(accepted: str, language: str) -> None:
    client = Client()
    client.cookies["django_language"] = "en"
    answer = client.get("/api/v1/reasons/", headers={"Accept-Language": accepted})
    assert answer.headers["Content-Language"] == language
    assert ("מפתח" in answer.json()["detail"]) == (language == "he")


def test_a_fault_of_ours_is_answered_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        raise RuntimeError("a fault")

    monkeypatch.setattr("distribution.api.views.receive_leads", lambda *_: broken(HttpRequest()))
    client = Client(raise_request_exception=False)
    answer = client.get("/api/v1/leads/")
    assert answer.status_code == 500
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_people_still_get_their_cookies() -> None:
    status, headers, _body = asked("/admin/login/")
    assert status.startswith("200")
    assert "csrftoken" in headers["Set-Cookie"]
