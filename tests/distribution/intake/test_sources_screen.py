"""Sources on the screen: adding one, its field names, its token."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from distribution.models import Source
from distribution.services import intake
from tests.factories import SourceFactory, StaffFactory

pytestmark = pytest.mark.django_db

ADD = "/admin/distribution/source/add/"


@pytest.fixture
def staff(client: Client) -> Client:
    """A member of staff at the screen."""
    client.force_login(StaffFactory())
    return client


def rows(*pairs: tuple[str, str], initial: int = 0, **extra: str) -> dict[str, str]:
    """Give the table of field names as a browser posts it."""
    posted = {"names-TOTAL_FORMS": str(len(pairs)), "names-INITIAL_FORMS": str(initial)}
    for place, (theirs, ours) in enumerate(pairs):
        posted |= {f"names-{place}-theirs": theirs, f"names-{place}-ours": ours}
    return posted | extra


def token_url(source: Source, act: str) -> str:
    """Give the address of an act on a source's token."""
    return reverse("admin:distribution_source_token_act", args=[source.pk, act])


def test_a_source_is_added_with_its_field_names_and_a_token(staff: Client) -> None:
    answer = staff.post(ADD, {"name": "גוגל", "is_active": "on"} | rows(("לקוח", "name"), ("", "")))
    source = Source.objects.get()
    assert (answer.status_code, answer["Location"]) == (
        302,
        reverse("admin:distribution_source_change", args=[source.pk]),
    )
    assert (source.name, source.field_names) == ("גוגל", {"לקוח": "name"})
    shown = staff.post(token_url(source, "reveal")).content.decode()
    token = re.search(r"lmsrc\w{32}", shown)
    assert token is not None
    assert intake.source_of_token(token.group()).id == source.pk
    assert f"/api/v1/leads/{token.group()}/" in shown


def test_the_page_shows_the_address_but_no_token_until_it_is_asked_for(staff: Client) -> None:
    source = SourceFactory(token="secret-token")
    page = staff.get(reverse("admin:distribution_source_change", args=[source.pk])).content.decode()
    assert "http://testserver/api/v1/leads/" in page
    assert "secret-token" not in page
    answer = staff.post(token_url(source, "reveal"), headers={"HX-Request": "true"})
    assert "secret-token" in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert staff.get(token_url(source, "reveal")).status_code == 405


def test_a_token_is_replaced(staff: Client) -> None:
    source = SourceFactory(token="old-token")
    shown = staff.post(token_url(source, "replace")).content.decode()
    token = re.search(r"lmsrc\w{32}", shown)
    assert token is not None
    assert intake.source_of_token(token.group()).id == source.pk


def test_field_names_are_changed_and_removed_in_the_table(staff: Client) -> None:
    source = SourceFactory(field_names={"א": "name", "ב": "phone"})
    url = reverse("admin:distribution_source_change", args=[source.pk])
    table = rows(("א", "city"), ("ב", "phone"), ("ג", "data"), initial=2, **{"names-1-DELETE": "on"})
    assert staff.post(url, {"name": source.name, "is_active": "on"} | table).status_code == 302
    source.refresh_from_db()
    assert source.field_names == {"א": "city", "ג": "data"}


@pytest.mark.parametrize(
    "table", [rows(("א", "")), rows(("", "name")), rows(("א", "name"), (" א_", "phone")), rows(("א", "nonsense"))]
)
def test_a_half_filled_or_doubled_row_is_refused(staff: Client, table: dict[str, str]) -> None:
    answer = staff.post(ADD, {"name": "גוגל", "is_active": "on"} | table)
    assert answer.status_code == 200
    assert not Source.objects.exists()


def test_two_sources_of_one_name_are_refused_on_the_form(staff: Client) -> None:
    SourceFactory(name="גוגל")
    answer = staff.post(ADD, {"name": "גוגל", "is_active": "on"} | rows())
    assert answer.status_code == 200
    assert "name" in answer.context["form"].errors


def test_who_may_only_look_sees_no_token_and_saves_nothing(client: Client) -> None:
    from django.contrib.auth.models import Permission

    viewer = StaffFactory(is_superuser=False)
    viewer.user_permissions.add(Permission.objects.get(codename="view_source"))
    client.force_login(viewer)
    source = SourceFactory()
    url = reverse("admin:distribution_source_change", args=[source.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"name": "אחר"} | rows()).status_code == 403
    assert client.post(token_url(source, "reveal")).status_code == 403
    assert client.get(ADD).status_code == 403
