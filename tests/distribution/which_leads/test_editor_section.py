"""The section Which leads of the rule editor, as a browser without JavaScript sees it, and the dry run."""

from datetime import time, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from distribution.choices import DeliveryState
from distribution.models import CapTally, Delivery, Lead, Routing, Rule
from distribution.rules.opening_hours import normalised, span_of_day
from distribution.rules.selection import Selection, read_selection
from distribution.services.matching import route_leads
from tests.distribution.test_rule_screens import ROUTING_ID, add_url, form
from tests.distribution.which_leads.conftest import choosing_rule
from tests.factories import ClientFactory, LeadFactory, RoutingFactory, SourceFactory, StaffFactory

pytestmark = pytest.mark.django_db

ASKED = {
    "selection-shown": "1",
    "conditions_mode": "all",
    "groups-0-mode": "any",
    "conditions-0-group": "0",
    "conditions-0-field": "city",
    "conditions-0-comparison": "one_of",
    "conditions-0-value": "חיפה, עכו\nנהריה",
    "conditions-1-group": "0",
    "conditions-1-field": "data",
    "conditions-1-key": "budget",
    "conditions-1-comparison": "between",
    "conditions-1-value": "1000",
    "conditions-1-value_to": "",
    "conditions-2-group": "0",
    "conditions-2-field": "",  # the empty row
    "groups-1-mode": "none",
    "conditions-3-group": "1",
    "conditions-3-field": "email",
    "conditions-3-comparison": "not_matches",
    "conditions-3-value": r"\.il$",
    "hours-0-0-from": "09:00",
    "hours-0-0-to": "13:00",
    "hours-0-1-from": "16:00",
    "hours-0-1-to": "19:00",
    "hours-4-0-from": "22:00",
    "hours-4-0-to": "02:00",
    "outside_hours": "skip",
    "selection_time_zone": "Europe/London",
    "cap_day": "20",
    "cap_total": "500",
    "at_cap": "skip",
    "repeats": "flag",
    "repeats_scope": "all",
    "repeats_days": "60",
    "priority": "2",
    "is_exclusive": "on",
    "weight": "3",
}
STORED = {
    "conditions": {
        "mode": "all",
        "items": [
            {
                "mode": "any",
                "items": [
                    {"field": "city", "op": "one_of", "values": ["חיפה", "עכו", "נהריה"]},
                    {"field": "data", "key": "budget", "op": "between", "values": ["1000", ""]},
                ],
            },
            {"mode": "none", "items": [{"field": "email", "op": "matches", "values": [r"\.il$"], "negated": True}]},
        ],
    },
    "hours": {
        "spans": [
            list(span)
            for span in normalised(
                [
                    span_of_day(0, time(9), time(13)),
                    span_of_day(0, time(16), time(19)),
                    span_of_day(4, time(22), time(2)),
                ]
            )
        ],
        "outside": "skip",
    },
    "caps": {"day": 20, "total": 500},
    "at_cap": "skip",
    "duplicates": {"action": "flag", "scope": "all", "days": 60},
    "time_zone": "Europe/London",
}


@pytest.fixture
def staff(client: Client) -> User:
    user: User = StaffFactory()
    client.force_login(user)
    return user


def posted(page: Any) -> dict[str, str]:
    """Give what a browser would post of the page's section as it is shown."""
    values: dict[str, str] = {}

    class Fields(HTMLParser):
        select = ""
        area = ""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "select":
                self.select = given.get("name") or ""
            elif tag == "option" and self.select and ("selected" in given or self.select not in values):
                values[self.select] = given.get("value") or ""
            elif tag == "textarea":
                self.area = given.get("name") or ""
                values[self.area] = ""
            elif tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
                values[given.get("name") or ""] = given.get("value") or ""

        def handle_endtag(self, tag: str) -> None:
            if tag in ("select", "textarea"):
                self.select = self.area = ""

        def handle_data(self, data: str) -> None:
            if self.area:
                values[self.area] += data

    html = page.content.decode()
    begin = html.index('id="which-leads"')
    Fields().feed(html[begin : html.index("<template", begin)] + html[html.index("</template>", begin) :])
    return {name: value for name, value in values.items() if not name.startswith(("trial", "mappings", "_"))}


