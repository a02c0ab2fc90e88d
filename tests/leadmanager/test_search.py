"""The search field of every page finds leads, clients and rules, as far as one may see them."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from tests.factories import ClientFactory, LeadFactory, RoutingFactory, RuleFactory, StaffFactory

pytestmark = pytest.mark.django_db

URL = "/admin/search/"


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(StaffFactory())
    return client


def titles(staff: Client, term: str) -> list[str]:
    found = staff.get(URL, {"q": term}, headers={"HX-Request": "true"}).context["found"]
    return [hit.title for kind in found for hit in kind.hits]


@pytest.mark.parametrize("term", ["050-123-4567", "0501234567", "noa@example", "נועה", "דוד נוע"])
def test_a_lead_is_found_by_phone_mail_and_name(staff: Client, term: str) -> None:
    LeadFactory()
    LeadFactory(name="דנה", phone="052-9999999", phone_normalized="+972529999999", email="dana@other.example")

    assert titles(staff, term) == ["נועה בן־דוד"]


def test_a_routing_id_or_number_opens_its_lead(staff: Client) -> None:
    routing = RoutingFactory()

    for term in (str(routing.id), str(routing.number)):
        response = staff.get(URL, {"q": term})
        assert response.url == reverse("admin:distribution_lead_change", args=[routing.lead_id])


def test_clients_and_rules_are_found_by_part_of_their_name(staff: Client) -> None:
    client = ClientFactory(name="מכללת אופק", company="")
    RuleFactory(client=client, name="אופק CRM")
    RuleFactory(name="אופק ישן", deleted_at="2026-01-01T00:00:00Z")

    assert titles(staff, "אופק") == ["מכללת אופק", "אופק CRM"]
    assert (
        reverse("admin:accounts_user_tab", args=[client.pk, "rules"]) in staff.get(URL, {"q": "אופק"}).content.decode()
    )


def test_one_finds_what_one_may_see(client: Client) -> None:
    user = StaffFactory(is_superuser=False)
    user.user_permissions.add(Permission.objects.get(codename="view_rule"))
    client.force_login(user)
    LeadFactory(name="אופק לוי")
    RuleFactory(client=ClientFactory(name="מכללת אופק"), name="אופק CRM")

    assert titles(client, "אופק") == ["אופק CRM"]


def test_what_is_more_than_the_panel_holds_is_a_link_to_the_list(staff: Client) -> None:
    for _ in range(6):
        LeadFactory()

    found = staff.get(URL, {"q": "נועה"}, headers={"HX-Request": "true"}).context["found"]

    assert len(found[0].hits) == 5
    assert staff.get(found[0].more_url).context["cl"].result_count == 6


@pytest.mark.parametrize("term", ["", " ", "\x00", "(", "'); --", "%", "9" * 400, "אין כזה"])
def test_nothing_found_says_what_to_try(staff: Client, term: str) -> None:
    LeadFactory()

    response = staff.get(URL, {"q": term})

    assert response.status_code == 200
    assert "נסו טלפון" in response.content.decode() or "הקלידו למעלה" in response.content.decode()


def test_a_name_with_signs_of_html_stays_a_name(staff: Client) -> None:
    ClientFactory(name="<img src=x onerror=alert(1)>")
    ClientFactory(name="<img src=y>")

    page = staff.get(URL, {"q": "<img"}).content.decode()

    assert "<img" not in page
    assert "&lt;img src=x" in page


def test_as_many_queries_for_many_hits_as_for_one(staff: Client, django_assert_num_queries) -> None:
    for n in range(4):
        LeadFactory(name=f"אופק {n}")
        RuleFactory(client=ClientFactory(name=f"אופק {n}"), name=f"אופק {n}")
    staff.get(URL)

    with django_assert_num_queries(5):  # session, user, and one for each kind
        staff.get(URL, {"q": "אופק"}, headers={"HX-Request": "true"})
