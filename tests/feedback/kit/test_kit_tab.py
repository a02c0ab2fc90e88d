"""The staff's side of the kit: links, files, what was opened, what has changed since."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from distribution.models import FieldMapping, Rule
from feedback.models import ClientReason, KitHandover, Reason
from feedback.services.kit import KitLink, link_token
from tests.factories import StaffFactory


def tab(customer: User) -> str:
    return reverse("admin:accounts_user_tab", args=[customer.pk, "kit"])


def make_link(staff: Client, customer: User, **changes: str) -> Any:
    asked = {"act": "link", "language": "he", "days": "14", "offers_key": "on"}
    return staff.post(tab(customer), asked | changes, follow=True)


def test_a_link_is_made_and_sent_by_mail_and_whatsapp(staff: Client, customer: User, rule: Rule, key: str) -> None:
    page = make_link(staff, customer)
    handover = KitHandover.objects.get()
    assert handover.offers_key
    text = page.content.decode()
    url = f"http://testserver/kit/{link_token(handover)}/"
    assert url in text
    mail = re.search(r'href="(mailto:[^"]+)"', text)
    assert mail is not None
    assert mail[1].startswith("mailto:dev@example.co.il?subject=")
    assert "%0D%0A" in mail[1]
    chat = re.search(r'href="(https://wa\.me/[^"]+)"', text)
    assert chat is not None
    assert chat[1].startswith("https://wa.me/972501234567?text=")
    assert staff.get(url.removeprefix("http://testserver")).status_code == 200


def test_the_tab_says_what_was_opened(staff: Client, visitor: Client, customer: User, kit: KitLink) -> None:
    assert "עוד לא נפתח" in staff.get(tab(customer)).content.decode()
    visitor.get(f"/kit/{kit.token}/files/leads.pbids")
    visitor.post(f"/kit/{kit.token}/key/")
    text = staff.get(tab(customer)).content.decode()
    assert "Power BI (.pbids)" in text
    assert "הוצג" in text


@pytest.mark.parametrize(("change", "shown"), [("rule", "rid"), ("reason", "סיבה חדשה"), ("limit", "לא ענה")])
def test_the_tab_says_hand_over_again_when_rule_or_reasons_changed(
    staff: Client, customer: User, kit: KitLink, change: str, shown: str
) -> None:
    assert 'id="changed"' not in staff.get(tab(customer)).content.decode()
    if change == "rule":
        FieldMapping.objects.filter(name="externalRef").update(name="rid")
    elif change == "reason":
        Reason.objects.create(pk=90, name_he="סיבה חדשה", name_en="new one", kind="positive")
    else:
        staff.post(tab(customer), {"act": "limit", "reasons": ["3", "4"]})
    text = staff.get(tab(customer)).content.decode()
    notice = text.partition('id="changed"')[2].partition("</ul>")[0]
    assert shown in notice
    make_link(staff, customer)
    assert 'id="changed"' not in staff.get(tab(customer)).content.decode()


@pytest.mark.parametrize("way", ["pdf", "zip"])
def test_a_file_taken_by_staff_is_a_handover(staff: Client, customer: User, rule: Rule, way: str) -> None:
    answer = staff.post(tab(customer), {"act": way, "language": "en"})
    assert answer.status_code == 200
    assert answer.content[:2] in (b"%P", b"PK")
    assert (KitHandover.objects.get().way, KitHandover.objects.get().language) == (way, "en")


def test_a_link_is_revoked_and_its_key_allowed_again(
    staff: Client, visitor: Client, customer: User, kit: KitLink, key: str
) -> None:
    visitor.post(f"/kit/{kit.token}/key/")
    staff.post(tab(customer), {"act": "allow-key", "handover": kit.handover.pk})
    assert key in visitor.post(f"/kit/{kit.token}/key/").content.decode()
    staff.post(tab(customer), {"act": "revoke", "handover": kit.handover.pk})
    assert visitor.get(f"/kit/{kit.token}/").status_code == 410
    answer = staff.post(tab(customer), {"act": "allow-key", "handover": kit.handover.pk}, follow=True)
    assert [message.level_tag for message in answer.context["messages"]][-1] == "error"


def test_reasons_are_limited_and_freed_again(staff: Client, customer: User) -> None:
    staff.post(tab(customer), {"act": "limit", "reasons": ["3", "4"]})
    assert set(ClientReason.objects.values_list("reason_id", flat=True)) == {3, 4}
    staff.post(tab(customer), {"act": "limit"})
    assert not ClientReason.objects.exists()


@pytest.mark.parametrize("language", ["he", "en"])
def test_the_preview_is_the_kit_to_print(staff: Client, customer: User, rule: Rule, language: str) -> None:
    page = staff.get(f"{tab(customer)}?preview=1&language={language}")
    assert "data-print" in page.content.decode()
    assert "externalRef" in page.content.decode()
    assert page["Content-Language"] == language


@pytest.mark.parametrize(
    "form",
    [
        {"act": "nothing"},
        {"act": "revoke", "handover": "999999"},
        {"act": "revoke", "handover": "9" * 40},
        {"act": "revoke", "handover": "x"},
    ],
)
def test_what_cannot_be_done_is_not_found(staff: Client, customer: User, form: dict[str, str]) -> None:
    assert staff.post(tab(customer), form).status_code == 404


def test_a_wrong_choice_is_said_in_the_form(staff: Client, customer: User) -> None:
    page = make_link(staff, customer, days="5000")
    assert "errorlist" in page.content.decode()
    assert not KitHandover.objects.exists()


def test_who_may_only_look_hands_nothing_over_and_sees_no_link(client: Client, customer: User, kit: KitLink) -> None:
    person = StaffFactory(is_superuser=False)
    person.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "view_kithandover"]))
    client.force_login(person)
    assert kit.token not in client.get(f"{tab(customer)}?link={kit.handover.pk}").content.decode()
    assert client.post(tab(customer), {"act": "pdf"}).status_code == 403


def test_who_may_not_see_keys_makes_links_without_one(client: Client, customer: User, rule: Rule, key: str) -> None:
    person = StaffFactory(is_superuser=False)
    codes = ["view_user", "view_kithandover", "hand_over_kit"]
    person.user_permissions.add(*Permission.objects.filter(codename__in=codes))
    client.force_login(person)
    make_link(client, customer)
    assert not KitHandover.objects.get().offers_key
    answer = client.post(tab(customer), {"act": "allow-key", "handover": KitHandover.objects.get().pk})
    assert answer.status_code == 404


def test_the_number_of_queries_does_not_depend_on_the_handovers(
    staff: Client, visitor: Client, customer: User, kit: KitLink, django_assert_max_num_queries: Any
) -> None:
    def count() -> int:
        with django_assert_max_num_queries(100) as queries:
            staff.get(tab(customer))
        return len(queries)

    visitor.get(f"/kit/{kit.token}/")
    first = count()
    for _ in range(4):
        make_link(staff, customer)
        visitor.get(f"/kit/{link_token(KitHandover.objects.first() or kit.handover)}/")
    assert count() == first
