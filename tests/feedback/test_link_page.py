"""The page behind a feedback link: looking changes nothing, its button records, and nobody can make up a link."""

import logging
import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from distribution.models import Routing
from distribution.services import preview
from feedback.choices import Door
from feedback.models import ClientReason, Feedback, LinkRevocation, Reason
from feedback.services.links import link_path, link_token
from leadmanager.log_masking import MaskTokens
from tests.factories import ClientFactory, RoutingFactory, StaffFactory, active_rule

pytestmark = pytest.mark.django_db

SALE, NO_ANSWER = 4, 1


@pytest.fixture
def routing() -> Routing:
    return RoutingFactory(client=ClientFactory(name="מוסך הדרום", language="he"))


@pytest.fixture
def path(routing: Routing) -> str:
    return link_path(link_token(routing.pk), SALE)


@pytest.fixture
def visitor() -> Client:
    """Nobody is logged in, and no cookie is kept from one request to the next."""
    return Client(enforce_csrf_checks=True)


def once_of(page: str) -> str:
    found = re.search(r'name="once" value="([\w-]+)"', page)
    assert found is not None
    return found[1]


def test_looking_as_mail_scanners_do_records_nothing(visitor: Client, path: str, routing: Routing) -> None:
    page = visitor.get(path)
    text = page.content.decode()
    assert page.status_code == visitor.head(path).status_code == 200
    assert not Feedback.objects.exists()
    assert re.search(rf'value="{SALE}"[^>]* checked', text)
    assert "מוסך הדרום" in text
    assert str(routing.number) in text
    assert 'dir="rtl"' in text
    for private in (routing.lead.name, routing.lead.phone, routing.lead.email):
        assert private not in text
    assert not page.cookies
    assert page.headers["Cache-Control"].startswith("max-age=0")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_the_button_records_and_the_page_says_what_is_recorded(visitor: Client, path: str, routing: Routing) -> None:
    page = visitor.get(path)
    said = {"reason": SALE, "comment": "נסגר", "amount": "4900", "once": once_of(page.content.decode())}
    answer = visitor.post(path, said)
    assert answer.status_code == 303
    feedback = Feedback.objects.get()
    assert (feedback.routing, feedback.reason_id, feedback.comment) == (routing, SALE, "נסגר")
    assert (feedback.amount, feedback.door) == (4900, Door.LINK)
    assert "תודה" in visitor.get(answer.headers["Location"]).content.decode()
    assert "עד כה נרשם" in visitor.get(path).content.decode()


def test_a_page_sent_again_is_one_answer_even_after_another(visitor: Client, path: str) -> None:
    first = {"reason": SALE, "once": once_of(visitor.get(path).content.decode())}
    second = {"reason": NO_ANSWER, "once": once_of(visitor.get(path).content.decode())}
    for said in (first, first, second, first):
        assert visitor.post(path, said).status_code == 303
    assert list(Feedback.objects.order_by("received_at").values_list("reason_id", flat=True)) == [SALE, NO_ANSWER]
    assert Routing.objects.get().current_feedback.feedback.reason_id == NO_ANSWER


def test_a_page_gone_back_to_and_changed_is_another_answer(visitor: Client, path: str) -> None:
    once = once_of(visitor.get(path).content.decode())
    visitor.post(path, {"reason": SALE, "once": once})
    visitor.post(path, {"reason": SALE, "comment": "ועוד", "once": once})
    assert Feedback.objects.count() == 2


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"reason": "999"},
        {"reason": "9" * 30},
        {"reason": "x\x00"},
        {"reason": "4", "amount": "NaN"},
        {"reason": "4", "amount": "1e999"},
        {"reason": "4", "comment": "x" * 2001},
        {"reason": "4", "comment": "\x00"},
        {"reason": "4", "once": "x" * 41},
    ],
)
def test_what_does_not_fit_is_said_and_nothing_recorded(visitor: Client, path: str, said: dict[str, str]) -> None:
    assert visitor.post(path, said).status_code == 400
    assert not Feedback.objects.exists()


def test_a_comment_that_the_reason_asks_for(visitor: Client, path: str) -> None:
    Reason.objects.filter(pk=SALE).update(is_comment_required=True)
    answer = visitor.post(path, {"reason": SALE})
    assert answer.status_code == 400
    assert "errorlist" in answer.content.decode()
    assert not Feedback.objects.exists()


def test_an_inactive_reason_is_not_offered_and_its_old_link_still_opens(visitor: Client, path: str) -> None:
    Reason.objects.filter(pk=SALE).update(is_active=False)
    text = visitor.get(path).content.decode()
    assert f'value="{SALE}"' not in text
    assert f'value="{NO_ANSWER}"' in text


