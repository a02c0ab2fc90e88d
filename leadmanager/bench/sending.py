"""Rules that send to receivers of our own, deliveries for them, and the transmit process at work on them."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connections
from psycopg import sql

from accounts.choices import Role
from accounts.models import User
from distribution.choices import SourcesMode
from distribution.models import Delivery, FieldMapping, Lead, Routing, Rule, RuleVersion, Source
from leadmanager import env
from leadmanager.bench.errors import BenchmarkFailed
from leadmanager.bench.routings import have_uuidv7
from leadmanager.launch.database import Database
from leadmanager.launch.programs import Program

IN_FLIGHT = 100
_FIELDS = {"rid": "routing.id", "name": "lead.name", "phone": "lead.phone", "email": "lead.email", "city": "lead.city"}
_START_S = 30.0
_LONGEST_S = 300.0


@dataclass(frozen=True)
class Receivers:
    """The receivers' process, which listens at several ports."""

    ports: list[int]


@contextmanager
def receivers(*, delay_ms: int, ports: int) -> Iterator[Receivers]:
    """Run receivers as long as the block lasts."""
    command = [sys.executable, "-m", "leadmanager.bench.receiver", str(delay_ms), str(ports)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            said = process.stdout.readline() if process.stdout else b""
            yield Receivers(json.loads(said))
        finally:
            process.kill()


class Sending:
    """A database with a client and a rule for each URL, and what is sent by them."""

    def __init__(self, database: Database, urls: Sequence[str], *, max_in_flight: int = IN_FLIGHT) -> None:
        """Make the rules."""
        self._database = database
        self._owner = psycopg.connect(database.owner_url, autocommit=True)
        have_uuidv7(self._owner)
        self._alias = f"bench_{database.url.rpartition('/')[2]}"
        connections.databases[self._alias] = connections.databases["default"] | env.database(database.url)
        self.rules = self._make_rules(urls, max_in_flight)
        self._lead, self._routing, self._delivery = self._make_patterns()

    def close(self) -> None:
        """Let go of the database."""
        self._owner.close()
        connections[self._alias].close()
        del connections.databases[self._alias]

    def add(self, number: int, *, rules: Sequence[Rule], due: str = "now()") -> None:
        """Write so many deliveries for some rules, in one transaction, and wake the transmit processes.

        `due` is SQL.
        """
        leads = -(-number // len(rules))
        statement = sql.SQL(
            "WITH lead AS ({lead} RETURNING id), routing AS ({routing} RETURNING id, client_id) {delivery}"
        ).format(
            lead=self._clone(
                "distribution_lead",
                self._lead,
                {"id": "nextval('distribution_lead_id_seq')", "name": "'דנה לוי ' || number"},
                "generate_series(1, %(leads)s) AS number",
            ),
            routing=self._clone(
                "distribution_routing",
                self._routing,
                {
                    "id": "uuidv7()", "number": "nextval('distribution_routing_number_seq')", "client_id": "client.id",
                    "lead_id": "lead.id", "created_at": "now()", "visible_at": "NULL", "delivered_at": "NULL",
                },
                "lead CROSS JOIN unnest(%(clients)s::bigint[]) AS client (id)",
            ),
            delivery=self._clone(
                "distribution_delivery",
                self._delivery,
                {
                    "id": "uuidv7()", "routing_id": "routing.id", "rule_id": "rule.id", "created_at": "now()",
                    "due_at": due,
                },
                "routing JOIN unnest(%(rules)s::bigint[], %(clients)s::bigint[]) AS rule (id, client_id) "
                "USING (client_id)",
            ),
        )  # fmt: skip
        with self._owner.transaction():
            self._owner.execute(
                statement,
                {"leads": leads, "clients": [rule.client_id for rule in rules], "rules": [rule.pk for rule in rules]},
            )
            self._owner.execute("SELECT pg_notify('deliveries', '')")

    def seconds_until_sent(self, rules: Sequence[Rule]) -> float:
        """Wait until nothing of these rules is open; give for how long."""
        began = time.monotonic()
        asked = [rule.pk for rule in rules]
        while self._number(
            "rule_id = ANY(%s) AND state IN ('waiting', 'sending') AND due_at < now() + '1 hour'", asked
        ):
            if time.monotonic() - began > _LONGEST_S:
                raise BenchmarkFailed("Deliveries were not sent; the lines above may say why.")
            time.sleep(0.02)
        took = time.monotonic() - began
        if wrong := self._number("rule_id = ANY(%s) AND state NOT IN ('accepted', 'waiting', 'cancelled')", asked):
            raise BenchmarkFailed(f"{wrong} deliveries were not accepted.")
        return took

    def wait_until_sending(self, number: int) -> None:
        """Wait until so many deliveries are under way."""
        deadline = time.monotonic() + _START_S
        while self._number("rule_id = ANY(%s) AND state = 'sending'", [rule.pk for rule in self.rules]) < number:
            if time.monotonic() > deadline:
                raise BenchmarkFailed("Not as many requests were sent at a time as were to be.")
            time.sleep(0.02)

    def drop_open(self) -> None:
        """Cancel what is open and due, so that the next turn begins with nothing."""
        self._owner.execute(
            "UPDATE distribution_delivery SET state = 'cancelled', lease_owner = NULL, finished_at = now() "
            "WHERE state IN ('waiting', 'sending') AND due_at < now() + interval '1 hour'"
        )

    def analyze(self) -> None:
        """Let the planner know the tables as they are."""
        self._owner.execute("VACUUM ANALYZE")

    @contextmanager
    def transmitting(self) -> Iterator[None]:
        """Run a transmit process as long as the block lasts, from when it is at work."""
        environment = {
            "DATABASE_URL": self._database.url,
            "DATABASE_DIRECT_URL": self._database.direct_url,
            "TRANSMIT_ALLOWED_NETWORKS": "127.0.0.0/8:*",
        }
        with Program("transmit", ("django", "transmit"), environment).start() as process:
            try:
                self._wait_for_transmit()
                yield
            finally:
                process.kill()
                process.wait()

    def _wait_for_transmit(self) -> None:
        deadline = time.monotonic() + _START_S
        asked = (
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'transmit' AND datname = current_database()"
        )
        while self._owner.execute(asked).fetchall()[0][0] < 2:
            if time.monotonic() > deadline:
                raise BenchmarkFailed("The transmit process did not start; the lines above say why.")
            time.sleep(0.05)

    def _number(self, condition: str, rules: list[int]) -> int:
        rows = self._owner.execute(f"SELECT count(*) FROM distribution_delivery WHERE {condition}", [rules])  # noqa: S608
        number: int = rows.fetchall()[0][0]
        return number

    def _make_rules(self, urls: Sequence[str], max_in_flight: int) -> list[Rule]:
        using = self._alias
        clients = User.objects.using(using).bulk_create(
            User(name=f"Transmit {number}", role=Role.CLIENT, username=None) for number in range(len(urls))
        )
        rules = Rule.objects.using(using).bulk_create(
            Rule(
                client=client,
                name="CRM",
                sources_mode=SourcesMode.MANUAL,
                allow_http=True,
                max_in_flight=max_in_flight,
            )
            for client in clients
        )
        versions = RuleVersion.objects.using(using).bulk_create(
            RuleVersion(rule=rule, number=1, url=url) for rule, url in zip(rules, urls, strict=True)
        )
        FieldMapping.objects.using(using).bulk_create(
            FieldMapping(version=version, position=place, name=name, source=source)
            for version in versions
            for place, (name, source) in enumerate(_FIELDS.items())
        )
        self._owner.execute(
            "UPDATE distribution_rule rule SET is_active = true, live_version_id = version.id "
            "FROM distribution_ruleversion version WHERE version.rule_id = rule.id"
        )
        return rules

    def _make_patterns(self) -> tuple[Any, Any, Any]:
        """Make one row of each kind, which the others are copies of: so every column has what it must have."""
        source = Source.objects.using(self._alias).create(
            name=f"Transmit {self.rules[0].pk}", token_digest=secrets.token_bytes(32), token_ciphertext=b""
        )
        lead = Lead.objects.using(self._alias).create(
            source=source,
            name="דנה לוי",
            phone="050-1234567",
            phone_normalized="+972501234567",
            email="dana@example.co.il",
            city="חיפה",
        )
        routing = Routing.objects.using(self._alias).create(lead=lead, client_id=self.rules[0].client_id)
        delivery = Delivery.objects.using(self._alias).create(routing=routing, rule=self.rules[0])
        self._owner.execute("UPDATE distribution_delivery SET due_at = 'infinity' WHERE id = %s", [delivery.pk])
        return lead.pk, routing.pk, delivery.pk

    def _clone(self, table: str, pattern: Any, values: dict[str, str], source: str) -> sql.Composed:
        columns = self._owner.execute(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
            [table],
        ).fetchall()
        names = [name for (name,) in columns]
        chosen = [
            sql.SQL(values[name]) if name in values else sql.SQL("pattern.{}").format(sql.Identifier(name))
            for name in names
        ]
        return sql.SQL(
            "INSERT INTO {table} ({names}) SELECT {chosen} FROM {table} pattern CROSS JOIN {source} "
            "WHERE pattern.id = {pattern}"
        ).format(
            table=sql.Identifier(table),
            names=sql.SQL(", ").join(map(sql.Identifier, names)),
            chosen=sql.SQL(", ").join(chosen),
            source=sql.SQL(source),
            pattern=sql.Literal(pattern),
        )
