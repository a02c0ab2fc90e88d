"""Conditions, hours, caps, repeats, order and the block list hold for every lead that comes in, and are told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from distribution import queries
from distribution.choices import AtCap, DeliveryState, DuplicateAction, DuplicateScope, OutsideHours
from distribution.models import BlockedContact, Delivery, Lead, MatchReport, Routing, Rule, Source
from distribution.rules.conditions import Condition, Group
from distribution.rules.selection import Duplicates, Selection
from distribution.services.matching import give, route_leads
from tests.distribution.which_leads.conftest import TakeIn, choosing_rule, hours_around, said, taken
from tests.factories import ClientFactory, LeadFactory, StaffFactory, active_rule

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
ClockAt = Callable[[datetime], None]


def in_city(*cities: str) -> Selection:
    return Selection(conditions=Group(mode="all", items=(Condition(field="city", op="one_of", values=cities),)))


def test_a_rule_takes_the_leads_its_conditions_name_and_the_others_say_why_not(take_in: TakeIn) -> None:
    haifa, everybody = choosing_rule(in_city("חיפה")), choosing_rule()
    first, second = take_in({"phone": "0501234567", "city": "חיפה"}, {"phone": "0501234568", "city": "עכו"})
    assert set(Delivery.objects.values_list("rule_id", "routing__lead_id")) == {
        (haifa.pk, first.pk), (everybody.pk, first.pk), (everybody.pk, second.pk),
    }  # fmt: skip
    assert said(first) == {}
    assert said(second) == {haifa.pk: "condition", everybody.pk: "takes"}
    told = {item.rule.pk: item for item in queries.match_story(second).said if item.rule}
    assert (told[everybody.pk].takes, told[haifa.pk].takes) == (True, False)
    assert "עכו" in told[haifa.pk].text
    assert "חיפה" in told[haifa.pk].text


def test_rules_that_ask_nothing_leave_no_report(take_in: TakeIn) -> None:
    active_rule()
    [lead] = take_in({"phone": "0501234567"})
    assert not MatchReport.objects.exists()
    assert queries.match_story(lead).said == []


def test_outside_the_hours_a_delivery_waits_for_the_opening_or_there_is_none(
    take_in: TakeIn, clock_at: ClockAt
) -> None:
    clock_at(NOON)
    closed = hours_around(NOON, is_open=False)
    waiting = choosing_rule(Selection(spans=closed, time_zone="UTC"))
    skipping = choosing_rule(Selection(spans=closed, time_zone="UTC", outside_hours=OutsideHours.SKIP))
    [lead] = take_in({"phone": "0501234567"})
    delivery = Delivery.objects.get()
    assert (delivery.rule, delivery.state, delivery.outcome_code) == (waiting, DeliveryState.WAITING, "waits_for_hours")
    assert delivery.due_at == datetime(2026, 12, 2, 10, tzinfo=UTC)
    assert said(lead) == {waiting.pk: "waits_for_hours", skipping.pk: "outside_hours"}
    assert "02/12/2026" in next(item.text for item in queries.match_story(lead).said if item.takes)


@pytest.mark.parametrize(
    ("at_cap", "codes", "dues"),
    [
        (AtCap.WAIT, ["takes", "takes", "waits_for_cap"], [None, None, datetime(2026, 11, 25, 13, tzinfo=UTC)]),
        (AtCap.SKIP, ["takes", "takes", "cap"], [None, None]),
        (AtCap.PAUSE, ["takes", "takes", "pauses"], [None, None, None]),
    ],
)
def test_beyond_a_cap(
    take_in: TakeIn, clock_at: ClockAt, at_cap: str, codes: list[str], dues: list[datetime | None]
) -> None:
    clock_at(NOON)
    rule = choosing_rule(Selection(caps={"hour": 2}, at_cap=at_cap, time_zone="UTC"))
    leads = [take_in({"phone": f"050123456{number}"})[0] for number in range(3)]
    assert [said(lead).get(rule.pk, "takes") for lead in leads] == codes
    deliveries = Delivery.objects.order_by("routing__lead_id")
    assert [d.due_at if d.outcome_code else None for d in deliveries] == dues
    rule.refresh_from_db()
    assert (rule.pause_reason if rule.is_paused else "") == ("cap_reached" if at_cap == AtCap.PAUSE else "")
    assert taken(rule, "total") == len(dues)


def test_at_the_cap_the_next_rule_by_priority_takes_the_lead(take_in: TakeIn) -> None:
    first = choosing_rule(Selection(caps={"total": 1}, at_cap=AtCap.SKIP), priority=1, is_exclusive=True)
    second = choosing_rule(priority=2, is_exclusive=True)
    leads = take_in({"phone": "0501234567"}, {"phone": "0501234568"})
    assert list(Delivery.objects.order_by("routing__lead_id").values_list("rule_id", flat=True)) == [
        first.pk, second.pk,
    ]  # fmt: skip
    assert said(leads[0]) == {first.pk: "takes", second.pk: "taken"}
    assert said(leads[1]) == {first.pk: "cap", second.pk: "takes"}
    assert first.name in next(item.text for item in queries.match_story(leads[0]).said if not item.takes)


def test_what_is_here_already_takes_no_place_of_a_cap(take_in: TakeIn) -> None:
    rule = choosing_rule(Selection(caps={"total": 2}, at_cap=AtCap.SKIP))
    take_in({"phone": "0501234567", "external_id": "1"})
    take_in(
        {"phone": "0501234567", "external_id": "1"},
        {"phone": "0501234568", "external_id": "2"},
        {"phone": "0501234568", "external_id": "2"},
        {"phone": "0501234569", "external_id": "3"},
    )
    assert list(Delivery.objects.values_list("routing__lead__external_id", flat=True).order_by("created_at")) == [
        "1", "2",
    ]  # fmt: skip
    assert taken(rule, "total") == 2


def test_test_leads_take_no_place_and_are_not_asked_about(take_in: TakeIn) -> None:
    choosing_rule(Selection(caps={"total": 1}, at_cap=AtCap.SKIP))
    [tried] = take_in({"phone": "0501234567", "is_test": True})
    take_in({"phone": "0501234568"})
    assert tried.is_test
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    ("scope", "action", "second", "third"),
    [
        (DuplicateScope.CLIENT, DuplicateAction.SKIP, "duplicate", "takes"),
        (DuplicateScope.ALL, DuplicateAction.SKIP, "duplicate", "duplicate"),
        (DuplicateScope.CLIENT, DuplicateAction.FLAG, "takes", "takes"),
    ],
)
def test_the_same_person_again(take_in: TakeIn, scope: str, action: str, second: str, third: str) -> None:
    rule = choosing_rule(Selection(duplicates=Duplicates(action=action, scope=scope, days=30)))
    other = LeadFactory(phone_normalized="+972521111111", email="")
    give([other.pk], client_id=ClientFactory().pk, rule_id=None, by=None, now=datetime.now(UTC))
    take_in({"phone": "050-1234567", "email": "noa@example.co.il"})
    [by_mail] = take_in({"phone": "03-5556677", "email": "NOA@example.co.il"})
    [elsewhere] = take_in({"phone": "052-1111111"})
    assert said(by_mail).get(rule.pk, "takes") == second
    assert said(elsewhere).get(rule.pk, "takes") == third
    if action == DuplicateAction.FLAG:
        story = queries.match_story(by_mail)
        assert story.is_repeat
        assert story.said[0].earlier_lead_id == Lead.objects.get(phone_normalized="+972501234567").pk
        assert Delivery.objects.filter(routing__lead=by_mail).exists()


def test_a_person_twice_in_one_array_is_a_repeat(take_in: TakeIn) -> None:
    choosing_rule(Selection(duplicates=Duplicates(days=1)))
    take_in({"phone": "0501234567"}, {"phone": "+972-50-123-4567"})
    assert Delivery.objects.count() == 1


def test_long_ago_is_no_repeat(take_in: TakeIn) -> None:
    rule = choosing_rule(Selection(duplicates=Duplicates(days=30)))
    [lead] = take_in({"phone": "0501234567"})
    Lead.objects.filter(pk=lead.pk).update(received_at=lead.received_at - timedelta(days=31))
    [again] = take_in({"phone": "0501234567"})
    assert Delivery.objects.filter(rule=rule, routing__lead=again).exists()


def test_who_is_on_the_block_list_is_kept_shown_and_given_to_nobody(take_in: TakeIn) -> None:
    active_rule()
    staff = StaffFactory()
    BlockedContact.objects.create(kind="phone", value="+972501234567", reason="ביקש שלא יפנו אליו")
    BlockedContact.objects.create(kind="domain", value="spam.example", reason="רובוט")
    blocked, spam, free = take_in({"phone": "0501234567"}, {"email": "a@mail.spam.example"}, {"phone": "0501234568"})
    assert set(Routing.objects.values_list("lead_id", flat=True)) == {free.pk}
    assert said(blocked) == said(spam) == {0: "blocked"}
    [told] = queries.match_story(blocked).said
    assert "ביקש שלא יפנו אליו" in told.text
    given = give([blocked.pk], client_id=ClientFactory().pk, rule_id=None, by=staff, now=datetime.now(UTC))
    assert (given.routings, given.blocked) == (0, 1)
    BlockedContact.objects.all().delete()
    take_in({"phone": "0501234567"})
    assert Routing.objects.count() == 2


def test_an_edited_rule_is_asked_as_it_is_now(take_in: TakeIn) -> None:
    rule = choosing_rule(in_city("חיפה"))
    take_in({"phone": "0501234567", "city": "עכו"})
    assert not Delivery.objects.exists()
    Rule.objects.filter(pk=rule.pk).update(
        selection=in_city("עכו").as_json(), selection_revision=rule.selection_revision + 1
    )
    take_in({"phone": "0501234568", "city": "עכו"})
    assert Delivery.objects.count() == 1


def test_a_selection_that_cannot_be_read_keeps_no_lead_from_the_other_rules(take_in: TakeIn) -> None:
    broken, other = choosing_rule(in_city("חיפה")), choosing_rule()
    Rule.objects.filter(pk=broken.pk).update(selection={"conditions": {"items": [{"field": "city"}]}})
    [lead] = take_in({"phone": "0501234567"})
    assert said(lead) == {broken.pk: "unreadable", other.pk: "takes"}


def test_existing_leads_meet_the_same_conditions_and_keep_what_was_said_before(source: Source, take_in: TakeIn) -> None:
    first = choosing_rule(in_city("חיפה"), priority=1, is_exclusive=True)
    haifa, acre = take_in({"phone": "0501234567", "city": "חיפה"}, {"phone": "0501234568", "city": "עכו"})
    second = choosing_rule()
    given = route_leads([haifa.pk, acre.pk], now=datetime.now(UTC), rule_id=second.pk)
    assert (given.routings, given.deliveries) == (1, 1)
    assert said(haifa) == {second.pk: "taken"}
    assert said(acre) == {first.pk: "condition"} | {second.pk: "takes"}
    assert route_leads([haifa.pk, acre.pk], now=datetime.now(UTC)).deliveries == 0


def test_by_hand_a_lead_passes_conditions_and_counts_in_the_caps(take_in: TakeIn) -> None:
    rule = choosing_rule(Selection(conditions=in_city("חיפה").conditions, caps={"day": 1}, at_cap=AtCap.SKIP))
    [lead] = take_in({"phone": "0501234567", "city": "עכו"})
    given = give([lead.pk], client_id=rule.client_id, rule_id=rule.pk, by=StaffFactory(), now=datetime.now(UTC))
    assert (given.routings, given.deliveries) == (1, 1)
    assert taken(rule, "day") == 1
    [late] = take_in({"phone": "0501234568", "city": "חיפה"})
    assert said(late) == {rule.pk: "cap"}
