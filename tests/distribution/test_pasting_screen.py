"""“Paste cURL…” in the rule editor, as a browser without JavaScript sees it."""

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from distribution import services
from distribution.models import Routing, Rule
from distribution.rules.systems import SYSTEMS
from tests.distribution.test_rule_screens import ROUTING_ID, add_url, form
from tests.factories import ClientFactory, LeadFactory, StaffFactory, active_rule

pytestmark = pytest.mark.django_db

CURL = (
    "curl -X POST 'https://crm.zafon.example/api/leads' -H 'Authorization: Bearer t0p-s3cret' "
    """-H 'Content-Type: application/json' -d '{"contact": {"phone": "0501234567"}, "externalRef": "1", "src": "LM"}'"""
)


@pytest.fixture
def staff(client):
    user = StaffFactory()
    client.force_login(user)
    return user


def paste(client, user, text: str, **data: str):
    return client.post(f"/admin/distribution/rule/paste/{user.pk}/", form(**data) | {"pasted": text})


def as_posted(page) -> dict[str, str]:
    """Give what the browser would post of the page that came."""
    data = {}
    for section in page.context["sections"].all:
        forms = [section.form.management_form, *section.form] if section.slug == "mappings" else [section.form]
        for each in forms if section.slug in {"destination", "authentication", "mappings"} else []:
            data |= {field.html_name: field.value() for field in each if field.value() not in {None, False, ""}}
    return {name: str(value) for name, value in data.items() if not isinstance(value, dict)}


def test_a_pasted_command_fills_the_page_in_saves_nothing_and_can_be_saved(client, staff):
    user = ClientFactory()
    page = paste(client, user, CURL, name="", timeout_s="33")
    assert not Rule.objects.exists()
    shown = page.content.decode()
    assert 'value="crm.zafon.example"' in shown  # the name, where none was given
    assert 'value="33"' in shown  # what was typed elsewhere
    assert "t0p-s3cret" in shown
    client.post(add_url(user), form(timeout_s="33") | as_posted(page))
    version = Rule.objects.get().draft_version
    assert (version.url, version.auth_kind) == ("https://crm.zafon.example/api/leads", "bearer")
    assert [(m.source, m.name, m.constant) for m in version.mappings.all()] == [
        ("lead.phone", "contact.phone", ""),
        ("routing.id", "externalRef", ""),
        ("constant", "src", "LM"),
    ]
    later = client.get(f"/admin/distribution/rule/{Rule.objects.get().pk}/change/").content.decode()
    assert "t0p-s3cret" not in later


def test_what_cannot_be_read_stays_in_its_field_with_a_word_beside_it(client, staff):
    page = paste(client, ClientFactory(), "wget https://a.example/", url="https://kept.example/").content.decode()
    assert "wget https://a.example/" in page
    assert "https://kept.example/" in page
    assert "errorlist" in page


def test_an_existing_rule_keeps_its_address_of_saving(client, staff):
    rule = active_rule()
    page = paste(client, rule.client, CURL, rule=str(rule.pk)).content.decode()
    assert f'action="/admin/distribution/rule/{rule.pk}/change/"' in page


def test_it_asks_for_the_permission_and_for_a_rule_of_the_client(client, staff):
    rule = active_rule()
    assert paste(client, ClientFactory(), CURL, rule=str(rule.pk)).status_code == 404
    assert client.get(f"/admin/distribution/rule/paste/{rule.client_id}/").status_code == 405
    viewer = StaffFactory(is_superuser=False)
    viewer.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "view_rule"]))
    client.force_login(viewer)
    assert paste(client, rule.client, CURL).status_code == 403
    assert paste(client, rule.client, CURL, rule=str(rule.pk)).status_code == 403


@pytest.mark.parametrize(
    "data", [{}, {"pasted": 'curl https://a.example/ -d \'{"a": "\\ud800"}\''}, {"pasted": "x\x00"}]
)
def test_nonsense_is_answered_with_the_page(client, staff, data):
    assert client.post(f"/admin/distribution/rule/paste/{ClientFactory().pk}/", data).status_code == 200


