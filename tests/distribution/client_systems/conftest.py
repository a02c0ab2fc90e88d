"""Rules made by what the editor posts, and leads that they send."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from distribution import services
from distribution.models import Delivery, Lead, Rule
from tests.factories import ClientFactory, LeadFactory, StaffFactory

Row = dict[str, str]


class Editor:
    """The rule editor as a browser without JavaScript uses it."""

    def __init__(self, client: Any) -> None:
        self.client = client
        client.force_login(StaffFactory())

    def post(self, address: str, rows: list[Row], **fields: str) -> Any:
        """Post the form with mapping rows and further fields."""
        data = {
            "name": "כלל",
            "sources_mode": "all",
            "method": "POST",
            "body_format": "json",
            "auth_kind": "none",
            "timeout_s": "5",
            "max_in_flight": "8",
            "allow_http": "on",
            "mappings-TOTAL_FORMS": str(len(rows)),
            "mappings-INITIAL_FORMS": "0",
        } | fields
        for place, row in enumerate(rows):
            said = {"ORDER": str(place + 1), "separator": " "} | row
            data |= {f"mappings-{place}-{name}": value for name, value in said.items()}
        return self.client.post(address, data)

    def make(self, rows: list[Row], *, user: User | None = None, **fields: str) -> Rule:
        """Make a rule and activate it untested."""
        user = user or ClientFactory()
        answer = self.post(f"/admin/distribution/rule/add/?client={user.pk}", rows, **fields)
        assert answer.status_code == 302, errors(answer)
        rule = Rule.objects.get(client=user)
        return services.activate_rule(rule=rule, now=timezone.now())

    def preview(self, rows: list[Row], **fields: str) -> str:
        """Give the panel that shows the request."""
        user = ClientFactory()
        return str(self.post(f"/admin/distribution/rule/preview/{user.pk}/", rows, **fields).content.decode())


def errors(answer: Any) -> list[Any]:
    """Give what the editor says is wrong."""
    sections = answer.context["sections"]
    return [sections.errors, *(section.form.errors for section in sections.all if section.has_errors)]


@pytest.fixture
def editor(client: Any) -> Editor:
    return Editor(client)


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.TRANSMIT_ALLOWED_NETWORKS = ["127.0.0.0/8:*"]


def give(rule: Rule, **fields: Any) -> Delivery:
    """Give a lead to a rule's client; the delivery waits for a transmit loop."""
    lead: Lead = LeadFactory(**fields)
    services.route_lead(lead.pk, now=timezone.now())
    return Delivery.objects.get(rule=rule, routing__lead=lead)
