"""Giving many leads at once, in the background: chosen ones by hand, or those of the last days to a rule.

Each batch has its progress in one transaction with what it gives. A worker that is killed loses nothing and repeats
nothing; two workers at one job take turns.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from procrastinate.contrib.django import app

from accounts.models import User
from distribution.choices import ImportState, RoutingJobKind, SourcesMode
from distribution.errors import NoLeadsToGive, RoutingJobNotOpen, RuleNotSending
from distribution.models import Delivery, Lead, Routing, RoutingJob, Rule
from distribution.queries.lead_facts import facts_of_lead
from distribution.rules.selection import compile_selection, read_selection
from distribution.services.matching import give, route_leads

TASK = "distribution.route_many"
BATCH_LEADS = 200
MOST_LEADS = 100_000
# Leads whose conditions are asked for the count that a page shows; of more it says so.
MOST_ASKED = 5_000


@dataclass(frozen=True, kw_only=True)
class Existing:
    """Leads that a rule could still get: how many, and how many of the first `asked` fit its conditions now."""

    count: int
    asked: int
    fitting: int


def give_many(
    lead_ids: Iterable[int], *, client: User, rule: Rule | None, by: User | None, now: datetime
) -> RoutingJob:
    """Give chosen leads to a client, by one of its rules or without a transmission; see `matching.give`.

    Test leads are left out. Raises `NoLeadsToGive` when none is left, or too many.
    """
    ids = Lead.objects.real().filter(pk__in=list(lead_ids)).order_by("pk").values_list("pk", flat=True)
    return _start(RoutingJobKind.BY_HAND, list(ids), client=client, rule=rule, by=by, now=now)


def existing_leads(rule: Rule, *, days: int, now: datetime) -> Existing:
    """Count the leads of the last days that `send_existing` would ask about at this moment."""
    leads = _existing(rule, days=days, now=now)
    selection = compile_selection(read_selection(rule.selection), client_zone=rule.client.time_zone)
    asked = list(leads.select_related("source")[:MOST_ASKED])
    fitting = sum(1 for lead in asked if not selection.failures_of(facts_of_lead(lead)))
    return Existing(count=leads.count(), asked=len(asked), fitting=fitting)


def send_existing(*, rule: Rule, days: int, by: User | None, now: datetime) -> RoutingJob:
    """Give the leads of the last days to an active rule, as if they came now: conditions, hours, caps and repeats hold.

    Raises `RuleNotSending` for a rule that is switched off, `NoLeadsToGive` when there are none, or too many.
    """
    if not rule.is_active:
        raise RuleNotSending
    ids = list(_existing(rule, days=days, now=now).values_list("pk", flat=True)[: MOST_LEADS + 1])
    return _start(RoutingJobKind.EXISTING, ids, client=rule.client, rule=rule, by=by, now=now)


def cancel_job(*, job: RoutingJob, now: datetime) -> None:
    """Stop after the batch under way; what was given stays given. Raises `RoutingJobNotOpen` when it has ended."""
    running = RoutingJob.objects.filter(pk=job.pk, state__in=(ImportState.WAITING, ImportState.RUNNING))
    if not running.update(state=ImportState.CANCELLED, finished_at=now):
        raise RoutingJobNotOpen


def run_job(job_id: int) -> None:
    """Give the leads that are not given yet, until all are done or the job is cancelled.

    Raises what went wrong: of the database, to be tried again.
    """
    job = RoutingJob.objects.select_related("rule", "client", "created_by").filter(pk=job_id).first()
    if job is None or not job.is_running:
        return
    try:
        while _run_batch(job):
            pass
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        RoutingJob.objects.filter(pk=job_id, state__in=(ImportState.WAITING, ImportState.RUNNING)).update(
            state=ImportState.FAILED,
            failure=gettext("Something unexpected happened. The log of the worker says what."),
            finished_at=timezone.now(),
        )
        raise


def _run_batch(job: RoutingJob) -> bool:
    with transaction.atomic():
        at = RoutingJob.objects.select_for_update(no_key=True).defer("lead_ids").get(pk=job.pk)
        if not at.is_running:
            return False
        ids = job.lead_ids[at.done : at.done + BATCH_LEADS]
        now = timezone.now()
        if not ids:
            RoutingJob.objects.filter(pk=job.pk).update(state=ImportState.DONE, finished_at=now)
            return False
        if job.kind == RoutingJobKind.EXISTING:
            given = route_leads(ids, now=now, rule_id=job.rule_id).deliveries
        else:
            came_of_it = give(ids, client_id=job.client_id, rule_id=job.rule_id, by=job.created_by, now=now)
            given = came_of_it.deliveries if job.rule_id else came_of_it.routings
        RoutingJob.objects.filter(pk=job.pk).update(
            state=ImportState.RUNNING, done=F("done") + len(ids), given=F("given") + given
        )
        return True


def _start(kind: str, ids: list[int], *, client: User, rule: Rule | None, by: User | None, now: datetime) -> RoutingJob:
    if not ids:
        raise NoLeadsToGive
    if len(ids) > MOST_LEADS:
        raise NoLeadsToGive(gettext("These are more than 100,000 leads. Choose fewer, and go on afterwards."))
    with transaction.atomic():
        job = RoutingJob.objects.create(
            kind=kind, client=client, rule=rule, lead_ids=ids, total=len(ids), created_by=by, created_at=now
        )
        transaction.on_commit(lambda: app.configure_task(TASK).defer(job_id=job.pk))
        return job


def _existing(rule: Rule, *, days: int, now: datetime) -> QuerySet[Lead]:
    leads = Lead.objects.real().filter(received_at__gte=now - timedelta(days=days), source__isnull=False)
    if rule.sources_mode == SourcesMode.SOME:
        leads = leads.filter(source__in=rule.sources.all())
    elif rule.sources_mode != SourcesMode.ALL:
        return leads.none()
    sent = Delivery.objects.filter(rule=rule, routing__lead=OuterRef("pk"))
    withdrawn = Routing.objects.filter(lead=OuterRef("pk"), client=rule.client_id, withdrawn_at__isnull=False)
    return leads.filter(~Exists(sent), ~Exists(withdrawn)).order_by("pk")