def test_a_row_more_does_not_change_what_was_saved(client, staff):
    user = ClientFactory()
    client.post(add_url(user), form(ROUTING_ID))
    paste(client, user, CURL, rule=str(Rule.objects.get().pk))
    assert [m.name for m in Rule.objects.get().draft_version.mappings.all()] == ["externalRef"]


def test_each_row_shows_what_it_sends_of_the_chosen_lead(client, staff):
    user = ClientFactory()
    lead = LeadFactory(name="יוסי כהן", phone="0521112233", phone_normalized="+972521112233", data={"תקציב": "5000"})
    Routing.objects.create(lead=lead, client=user, visible_at=timezone.now())
    rows = [
        {"source": "lead.phone", "name": "", "transform": "phone_international"},
        {"source": "lead.data", "name": "b", "source_key": "תקציב"},
        {"source": "lead.data", "name": "c", "source_key": "תקציב", "json_type": "nothing"},
    ]
    page = client.post(f"/admin/distribution/rule/preview/{user.pk}/", form(*rows, url="", sample_lead=str(lead.pk)))
    shown = page.context["samples"]
    assert shown.rows == {"mappings-0": "+972521112233", "mappings-1": "5000"}
    assert ("lead.data", "תקציב", "5000") in [(o.source, o.source_key, o.value) for o in shown.offered]
    assert ("lead.first_name", "", "יוסי") in [(o.source, o.source_key, o.value) for o in shown.offered]
    own = client.post(f"/admin/distribution/rule/preview/{user.pk}/", form(*rows, url="")).context["samples"].rows
    assert own["mappings-0"] == "+972501234567"


def test_a_lead_of_another_client_lends_no_values(client, staff):
    lead = LeadFactory(name="של אחר")
    data = form({"source": "lead.name", "name": "n"}, sample_lead=str(lead.pk))
    page = client.post(f"/admin/distribution/rule/preview/{ClientFactory().pk}/", data)
    assert page.context["samples"].rows["mappings-0"] == "נועה בן־דוד"


def test_a_table_of_two_hundred_rows_can_be_saved(client, staff):
    rows = [
        {"source": "constant", "name": f"f{n}", "constant": "1"} | dict.fromkeys("abcdefghijkl", "") for n in range(199)
    ]
    assert client.post(add_url(ClientFactory()), form(ROUTING_ID, *rows)).status_code == 302
    assert Rule.objects.get().draft_version.mappings.count() == 200


@pytest.mark.parametrize("slug", SYSTEMS)
def test_a_template_becomes_a_rule_that_can_be_saved(client, staff, slug):
    user = ClientFactory()
    page = client.post(f"/admin/distribution/rule/begin/{user.pk}/", form(name="", system=slug))
    assert page.context["notes"]
    gaps = {"url": "https://crm.example.co.il/leads"} if not SYSTEMS[slug].sketch.url or slug == "priority" else {}
    if SYSTEMS[slug].sketch.auth_kind != "none":
        gaps |= {"auth_secret": "s3cret", "auth_username": "noa"}
    if slug in {"salesforce", "priority"}:
        gaps["mappings-0-name"] = "00N000000000001"
    answer = client.post(add_url(user), form() | as_posted(page) | {"name": slug} | gaps)
    assert answer.status_code == 302, [s.form.errors for s in answer.context["sections"].all if s.has_errors]
    assert services.what_is_missing(Rule.objects.get()) == []


def test_no_template_and_an_unknown_one_are_answered_with_the_page(client, staff):
    address = f"/admin/distribution/rule/begin/{ClientFactory().pk}/"
    for data in ({}, form(system=""), form(system="nothing")):
        page = client.post(address, data)
        assert page.status_code == 200
        assert "errorlist" in page.content.decode()
    assert client.get(address).status_code == 405
