"""The tab that tells who did what about a client."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import generate_api_key
from distribution.choices import AlarmKind, PauseReason, RuleEventKind
from distribution.models import Alarm, Rule, RuleEvent
from feedback.choices import KitWay
from feedback.queries import activity
from feedback.services.kit import hand_over_file
from tests.factories import ClientFactory, StaffFactory, active_rule

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def url(client: User, query: str = "") -> str:
    return reverse("admin:accounts_user_tab", args=[client.pk, "activity"]) + query


def log(subject: User | Rule, by: User, said: str, days_ago: float) -> None:
    entry = LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(type(subject)),
        object_id=str(subject.pk),
        object_repr=str(subject),
        action_flag=CHANGE,
        change_message=said,
    )
    LogEntry.objects.filter(pk=entry.pk).update(action_time=NOW - timedelta(days=days_ago))


def test_it_tells_what_was_done_and_what_happened_newest_first(client: Client) -> None:
    staff = StaffFactory(name="Rina")
    client.force_login(staff)
    rule = active_rule(name="CRM")
    other = ClientFactory()
    generate_api_key(client=rule.client, by=staff, now=NOW)
    hand_over_file(client=rule.client, way=KitWay.PDF, language="he", by=staff, now=NOW - timedelta(days=1))
    log(rule, staff, "resumed", 2)
    RuleEvent.objects.create(
        rule=rule, at=NOW - timedelta(days=3), kind=RuleEventKind.PAUSED, reason=next(iter(PauseReason))
    )
    Alarm.objects.create(
        kind=AlarmKind.CLIENT_WITHOUT_LEADS, subject_id=rule.client_id, opened_at=NOW - timedelta(days=4)
    )
    log(other, staff, "not about this client", 1)

    page = client.get(url(rule.client))

    acts = [(act.who and act.who.name, act.about) for act in page.context["page"].acts]
    assert acts == [("Rina", ""), ("Rina", ""), ("Rina", "CRM"), (None, "CRM"), (None, "")]
    body = page.content.decode()
    assert "lm_" in body
    assert "not about this client" not in body


def test_it_is_paged_without_loss_at_a_constant_price(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    staff = StaffFactory()
    client.force_login(staff)
    subject = ClientFactory()
    monkeypatch.setattr(activity, "PAGE_SIZE", 3)
    for number in range(8):
        log(subject, staff, f"act {number}", number // 2)
    seen: list[str] = []
    query = ""
    counts = set()
    while True:
        with CaptureQueriesContext(connection) as captured:
            context = client.get(url(subject, query)).context
        counts.add(len(captured))
        seen += [act.what for act in context["page"].acts]
        if not context["older_query"]:
            break
        query = f"?{context['older_query']}"
    assert sorted(seen) == [f"act {number}" for number in range(8)]
    assert len(counts) <= 2, "the first page may fill caches of content types"


@pytest.mark.parametrize("before", ["nonsense", "2026-13-45", "2026-01-01T00:00:00", "%00"])
def test_a_wrong_address_shows_the_newest(client: Client, before: str) -> None:
    client.force_login(StaffFactory())
    assert client.get(url(ClientFactory(), f"?before={before}")).status_code == 200