def test_what_is_asked_is_stored_shown_again_and_posted_again_unchanged(client: Client, staff: User) -> None:
    client.post(add_url(ClientFactory()), form(ROUTING_ID, **ASKED))
    rule = Rule.objects.get()
    assert rule.selection == STORED
    assert (rule.priority, rule.is_exclusive, rule.weight) == (2, True, 3)
    assert read_selection(rule.selection).as_json() == STORED
    revision = rule.selection_revision
    assert revision
    page = client.get(f"/admin/distribution/rule/{rule.pk}/change/")
    again = posted(page)
    assert again["conditions-0-value"].split() == ["חיפה", "עכו", "נהריה"]
    client.post(f"/admin/distribution/rule/{rule.pk}/change/", form(ROUTING_ID) | again)
    rule.refresh_from_db()
    assert (rule.selection, rule.selection_revision) == (STORED, revision)


def test_an_empty_section_asks_nothing_and_costs_nothing(client: Client, staff: User) -> None:
    client.post(add_url(ClientFactory()), form(ROUTING_ID, **{"selection-shown": "1", "priority": "5", "weight": "1"}))
    rule = Rule.objects.get()
    assert (rule.selection, rule.selection_revision, rule.is_exclusive) == ({}, 0, False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"conditions-3-value": "("}, "RE2"),
        ({"conditions-0-value": " "}, "לרשום את הערך"),
        ({"conditions-1-key": ""}, "שם השדה הנוסף"),
        ({"hours-0-0-to": ""}, "שני הקצוות"),
        ({"cap_day": "0"}, "גדול"),
        ({"repeats_days": "99999"}, "פחות"),
        ({"selection_time_zone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"conditions-0-field": "shoe"}, "shoe"),
    ],
)
def test_a_mistake_is_marked_and_nothing_is_saved(
    client: Client, staff: User, changes: dict[str, str], message: str
) -> None:
    answer = client.post(add_url(ClientFactory()), form(ROUTING_ID, **(ASKED | changes)))
    page = answer.content.decode()
    assert message in page
    assert "נהריה" in page or "conditions-0-value" in changes
    assert not Rule.objects.exists()


@pytest.mark.parametrize(
    "nonsense",
    [
        {"conditions-0-group": "abc"},
        {"conditions-0-group": "99999999999"},
        {"conditions-9999-field": "city"},
        {"groups-0-mode": "xor"},
        {"conditions-0-comparison": "not_"},
        {"hours-0-0-from": "25:99"},
        {"trial-rule": "1' OR 1"},
    ],
)
def test_nonsense_is_never_an_error_of_ours(client: Client, staff: User, nonsense: dict[str, str]) -> None:
    user = ClientFactory()
    assert client.post(add_url(user), form(ROUTING_ID, **(ASKED | nonsense))).status_code in (200, 302)
    data = form(**(ASKED | {"trial-name": "x", "trial-lead": "99999999999999999999"} | nonsense))
    assert client.post(f"/admin/distribution/rule/try/{user.pk}/", data).status_code in (200, 404)


def test_caps_count_what_was_sent_before_they_were_set(client: Client, staff: User) -> None:
    rule = choosing_rule()
    for _lead in range(3):
        Delivery.objects.create(routing=RoutingFactory(client=rule.client), rule=rule)
    data = form(ROUTING_ID, **{"selection-shown": "1", "cap_month": "5"})
    client.post(f"/admin/distribution/rule/{rule.pk}/change/", data)
    counts = CapTally.objects.get(rule=rule).counts
    assert {period: sum(found.values()) for period, found in counts.items()} == {
        "hour": 3, "day": 3, "month": 3, "total": 3,
    }  # fmt: skip


