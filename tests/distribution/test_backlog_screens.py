"""Stopping, changing and deleting what has a backlog: said before, done, and said afterwards."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from distribution.choices import DeliveryState
from distribution.models import Delivery, FieldMapping, FrozenRequest, Rule, RuleEvent, RuleVersion
from tests.distribution.engine.loops import make_deliveries
from tests.factories import StaffFactory, active_rule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> object:
    with translation.override("en"):
        yield


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(StaffFactory(language="en"))
    return client


@pytest.fixture
def rule() -> Rule:
    """A rule with three deliveries that were never sent, two that wait for another attempt, and one under way."""
    rule = active_rule()
    made = make_deliveries(rule, 6)
    for delivery in made[:2]:
        FrozenRequest.objects.create(
            delivery=delivery, version_id=rule.live_version_id, method="POST", url="http://x/", body=b""
        )
    Delivery.objects.filter(pk=made[5].pk).update(
        state=DeliveryState.SENDING, lease_owner=made[5].pk, due_at=timezone.now() + timedelta(minutes=1)
    )
    return rule


def page(name: str, rule: Rule) -> str:
    return reverse(f"admin:distribution_rule_{name}", args=[rule.pk])


def said(answer: object) -> str:
    return " ".join(str(message) for message in answer.context["messages"])  # type: ignore[attr-defined]


def states(rule: Rule) -> dict[str, int]:
    found = list(Delivery.objects.filter(rule=rule).values_list("state", flat=True))
    return {state: found.count(state) for state in found}


def test_switching_off_asks_first_and_names_what_waits(staff: Client, rule: Rule) -> None:
    answer = staff.post(page("switch", rule))
    assert answer.headers["Location"] == page("stop", rule)
    assert Rule.objects.get().is_active
    backlog = staff.get(page("stop", rule)).context["backlog"]
    assert (backlog.fresh, backlog.begun, backlog.sending) == (3, 2, 1)


def test_without_a_backlog_a_rule_is_switched_off_at_once(staff: Client) -> None:
    rule = active_rule()
    staff.post(page("switch", rule))
    assert not Rule.objects.get().is_active


@pytest.mark.parametrize(
    ("how", "is_active", "is_paused", "left", "words"),
    [
        ("pause", True, True, {"waiting": 5, "sending": 1}, "paused: it goes on taking leads. 5 deliveries wait."),
        (
            "off",
            False,
            False,
            {"waiting": 5, "sending": 1},
            "takes no further leads. 5 deliveries wait. 1 is under way",
        ),
        ("cancel", False, False, {"cancelled": 5, "sending": 1}, "5 deliveries were cancelled. 1 is under way"),
    ],
)
def test_a_rule_is_stopped_as_was_chosen_and_what_is_left_is_said(
    staff: Client, rule: Rule, how: str, is_active: bool, is_paused: bool, left: dict[str, int], words: str
) -> None:
    answer = staff.post(page("stop", rule), {"how": how}, follow=True)
    rule.refresh_from_db()
    assert (rule.is_active, rule.is_paused) == (is_active, is_paused)
    assert states(rule) == left
    assert words in said(answer)


def test_a_pause_by_hand_is_on_the_card_and_ends_by_hand(staff: Client, rule: Rule) -> None:
    staff.post(page("stop", rule), {"how": "pause"})
    tab = reverse("admin:accounts_user_tab", args=[rule.client_id, "rules"])
    assert "paused by a member of staff" in staff.get(tab).content.decode()
    staff.post(page("resume", rule))
    assert not Rule.objects.get().is_paused
    assert list(RuleEvent.objects.order_by("id").values_list("kind", "reason")) == [
        ("paused", "staff"),
        ("resumed", "staff"),
    ]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("failing", "the client&#x27;s system only fails"),
        ("failing", "system answers it, the rule goes on by itself"),
        ("gone", "closed for good"),
        ("", "asked to be sent nothing until"),
    ],
)
def test_the_card_says_why_deliveries_wait(staff: Client, reason: str, words: str) -> None:
    rule = active_rule()
    later = timezone.now() + timedelta(hours=1)
    paused = {"paused_at": timezone.now(), "pause_reason": reason, "probe_at": later}
    Rule.objects.update(**(paused if reason else {"quiet_until": later}))
    tab = reverse("admin:accounts_user_tab", args=[rule.client_id, "rules"])
    assert words in staff.get(tab).content.decode()


def test_deleting_names_what_waits_before_and_afterwards(staff: Client, rule: Rule) -> None:
    asked = staff.get(page("delete", rule))
    assert asked.context["backlog"].waiting == 5
    assert "what waits is cancelled" in asked.content.decode()
    answer = staff.post(page("delete", rule), {"post": "yes"}, follow=True)
    assert "5 waiting deliveries were cancelled. 1 is under way" in said(answer)
    assert states(rule) == {"cancelled": 5, "sending": 1}


def test_the_editor_and_the_activation_say_which_version_sends_what_waits(staff: Client, rule: Rule) -> None:
    both = "3 deliveries that wait go out by the new version. 2 that were attempted already keep the request they"
    assert both in staff.get(page("change", rule)).content.decode()
    draft = RuleVersion.objects.create(rule=rule, number=2, url="https://crm.example.com/new")
    FieldMapping.objects.create(version=draft, name="rid", source="routing.id")
    Rule.objects.update(draft_version=draft)
    answer = staff.post(page("activate", rule), {"seen": ""}, follow=True)
    assert both in said(answer)
    assert Rule.objects.get().live_version_id == draft.pk


def test_a_client_is_switched_off_with_its_backlog_named_before_and_afterwards(staff: Client, rule: Rule) -> None:
    url = reverse("admin:accounts_user_change", args=[rule.client_id])
    form = staff.get(url).context["adminform"].form
    assert "5 deliveries wait. 1 is under way" in str(form.fields["is_active"].help_text)
    data = {name: form.initial.get(name) or "" for name in form.fields if name != "is_active"}
    answer = staff.post(url, data, follow=True)
    assert not User.objects.get(pk=rule.client_id).is_active
    assert "The client is switched off" in said(answer)
    assert "5 deliveries wait. 1 is under way" in said(answer)
    assert states(rule) == {"waiting": 5, "sending": 1}


def test_a_paused_rule_stays_paused_by_hand_when_changes_are_activated(staff: Client, rule: Rule) -> None:
    staff.post(page("stop", rule), {"how": "pause"})
    draft = RuleVersion.objects.create(rule=rule, number=2, url="https://crm.example.com/new")
    FieldMapping.objects.create(version=draft, name="rid", source="routing.id")
    Rule.objects.update(draft_version=draft)
    staff.post(page("activate", rule), {"seen": ""})
    assert Rule.objects.get().pause_reason == "staff"
