"""A client with more routings than a page holds."""

from dataclasses import dataclass
from typing import Any

import pytest

from accounts.models import User
from distribution.models import Lead, Routing
from distribution.models.routing import new_id
from tests.factories import ClientFactory, RoutingFactory, SourceFactory, api_key
from tests.odata_requests.consumer import Consumer

ROWS = 230


@dataclass(frozen=True)
class Client:
    """A client of the agency: its key, its routings in the order of their ids, and where the service is."""

    owner: User
    key: str
    routings: list[Routing]
    root: str

    def consumer(self, **headers: str) -> Consumer:
        """A consumer of this client with its key in a header, unless `headers` bring the key themselves."""
        return Consumer(self.root, **(headers if "Authorization" in headers else {"X_API_Key": self.key} | headers))


@pytest.fixture
def client(live_server: Any) -> Client:
    """Give the client; another one has a routing that must never show."""
    owner, source, now = ClientFactory(), SourceFactory(), RoutingFactory().visible_at
    leads = Lead.objects.bulk_create(
        Lead(source=source, external_id=str(at), name=f"נועה x{at}" if at % 10 == 0 else "דנה", phone=f"050{at:07}")
        for at in range(ROWS)
    )
    routings = Routing.objects.bulk_create(
        Routing(id=new_id(), lead=lead, client=owner, visible_at=now) for lead in leads
    )
    return Client(owner, api_key(owner), sorted(routings, key=lambda routing: routing.pk), f"{live_server.url}/odata/")
