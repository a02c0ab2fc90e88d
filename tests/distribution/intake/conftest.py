"""A source, and its sender."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from distribution.models import Source
from tests.factories import SourceFactory

SAMPLES = Path(__file__).parents[2] / "samples"
TOKEN = "intake-token"

Send = Callable[..., Any]


@pytest.fixture
def source(db: None) -> Source:
    """A source whose token the sender knows."""
    return SourceFactory(token=TOKEN)


@pytest.fixture
def send(source: Source, client: Client) -> Send:
    """Post a body to the intake with the source's token."""

    def post(body: Any, *, content_type: str = "application/json", path: str = "/api/v1/leads/", **headers: str) -> Any:
        headers = headers or {"Authorization": f"Bearer {TOKEN}"}
        if not isinstance(body, str | bytes):
            body = json.dumps(body)
        return client.generic("POST", path, body, content_type=content_type, headers=headers)

    return post
