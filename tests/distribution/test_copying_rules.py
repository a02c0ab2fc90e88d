"""Copying a rule: everything that it says, switched off, and no secret to another client."""

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts.encryption import decrypt
from distribution import services
from distribution.errors import RuleInvalid
from distribution.models import Rule
from tests.distribution.test_rule_screens import PHONE, ROUTING_ID, add_url, form
from tests.factories import ClientFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    user = StaffFactory()
    client.force_login(user)
    return user


@pytest.fixture
def rule(client, staff) -> Rule:
    rows = [ROUTING_ID, PHONE, {"source": "secret", "name": "pin", "secret": "p1n"}]
    client.post(
        add_url(ClientFactory()),
        form(*rows, auth_kind="bearer", auth_secret="s3cret", rate_limit="5", rate_period="60", cap_day="7"),
    )
    rule = Rule.objects.get()
    services.activate_rule(rule=rule, now=timezone.now())
    rule.refresh_from_db()
    return rule


def copied(client, rule: Rule, user) -> Rule:
    answer = client.post(f"/admin/distribution/rule/{rule.pk}/copy/", {"name": "העתק", "client": user.pk})
    made = Rule.objects.exclude(pk=rule.pk).get()
    assert answer.headers["Location"] == f"/admin/distribution/rule/{made.pk}/change/"
    return made


def test_a_copy_for_the_same_client_says_the_same_and_is_off(client, rule):
    made = copied(client, rule, rule.client)
    assert (made.name, made.is_active, made.live_version) == ("העתק", False, None)
    assert (made.rate_limit, made.sources_mode, made.selection) == (5, "all", rule.selection)
    assert decrypt(made.draft_version.auth_secret) == "s3cret"
    assert [m.name for m in made.draft_version.mappings.all()] == [m.name for m in rule.live_version.mappings.all()]
    services.activate_rule(rule=made, now=timezone.now())


def test_another_client_gets_no_secret_and_cannot_go_live_without_its_own(client, rule):
    other = ClientFactory()
    made = copied(client, rule, other)
    assert made.client == other
    assert made.draft_version.auth_secret is None
    assert [m.name for m in made.draft_version.mappings.all()] == ["externalRef", "contact.phones[0]"]
    with pytest.raises(RuleInvalid) as refused:
        services.activate_rule(rule=made, now=timezone.now())
    assert "auth_secret" in refused.value.errors
    assert rule.live_version.mappings.count() == 3


def test_the_page_offers_a_name_and_asks_for_both(client, rule):
    page = client.get(f"/admin/distribution/rule/{rule.pk}/copy/").content.decode()
    assert "CRM ראשי (העתק)" in page
    for data in ({"name": "", "client": rule.client_id}, {"name": "a", "client": "0"}, {"name": "a\x00"}):
        assert client.post(f"/admin/distribution/rule/{rule.pk}/copy/", data).status_code == 200
    assert Rule.objects.count() == 1


def test_who_may_not_add_may_not_copy(client, rule):
    changer = StaffFactory(is_superuser=False)
    changer.user_permissions.add(*Permission.objects.filter(codename__in=["view_rule", "change_rule"]))
    client.force_login(changer)
    assert client.post(f"/admin/distribution/rule/{rule.pk}/copy/", {"name": "a"}).status_code == 403
