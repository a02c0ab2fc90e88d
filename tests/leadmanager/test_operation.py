"""What an installation tells whoever runs it: readiness, figures for Prometheus, and the doctor's findings."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from distribution.models import Delivery, Rule
from leadmanager.operation import doctor
from tests.factories import RoutingFactory, SourceFactory, active_rule

pytestmark = pytest.mark.django_db

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def samples(client: Client, **headers: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    response = client.get("/metrics", headers={"Host": "localhost:8000", **headers})
    assert response.status_code == 200
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(response.content.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def late_delivery(*, minutes: int = 30) -> Delivery:
    rule = active_rule()
    routing = RoutingFactory(client=rule.client)
    return Delivery.objects.create(routing=routing, rule=rule, due_at=timezone.now() - timedelta(minutes=minutes))


def codes() -> set[str]:
    return {finding.code for finding in doctor.examine()}


@pytest.fixture
def all_at_work() -> Any:
    """A connection that says it is a transmit loop, and a worker with a fresh heartbeat."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    parameters = connection.get_connection_params() | {"application_name": "transmit"}
    known = {name: parameters[name] for name in ("dbname", "user", "host", "application_name") if parameters.get(name)}
    with psycopg.connect(**known):
        yield


class TestReadiness:
    def test_tells_how_late_the_oldest_delivery_is(self, client: Client) -> None:
        late_delivery(minutes=30)

        answer = client.get("/readyz")

        assert answer.status_code == 200
        assert answer.json()["oldest_due_delivery_s"] == pytest.approx(1800, abs=60)


class TestMetrics:
    def test_what_is_due_stands_at_its_rule(self, client: Client) -> None:
        delivery = late_delivery(minutes=10)
        Delivery.objects.create(
            routing=RoutingFactory(client=delivery.rule.client), rule=delivery.rule,
            due_at=timezone.now() + timedelta(hours=1),
        )  # fmt: skip

        found = samples(client)

        ((labels, due),) = found["leadmanager_deliveries_due"]
        assert labels == {"rule": str(delivery.rule_id), "client": str(delivery.rule.client_id)}
        assert due == 1
        assert found["leadmanager_deliveries_oldest_due_seconds"][0][1] == pytest.approx(600, abs=60)

    def test_leads_count_as_they_arrive(self, client: Client) -> None:
        before = samples(client)["leadmanager_leads_per_second"][0][1]
        RoutingFactory()

        assert samples(client)["leadmanager_leads_per_second"][0][1] == pytest.approx(before + 1 / 300)

    def test_names_no_person(self, client: Client) -> None:
        delivery = late_delivery()

        text = client.get("/metrics").content.decode()

        lead = delivery.routing.lead
        assert not [value for value in (lead.name, lead.phone, lead.email, delivery.rule.client.name) if value in text]

    @pytest.mark.parametrize(
        ("remote", "host", "headers"),
        [
            ("10.0.0.7", "localhost", {}),
            ("127.0.0.1", "leads.example.com", {}),
            ("127.0.0.1", "localhost", {"X-Forwarded-For": "10.0.0.7"}),
        ],
    )
    def test_nothing_is_here_for_another_machine(
        self, client: Client, settings: Any, remote: str, host: str, headers: dict[str, str]
    ) -> None:
        settings.ALLOWED_HOSTS = ["*"]

        assert client.get("/metrics", REMOTE_ADDR=remote, headers={"Host": host, **headers}).status_code == 404

    def test_with_a_token_only_its_holder_may_ask(self, client: Client, settings: Any) -> None:
        settings.METRICS_TOKEN = "a-long-token"

        assert client.get("/metrics").status_code == 404
        assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 404
        assert samples(client, Authorization="Bearer a-long-token")

    def test_as_many_queries_for_many_rules_as_for_one(self, client: Client, django_assert_num_queries: Any) -> None:
        for _ in range(3):
            late_delivery()

        with django_assert_num_queries(5):
            samples(client)


class TestDoctor:
    def test_is_content_with_an_installation_at_work(self, all_at_work: None, capsys: Any) -> None:
        SourceFactory()

        call_command("doctor")

        assert capsys.readouterr().out == "Nothing is wrong.\n"

    def test_misses_transmit_process_and_worker(self) -> None:
        assert codes() == {"no_transmit_process", "no_worker"}

    def test_finds_deliveries_that_are_late_but_not_those_of_a_paused_rule(self, all_at_work: None) -> None:
        delivery = late_delivery(minutes=30)
        assert codes() == {"deliveries_late"}

        Rule.objects.filter(pk=delivery.rule_id).update(paused_at=timezone.now())
        assert codes() == set()

    def test_finds_that_another_key_encrypted_what_is_stored(self, all_at_work: None, settings: Any) -> None:
        SourceFactory()
        settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

        (finding,) = doctor.examine()

        assert finding.code == "encryption_key_wrong"
        assert "intake tokens" in finding.text

    def test_finds_pending_migrations(self, all_at_work: None) -> None:
        newest = MigrationRecorder.Migration.objects.filter(app="feedback").latest("id")
        newest.delete()

        (finding,) = doctor.examine()

        assert finding.code == "migrations_pending"
        assert newest.name in finding.text

    def test_finds_jobs_nobody_does(self, all_at_work: None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at) "
                "VALUES ('imports', 'import', 'todo', now() - interval '1 hour')"
            )

        assert codes() == {"jobs_late"}

    @pytest.mark.parametrize(
        ("total", "free", "is_found"),
        [
            (1_000_000_000_000, 900_000_000, True),
            (1_000_000_000_000, 1_100_000_000, False),
            (10_000_000_000, 600_000_000, False),
            (10_000_000_000, 400_000_000, True),
            (500_000_000, 90_000_000, True),
        ],
    )
    def test_finds_a_disk_that_is_nearly_full(self, tmp_path: Path, total: int, free: int, is_found: bool) -> None:
        found = list(doctor.disk(tmp_path / "not" / "there", usage=lambda _: (total, total - free, free)))

        assert [finding.code for finding in found] == (["disk_nearly_full"] if is_found else [])

    def test_says_that_the_database_is_down_and_starts_none(self, tmp_path: Path) -> None:
        environment = {**os.environ, "LEADMANAGER_HOME": str(tmp_path), "PYTHONPATH": str(CHECKOUT)}
        environment.pop("DATABASE_URL", None)
        environment.pop("DATABASE_DIRECT_URL", None)

        done = subprocess.run(
            [sys.executable, "-m", "leadmanager.launch", "doctor", "--json"],
            cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

        assert done.returncode == 1, done.stderr
        assert [finding["code"] for finding in json.loads(done.stdout)] == ["database_down"]
        assert not (tmp_path / "postgres" / "data").exists()