def test_the_page_in_english_for_who_asks_or_reads_english(visitor: Client, path: str, routing: Routing) -> None:
    assert "Feedback on a lead" in visitor.get(f"{path}?language=en").content.decode()
    type(routing.client).objects.update(language="en")
    assert 'lang="en" dir="ltr"' in visitor.get(path).content.decode()
    assert "Thank you" not in visitor.get(f"{path}?recorded=1").content.decode(), "nothing is recorded"


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_other_link_opens_anything(visitor: Client, routing: Routing, method: str) -> None:
    token = link_token(routing.pk)
    other = link_token(uuid.uuid4())
    mixed = token.partition(".")[0] + "." + other.partition(".")[2]
    for wrong in (token[:-1], token + "x", mixed, other, str(routing.pk), str(routing.number), "x", "é.1.2"):
        answer = getattr(visitor, method)(link_path(wrong, SALE), {"reason": SALE})
        assert answer.status_code == 404
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("change", [{"client__is_active": False}, {"visible_at": None}])
def test_a_client_switched_off_or_a_lead_taken_back_closes_its_links(
    visitor: Client, path: str, routing: Routing, change: dict[str, object]
) -> None:
    if "visible_at" in change:
        Routing.objects.update(visible_at=None)
    else:
        type(routing.client).objects.filter(pk=routing.client_id).update(is_active=False)
    assert visitor.post(path, {"reason": SALE}).status_code == 404
    assert not Feedback.objects.exists()


def test_a_link_ends_with_its_time(visitor: Client, path: str, settings) -> None:
    settings.FEEDBACK_LINK_DAYS = 180
    with time_machine.travel(timezone.now() + timedelta(days=179), tick=False):
        assert visitor.get(path).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=181), tick=False):
        answer = visitor.post(path, {"reason": SALE})
    assert answer.status_code == 410
    assert not Feedback.objects.exists()


def test_a_client_limited_to_some_reasons_is_asked_for_those(visitor: Client, path: str, routing: Routing) -> None:
    ClientReason.objects.create(client=routing.client, reason_id=NO_ANSWER)
    text = visitor.get(path).content.decode()
    assert f'value="{NO_ANSWER}"' in text
    assert f'value="{SALE}"' not in text


def reasons_offered(client: User) -> list[str]:
    version = active_rule(client=client, mappings={"rid": "routing.id", "answer": "feedback.links"}).live_version
    assert version is not None
    shown = preview(version=version, lead=None, now=timezone.now())
    return re.findall(r"/f/[\w.-]+/(\d+)", shown.body)


def test_a_rule_sends_a_link_for_each_reason_that_its_client_may_use(routing: Routing) -> None:
    limited = ClientFactory()
    for reason_id in (SALE, NO_ANSWER):
        ClientReason.objects.create(client=limited, reason_id=reason_id)
    Reason.objects.filter(pk=7).update(is_active=False)
    assert reasons_offered(routing.client) == ["1", "2", "3", "4", "5", "6"]
    assert reasons_offered(limited) == ["1", "4"]


def test_staff_revoke_the_links_mailed_so_far_and_only_those(visitor: Client, path: str, routing: Routing) -> None:
    staff = Client()
    staff.force_login(StaffFactory(language="en"))
    tab = reverse("admin:accounts_user_tab", args=[routing.client_id, "feedback"])
    assert "Revocation of mailed links" not in staff.get(tab).content.decode(), "nothing was mailed to this client"
    rule = active_rule(client=routing.client)
    rule.versions.create(number=2, body_format="mail", url="mailto:dana@client.example")
    assert "Revocation of mailed links" in staff.get(tab).content.decode()
    other = RoutingFactory()
    others_path = link_path(link_token(other.pk), SALE)
    staff.post(tab, {"act": "revoke-links"})
    assert visitor.post(path, {"reason": SALE}).status_code == 410
    assert not Feedback.objects.exists()
    assert visitor.get(others_path).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(seconds=2)):
        assert visitor.get(link_path(link_token(routing.pk), SALE)).status_code == 200


def test_who_may_not_record_feedback_may_not_revoke_links(routing: Routing) -> None:
    reader = StaffFactory(is_superuser=False)
    names = ("view_user", "view_feedback")
    reader.user_permissions.add(*Permission.objects.filter(codename__in=names))
    staff = Client()
    staff.force_login(reader)
    tab = reverse("admin:accounts_user_tab", args=[routing.client_id, "feedback"])
    assert staff.post(tab, {"act": "revoke-links"}).status_code == 403
    assert not LinkRevocation.objects.exists()


def test_no_log_shows_the_token(path: str) -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Bad Request: %s", (path,), None)
    MaskTokens().filter(record)
    assert record.getMessage() == "Bad Request: /f/***/4"
