"""The Users screen: clients and staff, the client's page, the key dialog (guide, part A)."""

import re

import pytest
from django.contrib.auth.models import Group, Permission

from accounts import services
from accounts.models import ApiKey, User
from tests.factories import ClientFactory, StaffFactory, api_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    user = StaffFactory()
    client.force_login(user)
    return user


@pytest.fixture
def limited(client):
    """A staff member who may see users but neither get nor issue keys."""
    user = StaffFactory(is_superuser=False)
    user.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client.force_login(user)
    return user


def test_the_list_shows_clients_first_and_staff_when_asked(client, staff):
    wanted = ClientFactory(name="מכללת אופק")
    page = client.get("/admin/accounts/user/").content.decode()
    assert wanted.name in page
    assert staff.username not in re.sub(r'<details class="menu.*?</details>', "", page, flags=re.S)
    assert staff.name in client.get("/admin/accounts/user/?role=staff").content.decode()


def test_a_client_needs_a_name_only(client, staff):
    answer = client.post(
        "/admin/accounts/user/add/",
        {"name": "לקוח חדש", "language": "he", "time_zone": "Asia/Jerusalem", "is_active": "on"},
    )
    made = User.objects.clients().get(name="לקוח חדש")
    assert answer.headers["Location"] == f"/admin/accounts/user/{made.pk}/change/"
    assert made.username is None
    assert not made.has_usable_password()


def test_two_clients_can_be_without_a_login(client, staff):
    for name in ("א", "ב"):
        client.post("/admin/accounts/user/add/", {"name": name, "language": "he", "time_zone": "Asia/Jerusalem"})
    assert User.objects.clients().filter(username=None).count() == 2


def test_a_staff_member_is_added_with_a_password_and_can_log_in(client, staff):
    answer = client.post(
        "/admin/accounts/user/add/?role=staff",
        {
            "name": "דנה",
            "username": "dana",
            "language": "he",
            "time_zone": "Asia/Jerusalem",
            "password1": "גשם-ראשון-77",
            "password2": "גשם-ראשון-77",
        },
    )
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert client.login(username="dana", password="גשם-ראשון-77")


def test_the_dialog_offers_to_generate_when_there_is_no_key(client, staff):
    user = ClientFactory()
    page = client.get(f"/admin/accounts/user/{user.pk}/change/").content.decode()
    assert "קבלת מפתח API" in page
    assert "הפק מפתח" in page


def test_generating_shows_the_key_once_and_getting_shows_it_again(client, staff):
    user = ClientFactory()
    made = client.post(f"/admin/accounts/user/{user.pk}/key/generate/", headers={"HX-Request": "true"})
    text = re.search(r"lm_[0-9A-Za-z]{48}", made.content.decode()).group()
    assert "no-store" in made.headers["Cache-Control"]
    assert text not in client.get(f"/admin/accounts/user/{user.pk}/change/").content.decode()
    again = client.post(
        f"/admin/accounts/user/{user.pk}/key/reveal/",
        {"key_id": ApiKey.objects.get().key_id, "password": "pw"},
        headers={"HX-Request": "true"},
    )
    assert text in again.content.decode()
    assert "הפק מפתח" not in again.content.decode()


def test_the_dialog_works_without_javascript(client, staff):
    user = ClientFactory()
    page = client.post(f"/admin/accounts/user/{user.pk}/key/generate/").content.decode()
    assert re.search(r"lm_[0-9A-Za-z]{48}", page)
    assert "<html" in page


def test_generating_twice_says_why_not_and_keeps_the_key(client, staff):
    user = ClientFactory()
    text = api_key(user)
    answer = client.post(f"/admin/accounts/user/{user.pk}/key/generate/", headers={"HX-Request": "true"})
    assert "כבר יש" in answer.content.decode()
    assert services.authenticate_api_key(text, now=ApiKey.objects.get().created_at)


def test_an_act_on_a_key_that_was_replaced_meanwhile_touches_no_other(client, staff):
    user = ClientFactory()
    api_key(user)
    old = ApiKey.objects.get()
    services.replace_api_key(key=old, by=None, now=old.created_at)
    client.post(f"/admin/accounts/user/{user.pk}/key/revoke/", {"key_id": old.key_id})
    assert ApiKey.objects.live(old.created_at).count() == 1


def test_keys_are_only_shown_and_made_by_those_who_may(client, limited):
    user = ClientFactory()
    assert client.post(f"/admin/accounts/user/{user.pk}/key/generate/").status_code == 403
    text = api_key(user)
    for act in ("reveal", "replace", "revoke"):
        answer = client.post(f"/admin/accounts/user/{user.pk}/key/{act}/", {"key_id": ApiKey.objects.get().key_id})
        assert answer.status_code == 403
        assert text not in answer.content.decode()


def test_a_get_never_shows_or_changes_a_key(client, staff):
    user = ClientFactory()
    for act in ("generate", "reveal", "replace", "revoke"):
        assert client.get(f"/admin/accounts/user/{user.pk}/key/{act}/").status_code == 405


def test_the_list_masks_keys(client, staff):
    text = api_key(ClientFactory())
    page = client.get("/admin/accounts/user/").content.decode()
    assert ApiKey.objects.get().masked in page
    assert text not in page


def test_the_list_asks_the_same_number_of_questions_for_one_or_many(client, staff, django_assert_max_num_queries):
    for _ in range(30):
        api_key(ClientFactory())
    client.get("/admin/accounts/user/")
    with django_assert_max_num_queries(12):
        client.get("/admin/accounts/user/")


def test_only_a_superuser_hands_out_permissions_or_edits_a_superuser(client, limited):
    boss = StaffFactory()
    assert client.post(f"/admin/accounts/user/{boss.pk}/change/", {"name": "x"}).status_code in {302, 403}
    boss.refresh_from_db()
    assert boss.name != "x"
    page = client.get(f"/admin/accounts/user/{limited.pk}/change/").content.decode()
    assert 'name="is_superuser"' not in page


def test_language_is_hebrew_until_the_user_chooses_english(client, staff):
    assert 'lang="he"' in client.get("/admin/").content.decode()[:300]
    client.post("/admin/i18n/setlang/", {"language": "en", "next": "/admin/"})
    assert 'lang="en"' in client.get("/admin/").content.decode()[:300]
    assert User.objects.get(pk=staff.pk).language == "en"


def test_permissions_are_named_in_the_language_of_the_screen(client, staff):
    for address in ("/admin/auth/group/add/", f"/admin/accounts/user/{StaffFactory().pk}/change/"):
        page = client.get(address).content.decode()
        assert "ליד: צפייה" in page
        assert "מפתח API: קבלת מפתחות API קיימים" in page
        assert "Can " not in page
        assert "procrastinate" not in page


def test_a_group_grants_what_it_names(client, staff):
    client.post(
        "/admin/auth/group/add/", {"name": "מפעילים", "permissions": [Permission.objects.get(codename="view_lead").pk]}
    )
    operator = StaffFactory(is_superuser=False)
    operator.groups.add(Group.objects.get(name="מפעילים"))
    client.force_login(operator)
    assert client.get("/admin/distribution/lead/").status_code == 200
    assert client.get("/admin/accounts/user/").status_code == 403
