"""Watching: each alarm opens for its reason, is told of once, and closes with a note."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.utils import translation
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.mail.sending import SEND_MAIL
from accounts.tasks import send_mail
from distribution.choices import AlarmKind, DeliveryState
from distribution.models import Alarm, AlarmSetting, AlarmSubscription, Delivery, Rule, RuleEvent
from distribution.models.matching import CapTally
from distribution.queries.alarm_watches import Watch, register, watches
from distribution.rules.caps import Tally
from distribution.services import acknowledge, watch
from feedback.choices import Door
from feedback.rules.feedback_input import FeedbackInput
from feedback.services import record_feedback
from tests.factories import ClientFactory, LeadFactory, RoutingFactory, SourceFactory, StaffFactory, active_rule

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def delivery(rule: Rule, state: DeliveryState, at: datetime = NOW) -> Delivery:
    is_open = state == DeliveryState.WAITING
    return Delivery.objects.create(
        routing=RoutingFactory(client=rule.client),
        rule=rule,
        state=state,
        due_at=at,
        created_at=at,
        finished_at=None if is_open else at,
    )


def translated(alarm: Alarm) -> str:
    with translation.override("en"):
        return alarm.said


def kinds() -> list[str]:
    return sorted(Alarm.objects.open().values_list("kind", flat=True))


def mails_sent() -> list[mail.EmailMessage]:
    """Do what the worker does with the queued mails, and give those sent by it."""
    mail.outbox.clear()
    for job in ProcrastinateJob.objects.filter(task_name=SEND_MAIL, status="todo").order_by("id"):
        send_mail(**job.args)
    _forget_jobs()
    return list(mail.outbox)


def _forget_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s", [SEND_MAIL])


# ---- each kind ----


def test_a_paused_rule_opens_an_alarm_that_closes_when_it_is_resumed() -> None:
    rule = active_rule()
    delivery(rule, DeliveryState.WAITING)
    Rule.objects.filter(pk=rule.pk).update(paused_at=NOW - HOUR, pause_reason="gone")
    RuleEvent.objects.create(rule=rule, kind="paused", reason="gone", outcome_code="gone")
    watch(now=NOW)
    alarm = Alarm.objects.get()
    assert "closed for good" in translated(alarm)
    assert (alarm.kind, alarm.subject_id, alarm.facts["waiting"]) == (AlarmKind.RULE_PAUSED, rule.pk, 1)
    assert rule.client.name in alarm.subject_name
    Rule.objects.filter(pk=rule.pk).update(paused_at=None, pause_reason="")
    delivery_now_due_later(rule)
    watch(now=NOW + HOUR)
    assert kinds() == []


def delivery_now_due_later(rule: Rule) -> None:
    Delivery.objects.filter(rule=rule).update(due_at=NOW + DAY)


@pytest.mark.parametrize("state", [DeliveryState.HELD, DeliveryState.GAVE_UP])
def test_deliveries_not_made_are_one_alarm_of_their_rule_until_none_is_left(state: DeliveryState) -> None:
    rule = active_rule()
    for _ in range(3):
        delivery(rule, state, NOW - HOUR)
    watch(now=NOW)
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.subject_id, alarm.facts["count"]) == (AlarmKind.NOT_DELIVERED, rule.pk, 3)
    Delivery.objects.update(state=DeliveryState.CANCELLED)
    watch(now=NOW + HOUR)
    assert kinds() == []


@pytest.mark.parametrize(("count", "age", "found"), [(9, HOUR, []), (10, HOUR, ["refused"]), (10, 2 * DAY, [])])
def test_many_refusals_of_one_rule_within_a_day(count: int, age: timedelta, found: list[str]) -> None:
    rule = active_rule()
    for _ in range(count):
        delivery(rule, DeliveryState.REFUSED, NOW - age)
    watch(now=NOW)
    assert kinds() == found


@pytest.mark.parametrize(
    ("overdue", "change", "found"),
    [
        (timedelta(minutes=14), {}, []),
        (timedelta(minutes=16), {}, ["queue_old"]),
        (timedelta(minutes=16), {"is_active": False}, []),
        (timedelta(minutes=16), {"paused_at": NOW, "pause_reason": "gone"}, ["rule_paused"]),
        (timedelta(minutes=16), {"paused_at": NOW, "pause_reason": "staff"}, []),
        (timedelta(minutes=16), {"rate_limit": 5}, []),
        (timedelta(minutes=16), {"quiet_until": NOW + HOUR}, []),
    ],
)
def test_deliveries_that_should_have_been_sent(overdue: timedelta, change: dict, found: list[str]) -> None:
    rule = active_rule()
    delivery(rule, DeliveryState.WAITING, NOW - overdue)
    Rule.objects.filter(pk=rule.pk).update(**change)
    watch(now=NOW)
    assert kinds() == found


@pytest.mark.parametrize(
    ("caps", "taken", "found"),
    [
        ({"day": 5}, 4, None),
        ({"day": 5}, 5, "day"),
        ({"hour": 3, "month": 5}, 5, "month"),
        ({"total": 9}, 9, "total"),
    ],
)
def test_a_cap_that_is_full_until_the_next_period(caps: dict[str, int], taken: int, found: str | None) -> None:
    rule = active_rule()
    Rule.objects.filter(pk=rule.pk).update(selection={"caps": caps}, paused_at=NOW, pause_reason="cap_reached")
    tally = Tally({})
    tally.take(NOW, zone=ZoneInfo(rule.client.time_zone), number=taken)
    CapTally.objects.create(rule=rule, counts=tally.counts)
    watch(now=NOW)
    assert [alarm.facts["period"] for alarm in Alarm.objects.open()] == ([found] if found else [])
    watch(now=NOW + 32 * DAY)
    assert kinds() == (["cap_reached"] if found == "total" else [])


def test_all_that_is_overdue_is_one_alarm_which_names_the_rules() -> None:
    for _ in range(2):
        delivery(active_rule(), DeliveryState.WAITING, NOW - HOUR)
    watch(now=NOW)
    alarm = Alarm.objects.get()
    assert (alarm.subject_id, alarm.facts["count"], len(alarm.facts["rules"])) == (0, 2, 2)


def busy_weeks_ago(make: Callable[[datetime], object]) -> None:
    """Make something in each of five busy hours around now, one to four weeks ago."""
    for weeks in range(1, 5):
        for hour in range(6):
            make(NOW - weeks * WEEK - hour * HOUR)


def test_a_source_that_is_silent_when_it_was_busy_in_earlier_weeks() -> None:
    source, other = SourceFactory(), SourceFactory()
    busy_weeks_ago(lambda at: LeadFactory(source=source, received_at=at))
    busy_weeks_ago(lambda at: LeadFactory(source=other, received_at=at))
    LeadFactory(source=source, received_at=NOW - 8 * HOUR)
    LeadFactory(source=other, received_at=NOW - timedelta(minutes=5))
    watch(now=NOW, hourly=True)
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.subject_id) == (AlarmKind.SOURCE_SILENT, source.pk)
    watch(now=NOW + 6 * WEEK, hourly=True)
    assert source.pk in Alarm.objects.open().values_list("subject_id", flat=True), "silence does not become usual"
    LeadFactory(source=source, received_at=NOW + 6 * WEEK)
    watch(now=NOW + 6 * WEEK + HOUR, hourly=True)
    assert source.pk not in Alarm.objects.open().values_list("subject_id", flat=True)


def test_a_source_with_a_threshold_of_its_own() -> None:
    source, unwatched = SourceFactory(created_at=NOW - 3 * DAY), SourceFactory(created_at=NOW - 3 * DAY)
    AlarmSetting.objects.create(kind=AlarmKind.SOURCE_SILENT, threshold=24)
    AlarmSetting.objects.create(kind=AlarmKind.SOURCE_SILENT, subject_id=unwatched.pk, threshold=1, is_on=False)
    watch(now=NOW, hourly=True)
    assert [alarm.subject_id for alarm in Alarm.objects.open()] == [source.pk]


def routed(client: object, at: datetime) -> object:
    return RoutingFactory(client=client, created_at=at, visible_at=at, delivered_at=at)


def test_a_client_that_no_lead_reaches_any_more() -> None:
    client = active_rule().client
    busy_weeks_ago(lambda at: routed(client, at))
    routed(client, NOW - 8 * HOUR)
    watch(now=NOW, hourly=True)
    assert [(alarm.kind, alarm.subject_id) for alarm in Alarm.objects.open()] == [("client_no_leads", client.pk)]


def test_a_client_that_gets_leads_and_says_nothing() -> None:
    client, content = active_rule().client, active_rule().client
    Rule.objects.update(created_at=NOW - 4 * DAY)
    for each in (client, content):
        AlarmSetting.objects.create(kind=AlarmKind.CLIENT_WITHOUT_FEEDBACK, subject_id=each.pk, threshold=48)
        routed(each, NOW - 3 * DAY)
    routed(ClientFactory(), NOW - 3 * DAY)
    said = record_feedback(
        client_id=content.pk,
        items=[FeedbackInput(routing_id=content.routings.get().pk, reason_id=4)],
        door=Door.REST,
        now=NOW - DAY,
    )
    assert said[0].error is None
    watch(now=NOW, hourly=True)
    found = {(alarm.kind, alarm.subject_id): alarm.facts["waiting"] for alarm in Alarm.objects.open()}
    assert found == {("client_no_feedback", client.pk): 1}


# ---- telling ----


@pytest.fixture
def paused() -> Rule:
    rule = active_rule()
    Rule.objects.filter(pk=rule.pk).update(paused_at=NOW, pause_reason="gone")
    return rule


def test_staff_are_told_once_again_after_a_day_and_when_it_is_over(paused: Rule) -> None:
    StaffFactory(email="noa@agency.example", language="en")
    watch(now=NOW)
    (told,) = mails_sent()
    assert told.to == ["noa@agency.example"]
    assert told.subject == f"Alarm: destination paused: {paused.client.name} · {paused.name}"
    assert "resume the rule" in told.body
    assert f"/admin/accounts/user/{paused.client_id}/tab/rules/" in told.body
    watch(now=NOW + HOUR)
    assert mails_sent() == []
    watch(now=NOW + DAY)
    assert len(mails_sent()) == 1
    Rule.objects.update(paused_at=None, pause_reason="")
    watch(now=NOW + DAY + HOUR)
    (over,) = mails_sent()
    assert over.subject.startswith("Over: destination paused")
    watch(now=NOW + DAY + 2 * HOUR)
    assert mails_sent() == []


def test_many_alarms_are_one_mail_in_the_readers_language() -> None:
    StaffFactory(email="noa@agency.example", language="he")
    for _ in range(3):
        Rule.objects.filter(pk=active_rule().pk).update(paused_at=NOW, pause_reason="gone")
    watch(now=NOW)
    (told,) = mails_sent()
    html = told.alternatives[0].content  # type: ignore[attr-defined]
    assert 'dir="rtl"' in html
    assert "3 התראות" in told.subject


def test_who_sees_to_it_gets_no_more_reminders(paused: Rule) -> None:
    staff = StaffFactory(email="noa@agency.example")
    watch(now=NOW)
    assert len(mails_sent()) == 1
    acknowledge(alarm=Alarm.objects.get(), by=staff, now=NOW)
    watch(now=NOW + 3 * DAY)
    assert mails_sent() == []
    acknowledge(alarm=Alarm.objects.get(), by=StaffFactory(), now=NOW)
    assert Alarm.objects.get().acknowledged_by == staff


@pytest.mark.parametrize(
    ("person", "chosen", "is_told"),
    [
        ({}, None, True),
        ({}, [], False),
        ({}, ["queue_old"], False),
        ({}, ["rule_paused"], True),
        ({"email": ""}, ["rule_paused"], False),
        ({"is_active": False}, None, False),
        ({"is_superuser": False}, ["rule_paused"], False),
    ],
)
def test_who_is_told(paused: Rule, person: dict, chosen: list[str] | None, is_told: bool) -> None:
    """By default who has all permissions; else who asked for the kind and may see alarms."""
    user = StaffFactory(**({"email": "noa@agency.example"} | person))
    if chosen is not None:
        AlarmSubscription.objects.create(user=user, kinds=chosen)
    watch(now=NOW)
    assert bool(mails_sent()) == is_told
    assert (Alarm.objects.get().told_at == NOW) == is_told


def test_a_kind_that_is_switched_off_closes_without_a_note(paused: Rule) -> None:
    StaffFactory(email="noa@agency.example")
    watch(now=NOW)
    mails_sent()
    AlarmSetting.objects.create(kind=AlarmKind.RULE_PAUSED, is_on=False)
    watch(now=NOW + HOUR)
    assert kinds() == []
    assert mails_sent() == []


def test_a_watch_that_fails_keeps_no_other_from_looking(paused: Rule, caplog: pytest.LogCaptureFixture) -> None:
    stock = next(each for each in watches(hourly=False) if each.kind == AlarmKind.QUEUE_OLD)
    try:
        register(Watch(kind=AlarmKind.QUEUE_OLD, look=lambda *_: [][0]))
        watch(now=NOW)
    finally:
        register(stock)
    assert kinds() == ["rule_paused"]
    assert "the watch for queue_old failed" in caplog.text


def test_a_line_break_in_a_name_begins_no_header(paused: Rule) -> None:
    StaffFactory(email="noa@agency.example")
    Rule.objects.filter(pk=paused.pk).update(name="CRM\r\nBcc: all@evil.example")
    watch(now=NOW)
    (told,) = mails_sent()
    assert "\n" not in told.subject
    assert told.message()["Bcc"] is None
