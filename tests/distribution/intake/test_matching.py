"""A lead is given to the clients whose active rules take its source, in the transaction that stores it."""

import threading
from collections.abc import Callable

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from distribution.choices import DELIVERIES_CHANNEL, DeliveryState, SourcesMode
from distribution.models import Delivery, Lead, Routing, Rule, Source
from distribution.queries.takers import BY_ID_SQL
from distribution.rules.payloads import posting_of_json
from distribution.services import intake
from distribution.services.matching import give, route_lead, route_leads
from tests.distribution.intake.conftest import Send
from tests.factories import ClientFactory, LeadFactory, SourceFactory, StaffFactory, active_rule

PHONE = {"phone": "0501234567"}


def test_a_lead_gets_a_routing_per_client_and_a_delivery_per_rule(send: Send) -> None:
    client = ClientFactory()
    first, second, other = active_rule(client=client), active_rule(client=client), active_rule()
    send(PHONE)
    assert set(Routing.objects.values_list("client_id", flat=True)) == {client.pk, other.client_id}
    assert set(Delivery.objects.values_list("rule_id", "routing__client_id", "state")) == {
        (first.pk, client.pk, DeliveryState.WAITING),
        (second.pk, client.pk, DeliveryState.WAITING),
        (other.pk, other.client_id, DeliveryState.WAITING),
    }
    for routing in Routing.objects.all():
        assert (routing.id.version, routing.visible_at, routing.lead) == (7, None, Lead.objects.get())
    assert {delivery.id.version for delivery in Delivery.objects.all()} == {7}


@pytest.mark.parametrize(
    ("mode", "chosen", "taken"),
    [
        (SourcesMode.ALL, False, True),
        (SourcesMode.SOME, True, True),
        (SourcesMode.SOME, False, False),
        (SourcesMode.MANUAL, True, False),
    ],
)
def test_a_rule_takes_the_sources_it_names(
    send: Send, source: Source, mode: SourcesMode, chosen: bool, taken: bool
) -> None:
    rule = active_rule(sources_mode=mode)
    rule.sources.set([source] if chosen else [SourceFactory()])
    send(PHONE)
    assert Delivery.objects.filter(rule=rule).exists() is taken
    assert Routing.objects.exists() is taken
    assert Rule.objects.taking(source.pk).filter(pk=rule.pk).exists() is taken


@pytest.mark.parametrize("changed", [{"is_active": False}, {"is_active": False, "deleted_at": timezone.now()}])
def test_a_rule_switched_off_takes_nothing(send: Send, changed: dict[str, object]) -> None:
    Rule.objects.filter(pk=active_rule().pk).update(**changed)
    send(PHONE)
    assert not Routing.objects.exists()


def test_a_client_switched_off_gets_nothing(send: Send) -> None:
    active_rule(client=ClientFactory(is_active=False))
    send(PHONE)
    assert not Routing.objects.exists()


def test_a_paused_rule_takes_leads_that_wait(send: Send) -> None:
    rule = active_rule()
    Rule.objects.filter(pk=rule.pk).update(paused_at=timezone.now())
    send(PHONE)
    assert Delivery.objects.get().rule == rule


def test_leads_that_came_before_a_rule_are_not_taken_by_it(send: Send) -> None:
    send(PHONE)
    active_rule()
    assert not Routing.objects.exists()


def test_an_array_is_matched_lead_by_lead(send: Send) -> None:
    rules = [active_rule() for _ in range(2)]
    send([{"external_id": str(number % 40), **PHONE} for number in range(50)])
    assert Lead.objects.count() == 40
    assert Routing.objects.count() == Delivery.objects.count() == 40 * len(rules)
    assert Delivery.objects.values("routing", "rule").distinct().count() == 80


@pytest.mark.parametrize("count", [1, 10, 100])
def test_the_number_of_statements_depends_on_neither_leads_nor_rules(source: Source, count: int) -> None:
    for _ in range(5):
        active_rule()
    statements: list[str] = []
    original = psycopg.Cursor.execute

    def counting(cursor: psycopg.Cursor, query: str, *args: object, **kwargs: object) -> psycopg.Cursor:
        statements.append(query)
        return original(cursor, query, *args, **kwargs)

    patch = pytest.MonkeyPatch()
    patch.setattr(psycopg.Cursor, "execute", counting)
    try:
        found = intake.source_of_token("intake-token")
        intake.take_postings([posting_of_json(PHONE)] * count, source=found, now=timezone.now())
    finally:
        patch.undo()
    assert len(statements) == 2
    assert Delivery.objects.count() == 5 * count


