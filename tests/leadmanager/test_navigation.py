"""The sidebar and the settings page are where the guide says, under its names."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from leadmanager.navigation import GROUPS, Entry, Item
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db


def entries(some: tuple[Entry, ...]) -> Iterator[Entry]:
    for entry in some:
        yield entry
        yield from entries(entry.children)


def flat(items: list[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from flat(item.children)


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(StaffFactory())
    return client


def groups(staff: Client, url: str) -> Any:
    return staff.get(url).context["navigation"]


@pytest.mark.parametrize("entry", [entry for _label, some in GROUPS for entry in entries(some)], ids=str)
def test_every_entry_opens_its_page_and_is_marked_there(staff: Client, entry: Entry) -> None:
    response = staff.get(reverse(entry.url_name))

    assert response.status_code == 200
    current = [item for group in response.context["navigation"] for item in flat(group.items) if item.is_current]
    assert [item.label for item in current] == [entry.label]


def test_the_guides_way_to_the_reasons(staff: Client) -> None:
    settings = next(group for group in groups(staff, reverse("admin:index")) if group.label == "הגדרות")
    routing = next(item for item in settings.items if item.label == "ניתוב לידים ללקוחות")

    assert [child.label for child in routing.children] == ["משוב לקוחות"]
    page = staff.get(routing.url).content.decode()
    assert f'href="{reverse("admin:feedback_reason_changelist")}"' in page


def test_the_settings_page_shows_what_one_may_see(client: Client) -> None:
    user = StaffFactory(is_superuser=False)
    user.user_permissions.add(Permission.objects.get(codename="view_reason"))
    client.force_login(user)

    cards = client.get(reverse("admin:routing_settings")).context["cards"]

    assert [card.url_name for card, _url in cards] == [
        "admin:feedback_reason_changelist",
        "admin:feedback_sending_guide",
    ]


def test_english_for_who_chose_it(client: Client) -> None:
    client.force_login(StaffFactory(language="en"))

    page = client.get(reverse("admin:index")).content.decode()

    assert all(label in page for label in ("Dashboard", "Leads", "Users", "Customer feedback", "Data sending guide"))
