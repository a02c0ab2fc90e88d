"""Rules that choose, a source, and leads that come in from it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from distribution.models import CapTally, Lead, MatchReport, Rule, Source
from distribution.queries import clock
from distribution.rules.payloads import posting_of_json
from distribution.rules.selection import Selection
from distribution.services import intake
from tests.factories import SourceFactory, active_rule

TakeIn = Callable[..., list[Lead]]


def choosing_rule(selection: Selection | None = None, **fields: Any) -> Rule:
    """Give an active rule that takes leads by this selection, as saving makes it."""
    rule = active_rule(**fields)
    stored = selection.as_json() if selection else {}
    revision = int(clock.database_now().timestamp() * 1_000_000) if stored else 0
    Rule.objects.filter(pk=rule.pk).update(selection=stored, selection_revision=revision)
    rule.refresh_from_db()
    return rule


def said(lead: Lead) -> dict[int, str]:
    """Give {rule id: code} of what is kept about a lead."""
    report = MatchReport.objects.filter(lead=lead).first()
    return {entry["rule"]: entry["code"] for entry in report.verdicts} if report else {}


def taken(rule: Rule, period: str) -> int:
    """Give how many leads a rule's tally counts in all its kept periods of a kind."""
    return sum(CapTally.objects.get(rule=rule).counts.get(period, {}).values())


@pytest.fixture
def source(db: None) -> Source:
    """A source whose token is known."""
    return SourceFactory(token="intake-token")


@pytest.fixture
def take_in(source: Source) -> TakeIn:
    """Take leads in through the service that every door uses; gives them in the order they were posted."""

    def posted(*bodies: dict[str, Any]) -> list[Lead]:
        found = intake.source_of_token("intake-token")
        postings = [posting_of_json(body) for body in bodies]
        outcomes = intake.take_postings(postings, source=found, now=timezone.now())
        leads = Lead.objects.in_bulk([outcome.lead_id or 0 for outcome in outcomes])
        return [leads[outcome.lead_id or 0] for outcome in outcomes]

    return posted


@pytest.fixture
def clock_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Let matching take the database's clock to show a moment."""

    def show(moment: datetime) -> None:
        monkeypatch.setattr(clock, "database_now", lambda: moment)

    return show


def hours_around(moment: datetime, *, is_open: bool) -> tuple[tuple[int, int], ...]:
    """Give spans of the week by UTC of which a moment lies inside, or ends an hour before."""
    local = moment if is_open else moment - timedelta(hours=2)
    start = (local.isoweekday() % 7) * 1440 + local.hour * 60
    return ((start, start + 60),)
