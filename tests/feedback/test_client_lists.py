"""A client's routings and feedback on its page: what the filters show, what the chart counts, sending again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from distribution.choices import DeliveryState
from distribution.list_exports import listing
from distribution.models import Delivery, Routing, Rule
from feedback.choices import Door
from feedback.queries import client_routings
from feedback.rules.feedback_input import FeedbackInput
from feedback.services import record_feedback
from tests.factories import LeadFactory, RoutingFactory, StaffFactory, active_rule

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def browser(client: Client) -> Client:
    client.force_login(StaffFactory())
    return client


@pytest.fixture
def rule() -> Rule:
    """A rule whose client was given Avi (accepted, said 1), Dan (held) and, long ago, Noa (by hand, said nothing)."""
    rule = active_rule()
    for name, state, days in (("Avi", DeliveryState.ACCEPTED, 0), ("Dan", DeliveryState.HELD, 0), ("Noa", None, 40)):
        at = NOW - timedelta(days=days)
        routing = RoutingFactory(
            client=rule.client,
            lead=LeadFactory(name=name),
            created_at=at,
            visible_at=at,
            delivered_at=at if state == DeliveryState.ACCEPTED else None,
        )
        if state:
            Delivery.objects.create(routing=routing, rule=rule, state=state, finished_at=at)
    said(routing_of(rule, "Avi"), 1)
    return rule


def routing_of(rule: Rule, name: str) -> Routing:
    return Routing.objects.get(client=rule.client, lead__name=name)


def said(routing: Routing, reason: int) -> None:
    item = FeedbackInput(routing_id=routing.pk, reason_id=reason)
    (result,) = record_feedback(client_id=routing.client_id, items=[item], door=Door.REST, now=NOW)
    assert result.error is None


def url(client: User, slug: str, query: str = "") -> str:
    return reverse("admin:accounts_user_tab", args=[client.pk, slug]) + query


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Noa", "Dan", "Avi"]),
        ("?outcome=undelivered", ["Dan"]),
        ("?outcome=accepted", ["Noa", "Avi"]),
        ("?said=none", ["Noa", "Dan"]),
        ("?said=any", ["Avi"]),
        ("?said=1", ["Avi"]),
        ("?said=2", []),
        ("?q=Dan", ["Dan"]),
        ("?since={today}", ["Dan", "Avi"]),
        ("?until={last_week}", ["Noa"]),
        ("?since=nonsense", []),
        ("?until=9999-12-31", []),
        ("?said=7777", []),
        ("?q=%00", []),
    ],
)
def test_routings_are_filtered_and_exported_as_shown(browser: Client, rule: Rule, query: str, names: list[str]) -> None:
    today = timezone.localdate()
    query = query.format(today=today.isoformat(), last_week=(today - timedelta(days=7)).isoformat())
    answer = browser.get(url(rule.client, "routings", query))
    assert answer.status_code == 200
    assert [row.routing.lead.name for row in answer.context["page"].rows] == names
    exported = listing("routings")
    assert exported is not None
    if answer.context["filters"].is_valid():
        found = exported.find(rule.client, answer.context["export_query"])
        assert [routing.lead.name for routing in found] == names


def test_older_pages_keep_the_filters(browser: Client, rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_routings, "PAGE_SIZE", 1)
    first = browser.get(url(rule.client, "routings", "?said=none"))
    older = browser.get(url(rule.client, "routings", f"?{first.context['older_query']}"))
    names = [row.routing.lead.name for page in (first, older) for row in page.context["page"].rows]
    assert names == ["Noa", "Dan"]
    assert older.context["page"].before is None


def test_the_number_of_queries_stays_the_same(browser: Client, rule: Rule) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            for slug in ("routings", "feedback"):
                browser.get(url(rule.client, slug))
        return len(captured)

    queries()
    few = queries()
    for _ in range(5):
        routing = RoutingFactory(client=rule.client, visible_at=NOW)
        said(routing, 2)
        Delivery.objects.create(routing=routing, rule=rule, state=DeliveryState.HELD, finished_at=NOW)
    assert queries() == few


def test_a_held_one_is_sent_again_from_the_list(browser: Client, rule: Rule) -> None:
    here = url(rule.client, "routings", "?said=none")
    held = Delivery.objects.get(routing=routing_of(rule, "Dan"))
    act = reverse("admin:distribution_delivery_act", args=[held.pk, "send_again_by_current_rule"])
    assert browser.get(here).content.decode().count(act) == 1
    assert browser.post(act, {"next": here}).headers["Location"] == here
    assert Delivery.objects.filter(routing=held.routing, state=DeliveryState.WAITING).exists()
    away = browser.post(act, {"next": "https://elsewhere.example/"})
    assert away.headers["Location"] == reverse("admin:distribution_lead_change", args=[held.routing.lead_id])


def test_feedback_is_filtered_and_the_chart_counts_what_is_true_now(browser: Client, rule: Rule) -> None:
    said(routing_of(rule, "Avi"), 2)
    said(routing_of(rule, "Noa"), 2)

    def shown(query: str) -> tuple[int, list[tuple[int, int]]]:
        context = browser.get(url(rule.client, "feedback", query)).context
        return len(context["page"].object_list), [(reason.pk, count) for reason, count in context["by_reason"]]

    assert shown("") == (3, [(2, 2)])
    assert shown("?said=1") == (1, [])
    assert shown("?q=Noa") == (1, [(2, 1)])
    assert shown("?until=2001-01-01") == (0, [])
    assert shown("?said=none") == (0, [])
