"""An active rule that does not send the routing ID cannot exist, whatever path leads there (guide, part B, step 7)."""

import threading

import psycopg
import pytest
from django.core import serializers
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from distribution.models import FieldMapping, Rule, RuleVersion
from tests.factories import RuleFactory, active_rule

GUARD = "rule_sends_routing_id"


def commit_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture
def rule(db):
    return active_rule()


def routing_mapping(rule: Rule) -> FieldMapping:
    return rule.live_version.mappings.get(source="routing.id")


BREAKING = {
    "deleting the mapping": lambda rule: routing_mapping(rule).delete(),
    "deleting all mappings": lambda rule: FieldMapping.objects.all().delete(),
    "turning it into another field": lambda rule: FieldMapping.objects.filter(source="routing.id").update(
        source="lead.city"
    ),
    "moving it to another version": lambda rule: FieldMapping.objects.filter(pk=routing_mapping(rule).pk).update(
        version=RuleVersion.objects.create(rule=rule, number=2, url="https://example.com/")
    ),
    "making a version live that lacks it": lambda rule: Rule.objects.filter(pk=rule.pk).update(
        live_version=RuleVersion.objects.create(rule=rule, number=2, url="https://example.com/")
    ),
    "borrowing another rule's version": lambda rule: Rule.objects.filter(pk=rule.pk).update(
        live_version=RuleVersion.objects.create(
            rule=active_rule(client=rule.client), number=9, url="https://example.com/"
        )
    ),
    "giving the version to another rule": lambda rule: RuleVersion.objects.filter(pk=rule.live_version_id).update(
        rule=RuleFactory(client=rule.client)
    ),
    "raw SQL": lambda rule: connection.cursor().execute("DELETE FROM distribution_fieldmapping"),
}


def sent_in_a_slot(db) -> Rule:
    rule = active_rule(url="https://example.com/{{ rid }}/", body_format="xml", template="<a>{{rid}}</a>")
    routing_mapping(rule).delete()
    FieldMapping.objects.create(version=rule.live_version, source="routing.number", name="rid", placement="slot")
    commit_now()
    return rule


def change_version(rule: Rule, **fields: str) -> None:
    RuleVersion.objects.filter(pk=rule.live_version_id).update(**fields)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda rule: change_version(rule, url="https://example.com/", template="<a/>"),
        lambda rule: change_version(rule, url="https://example.com/", body_format="form"),
        lambda rule: change_version(rule, url="https://example.com/{{rid", template="<a>{{ridx}}{{rid|upper}}</a>"),
        lambda rule: FieldMapping.objects.filter(version=rule.live_version).update(placement="field"),
        lambda rule: FieldMapping.objects.filter(version=rule.live_version, placement="slot").update(name="other"),
    ],
)
def test_a_slot_counts_only_while_it_stands_in_what_is_sent(db, break_it):
    rule = sent_in_a_slot(db)
    change_version(rule, url="https://example.com/")
    change_version(rule, url="https://example.com/{{rid}}", template="<b/>")
    commit_now()
    with pytest.raises(IntegrityError, match="routing ID"), transaction.atomic():
        break_it(rule)
        commit_now()


@pytest.mark.parametrize("way", BREAKING)
def test_the_database_refuses(rule, way):
    with pytest.raises(IntegrityError, match="routing ID"), transaction.atomic():
        BREAKING[way](rule)
        commit_now()


def test_the_refusal_has_a_name(rule):
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        routing_mapping(rule).delete()
        commit_now()
    assert caught.value.__cause__.diag.constraint_name == GUARD


