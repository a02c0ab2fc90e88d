"""A client with a key and a rule, and its kit."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from distribution.models import Rule
from feedback.services.kit import KitLink, hand_over_link
from tests.factories import ClientFactory, StaffFactory, active_rule, api_key

AGENT = "Mozilla/5.0"


@pytest.fixture
def customer(db: None) -> User:
    return ClientFactory(name='נדל"ן הצפון', email="dev@example.co.il", phone="050-123-4567")


@pytest.fixture
def rule(customer: User) -> Rule:
    return active_rule(client=customer, mappings={"externalRef": "routing.id", "phone": "lead.phone"})


@pytest.fixture
def key(customer: User) -> str:
    return api_key(customer)


@pytest.fixture
def kit(customer: User, rule: Rule, key: str) -> KitLink:
    return link_for(customer)


@pytest.fixture
def visitor() -> Client:
    """Somebody outside, with a browser that keeps no cookie of ours."""
    return Client(headers={"User-Agent": AGENT}, enforce_csrf_checks=True)


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    client.force_login(StaffFactory())
    return client


def link_for(customer: User, **changes: Any) -> KitLink:
    """Hand the kit over by a link."""
    asked = {"language": "he", "valid_for": timedelta(days=14), "offers_key": True, "by": StaffFactory()}
    return hand_over_link(client=customer, now=timezone.now(), **(asked | changes))
