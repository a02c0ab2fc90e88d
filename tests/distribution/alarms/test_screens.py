"""The alarms' screens: what they show, who may do what, at a constant price."""

from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from distribution.choices import AlarmKind
from distribution.models import Alarm, AlarmSetting, AlarmSubscription
from tests.factories import ClientFactory, SourceFactory, StaffFactory, active_rule

pytestmark = pytest.mark.django_db

LIST = reverse("admin:distribution_alarm_changelist")
MINE = reverse("admin:distribution_alarm_mine")
SETTINGS = reverse("admin:distribution_alarm_settings")
OWN = reverse("admin:distribution_alarm_own")

FACTS = {
    AlarmKind.RULE_PAUSED: {"since": "2026-11-25T10:00:00+00:00", "outcome": "gone", "is_probed": True, "waiting": 2},
    AlarmKind.NOT_DELIVERED: {"count": 3, "since": "2026-11-25T10:00:00+00:00"},
    AlarmKind.REFUSED: {"count": 12, "since": "2026-11-25T10:00:00+00:00"},
    AlarmKind.CAP_REACHED: {"period": "day", "limit": 5},
    AlarmKind.QUEUE_OLD: {"count": 3, "since": "2026-11-25T10:00:00+00:00", "rules": ["CRM"]},
    AlarmKind.SOURCE_SILENT: {"since": None},
    AlarmKind.CLIENT_WITHOUT_LEADS: {"since": "2026-11-25T10:00:00+00:00"},
    AlarmKind.CLIENT_WITHOUT_FEEDBACK: {"since": None, "waiting": 4},
}


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(StaffFactory(language="en"))
    return client


def one_of_each() -> None:
    rule, source = active_rule(), SourceFactory()
    subjects = {"source_silent": source.pk, "client_no_leads": rule.client_id, "client_no_feedback": rule.client_id}
    for kind in AlarmKind:
        facts = FACTS[kind] | {"client": rule.client_id}
        Alarm.objects.create(kind=kind, subject_id=subjects.get(kind, rule.pk), subject_name="<b>", facts=facts)


@pytest.mark.parametrize("language", ["he", "en"])
def test_every_kind_says_what_to_do_and_leads_to_where_it_is_done(client: Client, language: str) -> None:
    client.force_login(StaffFactory(language=language))
    one_of_each()
    page = client.get(LIST)
    text = unescape(page.content.decode())
    assert "<b></bdi>" in text
    assert "&lt;b&gt;" in page.content.decode()
    for alarm in page.context["alarms"]:
        with translation.override(language):
            assert str(alarm.advice) in text
        assert client.get(alarm.act_path).status_code == 200
    assert client.get(reverse("admin:index")).status_code == 200


def test_the_list_costs_the_same_for_one_alarm_and_for_many(staff: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            staff.get(LIST)
        return len(captured)

    queries()
    few = queries()
    one_of_each()
    assert queries() == few


def test_the_bell_counts_what_nobody_sees_to(staff: Client) -> None:
    assert "No open alarms" in staff.get(LIST).content.decode()
    one_of_each()
    alarm = Alarm.objects.first()
    assert alarm is not None
    answer = staff.post(reverse("admin:distribution_alarm_acknowledge", args=[alarm.pk]), follow=True)
    assert "7 open alarms" in answer.content.decode()
    assert "being seen to" in answer.content.decode()


def test_who_may_only_see_may_not_see_to_it(client: Client) -> None:
    seer = StaffFactory(is_superuser=False)
    seer.user_permissions.add(Permission.objects.get(codename="view_alarm"))
    client.force_login(seer)
    one_of_each()
    assert client.get(LIST).status_code == 200
    assert client.get(MINE).status_code == 200
    alarm = Alarm.objects.first()
    assert alarm is not None
    assert client.post(reverse("admin:distribution_alarm_acknowledge", args=[alarm.pk])).status_code == 403
    assert client.get(SETTINGS).status_code == 403
    assert client.post(OWN, {}).status_code == 403
    client.force_login(StaffFactory(is_superuser=False))
    assert [client.get(url).status_code for url in (LIST, MINE)] == [403, 403]


def test_what_is_over_stays_to_be_read(staff: Client) -> None:
    one_of_each()
    Alarm.objects.update(closed_at=timezone.now() + timedelta(seconds=1))
    page = staff.get(LIST)
    assert page.context["alarms"] == []
    assert len(page.context["past"]) == len(AlarmKind)


def test_staff_choose_what_comes_to_them_by_mail(staff: Client) -> None:
    first = staff.get(MINE)
    assert first.context["form"].initial["kinds"] == list(AlarmKind.values)
    assert "has no e-mail address" in first.content.decode()
    staff.post(MINE, {"kinds": ["queue_old"]})
    assert AlarmSubscription.objects.get().kinds == ["queue_old"]
    staff.post(MINE, {})
    assert AlarmSubscription.objects.get().kinds == []
    assert staff.post(MINE, {"kinds": ["nonsense"]}).status_code == 200


def settings_data(**changes: str) -> dict[str, str]:
    data = {
        f"{kind}-{name}": value for kind in AlarmKind for name, value in (("is_on", "on"), ("remind_after_h", "24"))
    }
    return data | {"not_delivered-value": "1", "refused-value": "10", "queue_old-value": "15"} | changes


def test_thresholds_are_set_on_a_screen(staff: Client) -> None:
    assert staff.get(SETTINGS).status_code == 200
    staff.post(SETTINGS, settings_data(**{"queue_old-value": "30", "source_silent-value": "48"}))
    found = dict(AlarmSetting.objects.values_list("kind", "threshold"))
    assert (found["queue_old"], found["source_silent"], found["client_no_leads"]) == (30, 48, None)
    bad = staff.post(SETTINGS, settings_data(**{"queue_old-value": "", "refused-value": "0"}))
    assert bad.status_code == 200
    assert dict(AlarmSetting.objects.values_list("kind", "threshold")) == found


def test_one_source_gets_a_threshold_of_its_own_and_loses_it(staff: Client) -> None:
    source, ours = SourceFactory(), ClientFactory()
    staff.post(OWN, {"subject": f"source_silent:{source.pk}", "is_on": "on", "value": "6"})
    staff.post(OWN, {"subject": f"client_no_feedback:{ours.pk}", "value": ""})
    rows = {(row.kind, row.subject_id): (row.is_on, row.threshold) for row in AlarmSetting.objects.all()}
    assert rows == {("source_silent", source.pk): (True, 6), ("client_no_feedback", ours.pk): (False, None)}
    page = staff.get(SETTINGS).content.decode()
    assert "6 hours" in page
    assert "not watched" in page
    for row in AlarmSetting.objects.all():
        staff.post(OWN, {"remove": str(row.pk)})
    assert not AlarmSetting.objects.exists()
    for wrong in ({"subject": "source_silent:999"}, {"subject": "x"}, {"remove": "9" * 40}, {}):
        assert staff.post(OWN, wrong, follow=True).status_code == 200
    assert not AlarmSetting.objects.exists()