def test_truncate_is_refused(rule):
    commit_now()
    with pytest.raises(IntegrityError, match="TRUNCATE"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE distribution_fieldmapping")


def test_a_rule_that_never_sent_it_cannot_be_switched_on(db):
    rule = RuleFactory()
    version = RuleVersion.objects.create(rule=rule, number=1, url="https://example.com/")
    FieldMapping.objects.create(version=version, source="lead.name", name="name")
    with pytest.raises(IntegrityError, match="routing ID"), transaction.atomic():
        Rule.objects.filter(pk=rule.pk).update(live_version=version, is_active=True)
        commit_now()


@pytest.mark.parametrize("source", ["routing.id", "routing.number"])
def test_id_or_number_are_both_enough(db, source):
    active_rule(mappings={"ref": source, "tel": "lead.phone"})
    commit_now()


def test_replacing_the_mapping_within_one_transaction_is_allowed(rule):
    routing_mapping(rule).delete()
    FieldMapping.objects.create(version=rule.live_version, source="routing.number", name="ref")
    commit_now()


def test_an_inactive_rule_may_be_without(rule):
    Rule.objects.filter(pk=rule.pk).update(is_active=False)
    routing_mapping(rule).delete()
    commit_now()


def test_what_is_sent_cannot_be_altered_on_the_way(rule):
    for change in (
        {"transform": "upper"},
        {"value_table": {"a": "b"}},
        {"default": "x"},
        {"constant": "x"},
        {"name": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            FieldMapping.objects.filter(source="routing.id").update(**change)


# ---- two transactions at once ----


def connect() -> psycopg.Connection:
    settings = connection.settings_dict
    return psycopg.connect(
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"] or None,
        host=settings["HOST"] or None,
        port=settings["PORT"] or None,
    )


def wait_until_blocked(watcher: psycopg.Connection, pid: int) -> None:
    """Return when the connection waits for a lock; the test's own time limit ends a wait that never comes."""
    while True:
        row = watcher.execute("SELECT cardinality(pg_blocking_pids(%s))", [pid]).fetchone()
        watcher.commit()
        if row and row[0]:
            return


def both_ways(level: str, first_commits: str) -> tuple[list[str], bool, bool]:
    """Delete the mapping and activate the rule in two overlapping transactions; give the refusals and what is left."""
    refusals: list[str] = []
    with connect() as deleting, connect() as activating, connect() as watcher:
        for one in (deleting, activating):
            one.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
            one.execute("SELECT count(*) FROM distribution_rule")  # takes the snapshot
        deleting.execute("DELETE FROM distribution_fieldmapping WHERE source = 'routing.id'")
        activating.execute("UPDATE distribution_rule SET is_active = true")
        order = [deleting, activating] if first_commits == "deleting" else [activating, deleting]

        def commit(one: psycopg.Connection) -> None:
            try:
                one.commit()
            except psycopg.Error as error:
                refusals.append(type(error).__name__)
                one.rollback()

        if first_commits == "deleting":
            # Its guard has to wait for the activation, which holds the rule.
            waiting = threading.Thread(target=commit, args=[deleting])
            waiting.start()
            wait_until_blocked(watcher, deleting.info.backend_pid)
            commit(activating)
            waiting.join()
        else:
            for one in order:
                commit(one)
        active = watcher.execute("SELECT is_active FROM distribution_rule").fetchone()
        mapped = watcher.execute(
            "SELECT count(*) FROM distribution_fieldmapping WHERE source = 'routing.id'"
        ).fetchone()
    assert active is not None
    assert mapped is not None
    return refusals, active[0], mapped[0] > 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first_commits", ["deleting", "activating"])
@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_deleting_beside_activating_never_leaves_an_active_rule_without_it(level, first_commits):
    rule = active_rule()
    Rule.objects.filter(pk=rule.pk).update(is_active=False)
    refusals, active, mapped = both_ways(level, first_commits)
    assert not (active and not mapped)
    assert len(refusals) == 1
    assert User.objects.filter(pk=rule.client_id).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_activating_after_a_deletion_that_was_committed_meanwhile(level):
    rule = active_rule()
    Rule.objects.filter(pk=rule.pk).update(is_active=False)
    with connect() as deleting, connect() as activating:
        activating.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        activating.execute("SELECT count(*) FROM distribution_rule")
        deleting.execute("DELETE FROM distribution_fieldmapping WHERE source = 'routing.id'")
        deleting.commit()
        with pytest.raises(psycopg.Error):
            activating.execute("UPDATE distribution_rule SET is_active = true")
            activating.commit()
        activating.rollback()
    rule.refresh_from_db()
    assert not rule.is_active


@pytest.mark.django_db(transaction=True)
def test_a_fixture_file_with_such_a_rule_is_refused(tmp_path):
    rule = active_rule()
    fixture = tmp_path / "rules.json"
    rows = [*User.objects.clients(), *Rule.objects.all(), *RuleVersion.objects.all()]
    fixture.write_text(serializers.serialize("json", rows))
    Rule.objects.filter(pk=rule.pk).update(is_active=False)
    FieldMapping.objects.all().delete()
    with pytest.raises(IntegrityError, match="routing ID"):
        call_command("loaddata", fixture, verbosity=0)
    assert not Rule.objects.get(pk=rule.pk).is_active
