"""The first page: the numbers are right, cost the same however many there are, and stay with who may see them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from distribution.choices import AttemptKind, AttemptOutcome, DeliveryState
from distribution.models import Attempt, Delivery, Routing, Rule
from distribution.models.routing import new_id
from distribution.queries import dashboard as leads
from feedback.choices import Door
from feedback.queries import dashboard as feedback
from feedback.services import FeedbackInput, record_feedback
from tests.factories import LeadFactory, RoutingFactory, SourceFactory, StaffFactory, active_rule

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 12, 15, 0, tzinfo=UTC)
DAY = datetime(2026, 5, 11, 21, 0, tzinfo=UTC)  # midnight in Jerusalem


def delivery(rule: Rule, state: DeliveryState, *, at: datetime = NOW) -> Delivery:
    is_open = state in {DeliveryState.WAITING, DeliveryState.SENDING}
    return Delivery.objects.create(
        routing=RoutingFactory(client=rule.client, lead__received_at=at),
        rule=rule,
        state=state,
        created_at=at,
        finished_at=None if is_open else at,
    )


def attempt(rule: Rule, outcome: AttemptOutcome | None, *, at: datetime = NOW) -> None:
    Attempt.objects.create(
        id=new_id(),
        started_at=at,
        finished_at=at,
        kind=AttemptKind.DELIVERY,
        routing=RoutingFactory(client=rule.client),
        version=rule.live_version,
        outcome=outcome,
        status_code=503,
    )


def say(routing: Routing, reason_id: int, *, at: datetime = NOW) -> None:
    said = FeedbackInput(routing_id=routing.pk, reason_id=reason_id)
    (result,) = record_feedback(client_id=routing.client_id, items=[said], door=Door.ODATA, now=at)
    result.unwrap()


def staff_client(*permissions: str) -> Client:
    user = StaffFactory(is_superuser=not permissions)
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client = Client()
    client.force_login(user)
    return client


def test_numbers_of_the_day() -> None:
    rule, other = active_rule(), active_rule()
    for state in (DeliveryState.ACCEPTED, DeliveryState.ACCEPTED, DeliveryState.REFUSED, DeliveryState.HELD):
        delivery(rule, state)
    delivery(other, DeliveryState.ACCEPTED, at=DAY - timedelta(minutes=1))
    delivery(other, DeliveryState.GAVE_UP, at=NOW - timedelta(days=20))
    delivery(other, DeliveryState.HELD, at=NOW - timedelta(days=31))
    delivery(other, DeliveryState.WAITING, at=NOW - timedelta(hours=2))
    delivery(rule, DeliveryState.WAITING, at=NOW)
    LeadFactory(received_at=NOW, is_test=True)

    today = leads.today(day_start=DAY, now=NOW)

    assert (today.leads, today.accepted, today.refused, today.closed) == (6, 2, 1, 4)
    assert (today.accepted_percent, today.refused_percent) == (50, 25)
    assert (today.waiting, today.oldest_waiting) == (2, NOW - timedelta(hours=2))
    assert today.undelivered == 2


def test_leads_are_compared_with_yesterday_at_this_time() -> None:
    LeadFactory.create_batch(2, received_at=NOW - timedelta(days=1, minutes=1))
    LeadFactory(received_at=NOW - timedelta(hours=23))
    LeadFactory.create_batch(3, received_at=NOW)

    assert leads.today(day_start=DAY, now=NOW).growth_percent == 50
    assert leads.today(day_start=DAY - timedelta(days=9), now=NOW - timedelta(days=9)).growth_percent is None


def test_rules_in_trouble_are_paused_locked_out_or_without_an_answer() -> None:
    paused, locked_out, silent, tried_again, fine = (active_rule() for _ in range(5))
    Rule.objects.filter(pk=paused.pk).update(paused_at=NOW, pause_reason="gone")
    attempt(locked_out, AttemptOutcome.HELD)
    for minutes in range(3):
        attempt(silent, AttemptOutcome.RETRY, at=NOW - timedelta(minutes=minutes))
    attempt(tried_again, AttemptOutcome.ACCEPTED, at=NOW - timedelta(hours=1))
    attempt(tried_again, AttemptOutcome.RETRY)
    attempt(fine, AttemptOutcome.REFUSED)
    delivery(silent, DeliveryState.WAITING)

    troubled = leads.rules_in_trouble(limit=8)

    assert [rule.rule_id for rule in troubled] == [paused.pk, silent.pk, locked_out.pk]
    assert [rule.waiting for rule in troubled] == [0, 1, 0]


def test_feedback_of_the_day_and_by_reason() -> None:
    first, second = RoutingFactory(), RoutingFactory()
    say(first, 2)
    say(first, 4)
    say(second, 4, at=DAY - timedelta(hours=1))

    today = feedback.today(day_start=DAY)

    assert (today.count, today.sales) == (2, 1)
    assert [(row.reason.pk, row.count) for row in feedback.by_reason(since=DAY - timedelta(days=2))] == [(2, 1), (4, 2)]
    assert {key: said.reason_id for key, said in feedback.current_by_routing([first.pk]).items()} == {first.pk: 4}


def test_the_page_shows_the_circle() -> None:
    rule = active_rule()
    routing = delivery(rule, DeliveryState.ACCEPTED, at=timezone.now()).routing
    say(routing, 3, at=timezone.now())

    page = staff_client().get(reverse("admin:index")).content.decode()

    assert "הלידים האחרונים" in page
    assert routing.lead.name in page
    assert "התקבל אצל הלקוח" in page
    assert page.count("נקבעה פגישה") >= 2


def test_the_number_of_queries_stays_the_same() -> None:
    client, url, rule = staff_client(), reverse("admin:dashboard_live"), active_rule()
    delivery(rule, DeliveryState.ACCEPTED)
    say(Routing.objects.get(), 1)
    client.get(url)  # what is asked once per process
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for _ in range(12):
        say(delivery(active_rule(client=rule.client), DeliveryState.ACCEPTED).routing, 1)

    with CaptureQueriesContext(connection) as many:
        client.get(url)

    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("permission", "sees", "does_not_see"),
    [
        ("distribution.view_lead", "הלידים האחרונים", "המשובים האחרונים"),
        ("feedback.view_feedback", "המשובים האחרונים", "הלידים האחרונים"),
    ],
)
def test_who_may_see_part_of_it_sees_that_part(permission: str, sees: str, does_not_see: str) -> None:
    page = staff_client(permission).get(reverse("admin:index")).content.decode()

    assert sees in page
    assert does_not_see not in page


def test_whoever_was_logged_out_is_sent_to_the_login_page() -> None:
    response = Client().get(reverse("admin:dashboard_live"))

    assert response.status_code == 401
    assert response.headers["HX-Refresh"] == "true"
    assert not response.content


def test_tiles_lead_to_lists_that_open() -> None:
    delivery(active_rule(), DeliveryState.REFUSED, at=timezone.now())
    client = staff_client()

    tiles = client.get(reverse("admin:index")).context["tiles"]

    assert [tile.slug for tile in tiles if not tile.url] == ["accepted"]
    assert {client.get(tile.url).status_code for tile in tiles if tile.url} == {200}


def filled(rows: int) -> None:
    """Enough rows for the planner to mean it."""
    source, rule = SourceFactory(), active_rule()
    statements = [
        "INSERT INTO distribution_lead (source_id, name, phone, phone_normalized, email, city, notes, data, is_test, "
        "origin, received_at, version) SELECT %(source)s, 'n', '050', '', '', '', '', '{}', false, 'api', "
        "%(now)s::timestamptz - i * interval '10 minutes', 1 FROM generate_series(1, %(rows)s) i",
        "INSERT INTO distribution_routing (id, lead_id, client_id, created_at, visible_at, client_reference, is_test, "
        "version) SELECT gen_random_uuid(), id, %(client)s, received_at, received_at, '', false, 1 "
        "FROM distribution_lead WHERE source_id = %(source)s",
        "INSERT INTO distribution_delivery (id, routing_id, rule_id, state, due_at, attempt_count, outcome_code, "
        "outcome_detail, created_at, finished_at) SELECT gen_random_uuid(), id, %(rule)s, 'accepted', created_at, 1, "
        "'', '', created_at, created_at FROM distribution_routing WHERE client_id = %(client)s",
        "INSERT INTO feedback_feedback (id, routing_id, reason_id, comment, client_reference, received_at, door, "
        "is_reason_inactive) SELECT gen_random_uuid(), id, 1 + number %% 7, '', '', created_at, 'odata', false "
        "FROM distribution_routing WHERE client_id = %(client)s",
        "ANALYZE distribution_lead, distribution_routing, distribution_delivery, feedback_feedback",
    ]
    values = {"source": source.pk, "client": rule.client_id, "rule": rule.pk, "now": NOW, "rows": rows}
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values)


def test_no_table_that_grows_is_read_from_end_to_end() -> None:
    filled(20_000)
    with CaptureQueriesContext(connection) as captured:
        leads.today(day_start=DAY, now=NOW)
        leads.latest_leads(limit=8)
        leads.rules_in_trouble(limit=8)
        feedback.today(day_start=DAY)
        feedback.latest(limit=8)
        feedback.by_reason(since=NOW - timedelta(days=30))

    scans: list[Any] = []
    with connection.cursor() as cursor:
        for query in captured:
            cursor.execute("EXPLAIN " + query["sql"])
            scans += [row[0] for row in cursor.fetchall() if "Seq Scan" in row[0]]
    grown = ("distribution_lead", "distribution_routing", "distribution_delivery", "feedback_feedback")
    assert [scan for scan in scans if any(f"on {table} " in scan for table in grown)] == []


def test_a_client_user_does_not_get_in(client: Client) -> None:
    client.force_login(User.objects.create(username="crm", name="לקוח"))

    assert client.get(reverse("admin:index")).status_code == 302