@pytest.mark.django_db
def test_routing_existing_leads_gives_them_once_and_adds_what_a_further_rule_sends() -> None:
    source = SourceFactory()
    leads = [LeadFactory(source=source) for _ in range(3)] + [LeadFactory(source=source, is_test=True)]
    ids = [lead.pk for lead in leads]
    rule = active_rule()
    given = route_leads(ids, now=timezone.now())
    assert (given.routings, given.deliveries) == (3, 3)
    assert route_lead(ids[0], now=timezone.now()).deliveries == 0
    active_rule(client=rule.client)
    again = route_leads(ids, now=timezone.now())
    assert (again.routings, again.deliveries) == (0, 3)
    assert Routing.objects.count() == 3


@pytest.mark.django_db
def test_giving_by_hand_sends_by_the_chosen_rule_or_shows_the_routing_at_once() -> None:
    staff, now = StaffFactory(), timezone.now()
    rule = active_rule(sources_mode=SourcesMode.MANUAL)
    sent, shown = LeadFactory(), LeadFactory()
    given = give([sent.pk], client_id=rule.client_id, rule_id=rule.pk, by=staff, now=now)
    assert (given.routings, given.deliveries) == (1, 1)
    assert (Routing.objects.get(lead=sent).visible_at, Routing.objects.get(lead=sent).created_by) == (None, staff)
    given = give([sent.pk, shown.pk], client_id=rule.client_id, rule_id=None, by=staff, now=now)
    assert (given.routings, given.deliveries) == (1, 0)
    assert Routing.objects.get(lead=shown).visible_at == now
    assert Delivery.objects.count() == 1


def _beside(act: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Run something in a thread with a connection of its own."""
    results: list[object] = []

    def run() -> None:
        try:
            results.append(act())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def _is_waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database OR l.database IS NULL "
                       "WHERE NOT granted AND d.datname = current_database()")  # fmt: skip
        return cursor.fetchone()[0] > 0


def _wait_for_a_lock(thread: threading.Thread) -> None:
    while thread.is_alive() and not _is_waiting_for_a_lock():
        thread.join(0.01)


@pytest.mark.django_db(transaction=True)
def test_two_intakes_of_one_external_id_at_the_same_moment_make_one_lead(send: Send) -> None:
    active_rule()
    body = {"external_id": "same", **PHONE}
    barrier = threading.Barrier(8)

    def post() -> tuple[int, int]:
        barrier.wait()
        answer = send(body)
        return answer.status_code, answer.json()["id"]

    threads = [_beside(post) for _ in range(8)]
    for thread, _results in threads:
        thread.join()
    answers = [results[0] for _thread, results in threads]
    assert sorted(status for status, _id in answers) == [200] * 7 + [201]
    assert {lead_id for _status, lead_id in answers} == {Lead.objects.get().pk}
    assert Routing.objects.count() == Delivery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_repeat_waits_for_an_uncommitted_twin_and_answers_with_its_lead(send: Send, source: Source) -> None:
    with transaction.atomic():
        twin = LeadFactory(source=source, external_id="same")
        thread, results = _beside(lambda: send({"external_id": "same", **PHONE}).json())
        _wait_for_a_lock(thread)
        assert not results
    thread.join()
    assert results == [{"id": twin.pk, "created": False}]


@pytest.mark.django_db(transaction=True)
def test_a_rule_being_switched_off_is_waited_for_and_then_takes_nothing(send: Send) -> None:
    rule = active_rule()
    with transaction.atomic():
        Rule.objects.select_for_update().get(pk=rule.pk)
        thread, results = _beside(lambda: send(PHONE).status_code)
        _wait_for_a_lock(thread)
        assert not results
        Rule.objects.filter(pk=rule.pk).update(is_active=False)
    thread.join()
    assert results == [201]
    assert Lead.objects.count() == 1
    assert not Routing.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_transmit_loop_is_woken_when_there_is_something_to_send_and_only_then(send: Send) -> None:
    parameters = connection.get_connection_params()
    parameters = {key: parameters[key] for key in ("dbname", "user", "password", "host", "port") if key in parameters}
    with psycopg.connect(**parameters, autocommit=True) as listening:
        listening.execute(f"LISTEN {DELIVERIES_CHANNEL}")
        send(PHONE)
        active_rule()
        listening.execute("SELECT 1")
        assert list(listening.notifies(timeout=0)) == []
        send(PHONE)
        listening.execute("SELECT 1")
        assert [note.channel for note in listening.notifies(timeout=0)] == [DELIVERIES_CHANNEL]


@pytest.mark.django_db
def test_matching_reads_no_rules_of_other_sources() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {BY_ID_SQL}", [SourceFactory().pk])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "rule_active" in plan
    assert "Seq Scan" not in plan
