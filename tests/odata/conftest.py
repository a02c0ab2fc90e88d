"""The shop, its tables, and a client that speaks to it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import AppConfig, apps
from django.http import HttpResponse
from django.test import Client

if "shop" not in apps.app_configs:
    # The shop exists for these tests only, so it joins the installed apps here and not in the settings.
    _config = AppConfig.create("tests.odata.shop")
    _config.apps = apps
    apps.app_configs["shop"] = _config
    _config.import_models()
    apps.clear_cache()


class Shop:
    """Requests to the shop as a customer sends them."""

    def __init__(self) -> None:
        self._client = Client(headers={"Authorization": "Bearer dana", "Accept-Language": "en"})

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Send a request for a path below the root; header names have underscores. The body is sent as JSON."""
        content = body if isinstance(body, bytes | str) else json.dumps(body) if body is not None else b""
        content_type = headers.pop("Content_Type", "application/json" if body is not None else "")
        path, _mark, query = path.partition("?")
        return self._client.generic(  # type: ignore[no-any-return]
            method,
            "/shop/" + path,
            content,
            content_type=content_type,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            query_string=None,
            QUERY_STRING=query,
        )

    def get(self, path: str, **headers: str) -> HttpResponse:
        """GET."""
        return self.send("GET", path, **headers)

    def json(self, path: str, **headers: str) -> Any:
        """GET that must succeed; the JSON body with exact decimals."""
        response = self.get(path, **headers)
        assert response.status_code == 200, response.content.decode()
        return json.loads(response.content, parse_float=str)

    def names(self, query: str) -> list[Any]:
        """The names of the products that a query gives, in order."""
        return [each["Name"] for each in self.json(f"Products?{query}")["value"]]


@pytest.fixture
def shop(settings: Any) -> Iterator[Shop]:
    """The shop is the whole site."""
    settings.ROOT_URLCONF = "tests.odata.shop.declaration"
    return Shop()


@pytest.fixture
def filled(shop: Shop, db: None) -> Shop:
    """The shop with its five products."""
    from tests.odata.shelves import fill_shelves

    fill_shelves()
    return shop
