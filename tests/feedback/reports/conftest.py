"""A small agency whose numbers can be added up by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from distribution.choices import DeliveryState
from distribution.models import Delivery, MatchReport, Routing, Rule, Source
from feedback.choices import Door
from feedback.services import FeedbackInput, record_feedback
from tests.factories import ClientFactory, LeadFactory, RoutingFactory, SourceFactory, StaffFactory, active_rule

OCTOBER = datetime(2026, 10, 10, 9, 0, tzinfo=UTC)
OPEN = {DeliveryState.WAITING, DeliveryState.SENDING}


@dataclass(kw_only=True)
class Agency:
    """Two sources, two clients with a rule each."""

    web: Source
    fair: Source
    north: User
    south: User
    rules: dict[int, Rule]

    def give(
        self,
        client: User,
        source: Source,
        state: DeliveryState | None,
        *,
        at: datetime = OCTOBER,
        says: int | None = None,
        amount: int | None = None,
        said_at: datetime | None = None,
        is_repeat: bool = False,
    ) -> Routing:
        """Give a new lead to a client; `state` is its delivery's (None: by hand, without a rule)."""
        routing = RoutingFactory(
            lead=LeadFactory(source=source, received_at=at),
            client=client,
            created_at=at,
            visible_at=None if state == DeliveryState.WAITING else at,
            delivered_at=at if state == DeliveryState.ACCEPTED else None,
        )
        rule = self.rules[client.pk]
        if state is not None:
            Delivery.objects.create(
                routing=routing, rule=rule, state=state, created_at=at, finished_at=None if state in OPEN else at
            )
        if is_repeat:
            verdict = {"rule": rule.pk, "takes": True, "code": "takes", "repeat": {"lead": 1}}
            MatchReport.objects.create(lead=routing.lead, verdicts=[verdict], is_repeat=True, created_at=at)
        if says is not None:
            say(routing, says, amount=amount, at=said_at or at)
        return routing


def say(routing: Routing, reason: int, *, at: datetime, amount: int | None = None) -> None:
    """Let the client say something about a routing."""
    said = FeedbackInput(routing_id=routing.pk, reason_id=reason, amount=None if amount is None else Decimal(amount))
    (result,) = record_feedback(client_id=routing.client_id, items=[said], door=Door.ODATA, now=at)
    result.unwrap()


@pytest.fixture
def agency() -> Agency:
    north, south = ClientFactory(name="North"), ClientFactory(name="South")
    return Agency(
        web=SourceFactory(name="Web"),
        fair=SourceFactory(name="Fair"),
        north=north,
        south=south,
        rules={client.pk: active_rule(client=client) for client in (north, south)},
    )


@pytest.fixture
def october(agency: Agency) -> Agency:
    """October of North: 5 accepted (a sale of 4,900, a meeting, a wrong number, a repeat, one without feedback), one
    refused, one waiting. South: one held, one by hand without a rule. And a lead that nobody was given."""
    states = DeliveryState
    agency.give(agency.north, agency.web, states.ACCEPTED, says=4, amount=4900)
    agency.give(agency.north, agency.web, states.ACCEPTED, says=3)
    agency.give(agency.north, agency.fair, states.ACCEPTED, says=6)
    agency.give(agency.north, agency.fair, states.ACCEPTED, says=2, is_repeat=True)
    agency.give(agency.north, agency.web, states.ACCEPTED)
    agency.give(agency.north, agency.web, states.REFUSED)
    agency.give(agency.north, agency.web, states.WAITING)
    agency.give(agency.south, agency.fair, states.HELD)
    agency.give(agency.south, agency.fair, None)
    LeadFactory(source=agency.web, received_at=OCTOBER)
    # The neighbours on both sides, by the clock of Jerusalem: 30 September 23:59 and 1 November 0:00.
    agency.give(agency.north, agency.web, states.ACCEPTED, at=datetime(2026, 9, 30, 20, 59, tzinfo=UTC))
    agency.give(agency.north, agency.web, states.ACCEPTED, at=datetime(2026, 10, 31, 22, 0, tzinfo=UTC))
    # Tests and what was taken back are in no report.
    RoutingFactory(client=agency.south, is_test=True, created_at=OCTOBER)
    LeadFactory(source=agency.web, received_at=OCTOBER, is_test=True)
    RoutingFactory(
        client=agency.south,
        created_at=OCTOBER,
        visible_at=None,
        withdrawn_at=OCTOBER,
        lead__source=agency.web,
        lead__received_at=datetime(2026, 9, 1, tzinfo=UTC),
    )
    return agency


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(StaffFactory(language="en"))
    return client


def staff_with(*codenames: str) -> Client:
    """Log a staff member in who may do just that."""
    user = StaffFactory(is_superuser=False, language="en")
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client
