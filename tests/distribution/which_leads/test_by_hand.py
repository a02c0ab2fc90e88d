"""Giving many leads by hand, existing leads to a rule, taking a routing back, and the block list's screen."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from distribution import services
from distribution.choices import AtCap, DeliveryState, ImportState
from distribution.errors import DeliveryIsSending, NoLeadsToGive, RoutingSeen, RuleNotSending
from distribution.models import BlockedContact, Delivery, Lead, Routing, RoutingJob, Rule
from distribution.rules.conditions import Condition, Group
from distribution.rules.selection import Selection
from distribution.services import routing_jobs
from distribution.services.matching import give, route_leads
from tests.distribution.which_leads.conftest import choosing_rule, taken
from tests.factories import ClientFactory, LeadFactory, SourceFactory, StaffFactory, active_rule

pytestmark = pytest.mark.django_db
IN_HAIFA = Group(mode="all", items=(Condition(field="city", op="equals", values=("חיפה",)),))


@pytest.fixture
def staff(client: Client) -> User:
    user: User = StaffFactory()
    client.force_login(user)
    return user


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing_jobs, "BATCH_LEADS", 3)


def now() -> datetime:
    return datetime.now(UTC)


def made(answer: Any) -> RoutingJob:
    job = RoutingJob.objects.get()
    assert answer.url.endswith(f"/routingjob/{job.pk}/change/")
    return job


def test_chosen_leads_are_given_in_the_background_with_progress(
    client: Client, staff: User, small_batches: None
) -> None:
    source = SourceFactory()
    rule = active_rule(sources_mode="manual")
    leads = [LeadFactory(source=source) for _ in range(7)] + [LeadFactory(source=source, is_test=True)]
    data = {"action": "give_many", "_selected_action": [lead.pk for lead in leads]}
    page = client.post("/admin/distribution/lead/", data).content.decode()
    assert "7" in page
    assert f'value="{rule.client_id}:{rule.pk}"' in page
    destination = {"destination": f"{rule.client_id}:{rule.pk}"}
    job = made(client.post("/admin/distribution/lead/", data | destination))
    assert "0 / 7" in client.get(f"/admin/distribution/routingjob/{job.pk}/change/").content.decode()
    routing_jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.given, job.created_by) == (ImportState.DONE, 7, 7, staff)
    assert Delivery.objects.filter(rule=rule).count() == Routing.objects.filter(created_by=staff).count() == 7
    panel = client.get(f"/admin/distribution/routingjob/{job.pk}/panel/").content.decode()
    assert "7 / 7" in panel
    assert "hx-get" not in panel


def test_all_leads_of_a_filtered_list_are_given(client: Client, staff: User) -> None:
    source, other = SourceFactory(), SourceFactory()
    for place in range(4):
        LeadFactory(source=source if place % 2 else other)
    user = ClientFactory()
    first = Lead.objects.filter(source=source).first()
    assert first
    data = {"action": "give_many", "_selected_action": [first.pk], "select_across": "1", "destination": f"{user.pk}:"}
    job = made(client.post(f"/admin/distribution/lead/?source__id__exact={source.pk}", data))
    routing_jobs.run_job(job.pk)
    assert set(Routing.objects.values_list("lead__source", flat=True)) == {source.pk}
    assert Routing.objects.filter(visible_at__isnull=False).count() == 2


def test_a_job_that_is_cancelled_stops_and_one_that_was_killed_goes_on(
    staff: User, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = ClientFactory()
    leads = [LeadFactory() for _ in range(7)]
    job = services.give_many([lead.pk for lead in leads], client=user, rule=None, by=staff, now=now())
    batches = []

    def killed_after_one(*args: Any, **kwargs: Any) -> Any:
        batches.append(args)
        if len(batches) == 2:
            raise KeyboardInterrupt
        return give(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(routing_jobs, "give", killed_after_one)
        with pytest.raises(KeyboardInterrupt):
            routing_jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done) == (ImportState.RUNNING, 3)
    routing_jobs.run_job(job.pk)
    assert Routing.objects.count() == 7
    second = services.give_many([leads[0].pk], client=ClientFactory(), rule=None, by=staff, now=now())
    services.cancel_job(job=second, now=now())
    routing_jobs.run_job(second.pk)
    assert Routing.objects.count() == 7


def test_a_job_that_fails_says_so(staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    job = services.give_many([LeadFactory().pk], client=ClientFactory(), rule=None, by=staff, now=now())

    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(routing_jobs, "give", broken)
    with pytest.raises(RuntimeError):
        routing_jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, bool(job.failure)) == (ImportState.FAILED, True)


def test_existing_leads_go_to_a_rule_as_if_they_came_now(client: Client, staff: User, small_batches: None) -> None:
    source = SourceFactory()
    ages = [1, 2, 3, 8, 9, 40]
    leads = [LeadFactory(source=source, city="חיפה" if age != 2 else "עכו") for age in ages]
    for lead, age in zip(leads, ages, strict=True):
        Lead.objects.filter(pk=lead.pk).update(received_at=now() - timedelta(days=age))
    LeadFactory(city="חיפה")  # of another source
    rule = choosing_rule(Selection(conditions=IN_HAIFA, caps={"total": 3}, at_cap=AtCap.SKIP), sources_mode="some")
    rule.sources.set([source])
    found = services.existing_leads(rule, days=30, now=now())
    assert (found.count, found.asked, found.fitting) == (5, 5, 4)
    page = client.get(f"/admin/distribution/routingjob/rule/{rule.pk}/?days=7").content.decode()
    assert "3 " in page
    job = made(client.post(f"/admin/distribution/routingjob/rule/{rule.pk}/", {"days": "30"}))
    routing_jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.total, job.done, job.given) == (5, 5, 3)
    assert taken(rule, "total") == 3
    assert services.existing_leads(rule, days=30, now=now()).count == 2
    Rule.objects.filter(pk=rule.pk).update(is_active=False)
    rule.refresh_from_db()
    with pytest.raises(RuleNotSending):
        services.send_existing(rule=rule, days=30, by=staff, now=now())
    rule.is_active = True
    with pytest.raises(NoLeadsToGive):
        services.send_existing(rule=rule, days=0, by=staff, now=now())


def test_a_routing_is_taken_back_before_anything_was_sent(client: Client, staff: User) -> None:
    rule = choosing_rule(Selection(caps={"day": 1}, at_cap=AtCap.SKIP))
    lead = LeadFactory()
    route_leads([lead.pk], now=now())
    routing = Routing.objects.get()
    assert taken(rule, "day") == 1
    url = f"/admin/distribution/lead/routing/{routing.pk}/take-back/"
    assert url in client.get(f"/admin/distribution/lead/{lead.pk}/change/").content.decode()
    client.post(url)
    routing.refresh_from_db()
    delivery = Delivery.objects.get()
    assert (routing.withdrawn_by, delivery.state, delivery.outcome_code) == (
        staff, DeliveryState.CANCELLED, "taken_back",
    )  # fmt: skip
    assert taken(rule, "day") == 0
    page = client.get(f"/admin/distribution/lead/{lead.pk}/change/").content.decode()
    assert staff.name in page
    assert url not in page
    assert not Routing.objects.real().exists()
    # Rules do not give it again; a person may, under the routing ID it had.
    assert route_leads([lead.pk], now=now()).deliveries == 0
    given = give([lead.pk], client_id=rule.client_id, rule_id=rule.pk, by=staff, now=now())
    assert (given.routings, given.deliveries) == (1, 1)
    routing.refresh_from_db()
    assert routing.withdrawn_at is None
    assert taken(rule, "day") == 1


def test_what_the_client_has_seen_or_is_on_its_way_is_not_taken_back(client: Client, staff: User) -> None:
    rule = active_rule()
    lead = LeadFactory()
    route_leads([lead.pk], now=now())
    routing = Routing.objects.get()
    Delivery.objects.update(state=DeliveryState.SENDING, lease_owner=routing.pk)
    with pytest.raises(DeliveryIsSending):
        services.take_back(routing=routing, by=staff)
    Delivery.objects.update(state=DeliveryState.WAITING, lease_owner=None, attempt_count=1)
    with pytest.raises(RoutingSeen):
        services.take_back(routing=routing, by=staff)
    shown = LeadFactory()
    give([shown.pk], client_id=rule.client_id, rule_id=None, by=staff, now=now())
    answer = client.post(f"/admin/distribution/lead/routing/{shown.routings.get().pk}/take-back/", follow=True)
    assert "אי אפשר לקחת אותו בחזרה" in answer.content.decode()
    assert not Routing.objects.filter(withdrawn_at__isnull=False).exists()


def test_who_may_not_give_gives_nothing(client: Client) -> None:
    client.force_login(StaffFactory(is_superuser=False))
    rule, lead = active_rule(), LeadFactory()
    route_leads([lead.pk], now=timezone.now())
    for url in (
        f"/admin/distribution/lead/routing/{Routing.objects.get().pk}/take-back/",
        f"/admin/distribution/routingjob/rule/{rule.pk}/",
        "/admin/distribution/blockedcontact/add/",
    ):
        assert client.post(url).status_code == 403


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("phone", "050-123 4567", "+972501234567"),
        ("prefix", "055", "+97255"),
        ("prefix", "0044", "+44"),
        ("email", "Noa@Example.co.il", "noa@example.co.il"),
        ("domain", "Spam.Example", "spam.example"),
    ],
)
def test_the_block_list_says_who_added_what_and_why(
    client: Client, staff: User, kind: str, text: str, value: str
) -> None:
    data = {"kind": kind, "value": text, "reason": "ביקש שלא יפנו אליו"}
    assert client.post("/admin/distribution/blockedcontact/add/", data).status_code == 302
    entry = BlockedContact.objects.get()
    assert (entry.value, entry.created_by) == (value, staff)
    page = client.get("/admin/distribution/blockedcontact/", {"q": text}).content.decode()
    assert value in page
    assert "ביקש שלא יפנו אליו" in page
    again = client.post("/admin/distribution/blockedcontact/add/", data).content.decode()
    assert "כבר נמצא ברשימת החסומים" in again


@pytest.mark.parametrize(("kind", "text"), [("phone", "12"), ("prefix", "x"), ("email", "noa"), ("domain", "a b.c")])
def test_what_is_no_contact_is_refused(client: Client, staff: User, kind: str, text: str) -> None:
    data = {"kind": kind, "value": text, "reason": "x"}
    assert "errorlist" in client.post("/admin/distribution/blockedcontact/add/", data).content.decode()
    assert not BlockedContact.objects.exists()


def test_the_pages_speak_the_language_of_their_reader(client: Client, staff: User) -> None:
    rule = active_rule()
    pages = (f"/admin/distribution/routingjob/rule/{rule.pk}/", f"/admin/distribution/rule/{rule.pk}/change/")
    for page in pages:
        assert client.get(page).status_code == 200
    staff.language = "en"
    staff.save()
    for page in pages:
        english = client.get(page, headers={"Accept-Language": "en"}).content.decode()
        foreign = [line for line in english.splitlines() if "<option" in line and re.search("[\u0590-\u05ff]", line)]
        assert not [line for line in foreign if "trial" not in line and rule.name not in line], foreign