def test_new_hours_let_what_waited_for_the_old_ones_be_asked_again(client: Client, staff: User) -> None:
    rule = choosing_rule()
    later = timezone.now() + timedelta(days=2)
    delivery = Delivery.objects.create(
        routing=RoutingFactory(client=rule.client), rule=rule, due_at=later, outcome_code="waits_for_hours"
    )
    client.post(f"/admin/distribution/rule/{rule.pk}/change/", form(ROUTING_ID, **{"selection-shown": "1"}))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.outcome_code) == (DeliveryState.WAITING, "")
    assert delivery.due_at < timezone.now()


def test_a_dry_run_says_what_every_rule_would_say_and_writes_nothing(client: Client, staff: User) -> None:
    source = SourceFactory()
    other = choosing_rule(priority=9)
    user = ClientFactory()
    tried = {
        "trial-source": str(source.pk),
        "trial-phone": "0501234567",
        "trial-email": "noa@example.co.il",
        "trial-city": "אילת",
        "trial-further": "budget = 900\nshoe=42",
    }
    conditions = {name: value for name, value in ASKED.items() if not name.startswith(("hours", "cap"))}
    url = f"/admin/distribution/rule/try/{user.pk}/"
    page = client.post(url, form(**(conditions | tried))).content.decode()
    assert "אילת" in page
    assert "נהריה" in page
    assert other.name in page
    panel = client.post(
        url, form(**(conditions | tried | {"trial-city": "עכו"})), headers={"X-Requested-With": "fetch"}
    ).content.decode()
    assert "לקח את הליד ללקוח שלו בלבד" in panel
    assert "<html" not in panel
    wrong = client.post(url, form(**(conditions | tried | {"conditions-3-value": "("}))).content.decode()
    assert "לקח" not in wrong.split("<main", 1)[-1].replace("לקוח", "")
    assert (Lead.objects.count(), Routing.objects.count(), Rule.objects.count()) == (0, 0, 1)


def test_a_dry_run_of_a_lead_that_is_here(client: Client, staff: User) -> None:
    lead = LeadFactory(city="חיפה")
    rule = choosing_rule()
    data = form(**(ASKED | {"hours-0-0-from": "", "hours-0-0-to": "", "trial-lead": str(lead.pk)}))
    page = client.post(f"/admin/distribution/rule/try/{rule.client_id}/", data | {"trial-rule": str(rule.pk)})
    assert rule.name in page.content.decode()


def test_who_may_not_change_rules_tries_none(client: Client) -> None:
    client.force_login(StaffFactory(is_superuser=False))
    assert client.post(f"/admin/distribution/rule/try/{ClientFactory().pk}/", form()).status_code == 403


def test_a_higher_cap_lets_what_waited_for_the_lower_one_go_in_the_order_it_came(client: Client, staff: User) -> None:
    rule = choosing_rule(Selection(caps={"day": 1}))
    leads = [LeadFactory() for _ in range(5)]
    for lead in leads:
        route_leads([lead.pk], now=timezone.now())
    assert Delivery.objects.filter(outcome_code="waits_for_cap").count() == 4
    data = form(ROUTING_ID, **{"selection-shown": "1", "cap_day": "3", "at_cap": "wait"})
    client.post(f"/admin/distribution/rule/{rule.pk}/change/", data)
    codes = list(Delivery.objects.order_by("routing__lead_id").values_list("outcome_code", flat=True))
    assert codes == ["", "", "", "waits_for_cap", "waits_for_cap"]
    dues = set(Delivery.objects.filter(outcome_code="waits_for_cap").values_list("due_at", flat=True))
    assert len(dues) == 1
    assert Delivery.objects.filter(outcome_code="", due_at__lte=timezone.now()).count() == 3
    counts = CapTally.objects.get(rule=rule).counts
    assert sorted(counts["day"].values()) == [2, 3]
    assert sum(counts["total"].values()) == 5
