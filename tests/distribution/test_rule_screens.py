"""The tab שידור לידים and the rule editor, as a browser without JavaScript sees them (guide, part B)."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from distribution import services
from distribution.models import Attempt, Lead, Routing, Rule
from tests.factories import ClientFactory, LeadFactory, StaffFactory, active_rule
from tests.receivers import receiving

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    user = StaffFactory()
    client.force_login(user)
    return user


def form(*rows: dict[str, str], **changes: str) -> dict[str, str]:
    """Give what the editor posts."""
    data = {
        "name": "CRM ראשי",
        "sources_mode": "all",
        "method": "POST",
        "url": "https://crm.example.co.il/api/leads",
        "body_format": "json",
        "auth_kind": "none",
        "timeout_s": "20",
        "max_in_flight": "8",
        "mappings-TOTAL_FORMS": str(len(rows)),
        "mappings-INITIAL_FORMS": "0",
    }
    for place, row in enumerate(rows):
        data |= {f"mappings-{place}-{name}": value for name, value in ({"ORDER": str(place + 1)} | row).items()}
    return data | changes


ROUTING_ID = {"source": "routing.id", "name": "externalRef"}
PHONE = {"source": "lead.phone", "name": "contact.phones[0]", "transform": "phone_international"}


def add_url(user) -> str:
    return f"/admin/distribution/rule/add/?client={user.pk}"


def test_the_big_plus_leads_to_a_form_that_begins_with_the_routing_id(client, staff):
    user = ClientFactory()
    tab = client.get(f"/admin/accounts/user/{user.pk}/tab/rules/").content.decode()
    assert add_url(user) in tab.replace("&amp;", "&")
    page = client.get(add_url(user)).content.decode()
    assert "זיהוי ניתוב" in page
    assert "שמור" in page


@pytest.mark.parametrize("query", ["", "?client=", "?client=999999"])
def test_without_a_client_the_users_screen_says_where_rules_are_added(client, staff, query):
    answer = client.get(f"/admin/distribution/rule/add/{query}", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/admin/accounts/user/")
    assert "בחרו קודם את הלקוח" in answer.content.decode()


def test_saving_goes_back_to_the_tab_and_asks_whether_to_test_or_to_activate(client, staff):
    user = ClientFactory()
    answer = client.post(add_url(user), form(ROUTING_ID, PHONE), follow=True)
    page = answer.content.decode()
    assert answer.request["PATH_INFO"] == f"/admin/accounts/user/{user.pk}/tab/rules/"
    assert "externalRef" in page
    assert "data-dialog-open" in page
    assert not Rule.objects.get().is_active


def test_without_the_routing_id_nothing_is_saved_and_the_form_says_why(client, staff):
    answer = client.post(add_url(ClientFactory()), form(PHONE))
    assert "כלל פעיל חייב לשלוח את זיהוי הניתוב" in answer.content.decode()
    assert not Rule.objects.exists()


def test_a_routing_id_row_without_a_name_counts_as_missing(client, staff):
    answer = client.post(add_url(ClientFactory()), form({"source": "routing.id", "name": ""}, PHONE))
    assert "כלל פעיל חייב לשלוח את זיהוי הניתוב" in answer.content.decode()


def test_what_was_typed_is_still_there_after_a_refusal(client, staff):
    page = client.post(add_url(ClientFactory()), form(ROUTING_ID, PHONE, url="ftp://nowhere")).content.decode()
    assert "ftp://nowhere" in page
    assert "contact.phones[0]" in page
    assert 'class="errorlist"' in page


def test_editing_shows_what_is_stored_and_keeps_the_secret_unshown(client, staff):
    user = ClientFactory()
    client.post(add_url(user), form(ROUTING_ID, PHONE, auth_kind="bearer", auth_secret="s3cret-token"))
    rule = Rule.objects.get()
    page = client.get(f"/admin/distribution/rule/{rule.pk}/change/").content.decode()
    assert "externalRef" in page
    assert "s3cret-token" not in page
    services.activate_rule(rule=rule, now=timezone.now())
    client.post(f"/admin/distribution/rule/{rule.pk}/change/", form(ROUTING_ID, auth_kind="bearer", auth_secret=""))
    rule.refresh_from_db()
    assert rule.draft_version.number == 2
    assert rule.draft_version.auth_secret == rule.live_version.auth_secret


def test_a_value_table_is_written_as_lines(client, staff):
    user = ClientFactory()
    row = {"source": "lead.city", "name": "branch", "value_table": "חיפה = 1\nירושלים = 4", "default": "3"}
    client.post(add_url(user), form(ROUTING_ID, row))
    mapping = Rule.objects.get().draft_version.mappings.get(name="branch")
    assert mapping.value_table == {"חיפה": "1", "ירושלים": "4"}
    page = client.post(add_url(user), form(ROUTING_ID, row | {"value_table": "בלי סימן"})).content.decode()
    assert "הערך שלנו = הערך אצל הלקוח" in page


def test_switching_off_and_on_again(client, staff):
    rule = active_rule(url="https://crm.example.co.il/")
    client.post(f"/admin/distribution/rule/{rule.pk}/switch/")
    rule.refresh_from_db()
    assert not rule.is_active
    client.post(f"/admin/distribution/rule/{rule.pk}/switch/")
    rule.refresh_from_db()
    assert rule.is_active


def test_a_get_switches_nothing(client, staff):
    rule = active_rule()
    assert client.get(f"/admin/distribution/rule/{rule.pk}/switch/").status_code == 405


def test_deleting_takes_it_off_the_page_and_keeps_the_row(client, staff):
    rule = active_rule()
    client.post(f"/admin/distribution/rule/{rule.pk}/delete/", {"post": "yes"})
    rule.refresh_from_db()
    assert rule.deleted_at
    assert not client.get(f"/admin/accounts/user/{rule.client_id}/tab/rules/").context["cards"]


def test_http_needs_the_permission_of_a_manager(client):
    operator = StaffFactory(is_superuser=False)
    wanted = ["view_user", "view_rule", "add_rule", "change_rule"]
    operator.user_permissions.add(*Permission.objects.filter(codename__in=wanted))
    client.force_login(operator)
    user = ClientFactory()
    data = form(ROUTING_ID, url="http://crm.example.co.il/", allow_http="on")
    assert client.post(add_url(user), data).status_code == 200
    assert not Rule.objects.exists()
    operator.user_permissions.add(Permission.objects.get(codename="allow_http_rule"))
    assert client.post(add_url(user), data).status_code == 302


def test_the_preview_shows_the_exact_request_and_saves_nothing(client, staff):
    user = ClientFactory()
    answer = client.post(
        f"/admin/distribution/rule/preview/{user.pk}/",
        form(ROUTING_ID, PHONE, auth_kind="bearer", auth_secret="s3cret-token"),
    )
    page = answer.content.decode()
    assert "https://crm.example.co.il/api/leads" in page
    assert "+972501234567" in page
    assert "s3cret-token" not in page
    assert not Rule.objects.exists()


def test_the_preview_of_half_a_form_is_no_error(client, staff):
    user = ClientFactory()
    for data in ({}, form(url=""), form({"source": "routing.id", "name": "a..b"}), form(ROUTING_ID, method="nothing")):
        assert client.post(f"/admin/distribution/rule/preview/{user.pk}/", data).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_test_send_shows_request_and_answer_and_touches_no_real_routing(client, staff, settings):
    with receiving() as receiver:
        settings.TRANSMIT_ALLOWED_NETWORKS = [f"127.0.0.1/32:{receiver.port}"]
        rule = active_rule(url=receiver.url("accept"))
        lead = LeadFactory(name="יוסי כהן")
        Routing.objects.create(lead=lead, client=rule.client, visible_at=timezone.now())
        shown = client.get(f"/admin/distribution/rule/{rule.pk}/test/?lead={lead.pk}").content.decode()
        assert "יוסי כהן" in shown
        assert not receiver.requests
        answered = client.post(f"/admin/distribution/rule/{rule.pk}/test/", {"lead": lead.pk}, follow=True)
    assert len(receiver.requests) == 1
    assert "התקבל אצל הלקוח" in answered.content.decode()
    test_routing = Routing.objects.get(is_test=True)
    assert str(test_routing.id) in receiver.requests[0].body.decode()
    assert str(lead.routings.get().id) not in receiver.requests[0].body.decode()
    assert Attempt.objects.get().kind == "test"
    assert Lead.objects.filter(is_test=True).count() == 1


def test_the_tab_asks_the_same_number_of_questions_for_one_or_many(client, staff, django_assert_num_queries):
    user = ClientFactory()
    address = f"/admin/accounts/user/{user.pk}/tab/rules/"
    active_rule(client=user)
    client.get(address)
    with CaptureQueriesContext(connection) as for_one:
        client.get(address)
    for _ in range(10):
        active_rule(client=user)
    with django_assert_num_queries(len(for_one)):
        client.get(address)


def test_who_may_only_look_is_led_nowhere_they_may_not_go(client):
    viewer = StaffFactory(is_superuser=False)
    viewer.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "view_rule"]))
    client.force_login(viewer)
    rule = active_rule()
    for address in ("/admin/distribution/rule/", f"/admin/accounts/user/{rule.client_id}/tab/rules/"):
        page = client.get(address).content.decode()
        assert rule.name in page
        assert f"/admin/distribution/rule/{rule.pk}/change/" not in page
    assert client.get(f"/admin/distribution/rule/{rule.pk}/change/").status_code == 403
