"""Benchmarks of intake: leads posted one by one, each taken by a few of many rules."""

import random
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts.services import create_client
from distribution.choices import SourcesMode
from distribution.models import FieldMapping, Rule, RuleVersion
from distribution.services.sources import create_source
from leadmanager.bench.errors import BenchmarkFailed
from leadmanager.bench.measuring import Plan, Result, in_turns
from leadmanager.bench.pgbench import transactions_per_second
from leadmanager.bench.place import served
from leadmanager.bench.routings import have_uuidv7
from leadmanager.bench.wrk import requests_in
from leadmanager.launch.database import Database

_BASELINE = Path(__file__).resolve().parent / "intake_post.sql"
_SOURCES = 200
_CLIENTS = 50
# Of `intake_rules`: one for so many routings, so that the usual plan has 10,000.
_ROUTINGS_PER_RULE = 20


@dataclass(frozen=True)
class _Agency:
    """The source that leads are posted for, and who takes them."""

    source_id: int
    token: str
    clients: list[int]
    rules: list[int]


def intake_post(database: Database, plan: Plan) -> Result:
    """`POST /api/v1/leads/`, one lead a request, against pgbench writing the same rows."""
    agency = _agency(database.owner_url, "Intake", rules=1_000, takers=3)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        have_uuidv7(owner)  # which the baseline makes its ids by
    variables = {f"client{at}": client for at, client in enumerate(agency.clients, start=1)}
    variables |= {f"rule{at}": rule for at, rule in enumerate(agency.rules, start=1)}
    baseline = partial(transactions_per_second, database.url, [_BASELINE], source=agency.source_id, **variables)
    with served(database) as root:
        return in_turns("intake_post", "leads/s", plan, partial(_posted, f"{root}/api/v1/leads/", agency), baseline)


def intake_rules(database: Database, plan: Plan) -> Result:
    """`POST /api/v1/leads/` with 10,000 rules active, against the same with only the ten that take the lead."""
    agency = _agency(database.owner_url, "Rules", rules=plan.routings // _ROUTINGS_PER_RULE, takers=10)
    with served(database) as root:
        url = f"{root}/api/v1/leads/"

        def measured(seconds: int, *, is_active: bool) -> float:
            others = Rule.objects.exclude(pk__in=agency.rules).exclude(is_active=is_active)
            others.filter(live_version__isnull=False).update(is_active=is_active)
            _vacuum(database.owner_url)
            return _posted(url, agency, seconds)

        return in_turns(
            "intake_rules", "leads/s", plan, partial(measured, is_active=True), partial(measured, is_active=False)
        )


def _posted(url: str, agency: _Agency, seconds: int) -> float:
    """Post for so long; give the leads a second, having looked whether all are there and routed."""
    before = _counts()
    run = random.randrange(10**9)  # noqa: S311 - makes external ids new
    requests, took = requests_in(url, "leads.lua", seconds, str(run), header=f"Authorization: Bearer {agency.token}")
    leads, deliveries = (after - earlier for after, earlier in zip(_counts(), before, strict=True))
    if leads < requests or deliveries < requests * len(agency.rules):
        raise BenchmarkFailed(f"Of {requests} leads acknowledged, {leads} are there, with {deliveries} deliveries.")
    return requests / took


def _counts() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM distribution_lead), (SELECT count(*) FROM distribution_delivery)")
        leads, deliveries = cursor.fetchone()
    return leads, deliveries


def _agency(owner_url: str, name: str, *, rules: int, takers: int) -> _Agency:
    """Make 200 sources and so many rules; a few take the first source, the others are spread over the rest."""
    now = timezone.now()
    issued = [create_source(name=f"{name} {number}", by=None, now=now) for number in range(_SOURCES)]
    clients = [create_client(name=f"{name} {number}") for number in range(_CLIENTS)]
    taken = [0] * takers + [1 + number % (_SOURCES - 1) for number in range(rules - takers)]
    with transaction.atomic():
        made = Rule.objects.bulk_create(
            Rule(client=clients[number % _CLIENTS], name=f"{name} {number}", sources_mode=SourcesMode.SOME)
            for number in range(rules)
        )
        versions = RuleVersion.objects.bulk_create(
            RuleVersion(rule=rule, number=1, url="https://example.com/", activated_at=now) for rule in made
        )
        FieldMapping.objects.bulk_create(
            FieldMapping(version=version, source="routing.id", name="id") for version in versions
        )
        Rule.sources.through.objects.bulk_create(
            Rule.sources.through(rule_id=rule.pk, source_id=issued[at].source.pk)
            for rule, at in zip(made, taken, strict=True)
        )
        live = RuleVersion.objects.filter(rule=OuterRef("pk")).values("pk")
        Rule.objects.filter(pk__in=[rule.pk for rule in made]).update(is_active=True, live_version=Subquery(live))
    _vacuum(owner_url)
    first = made[:takers]
    return _Agency(issued[0].source.pk, issued[0].text, [rule.client_id for rule in first], [rule.pk for rule in first])


def _vacuum(owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
