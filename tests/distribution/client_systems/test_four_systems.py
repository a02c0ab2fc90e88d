"""The four systems of `samples/client-systems.md`, each served by a rule made only in the editor."""

from typing import Any

import pytest

from distribution.models import Attempt, Exchange, FrozenRequest
from distribution.queries import attempts_of_routing
from tests.distribution.client_systems import instructions as by
from tests.distribution.client_systems.conftest import Editor, errors, give
from tests.distribution.engine.loops import transmitting, until_closed
from tests.factories import ClientFactory, SourceFactory
from tests.receivers import receiving, systems

pytestmark = pytest.mark.django_db
IN_THE_LOOP = pytest.mark.django_db(transaction=True)

SYSTEMS: dict[str, tuple[str, list[dict[str, str]], dict[str, str], str]] = {
    "college": ("college/v1/lead", by.COLLEGE_ROWS, by.COLLEGE, "OK"),
    "crm": ("crm/api/leads", by.CRM_ROWS, by.CRM, "8812"),
    "call centre": ("call-centre/add.asp", by.CALL_CENTRE_ROWS, by.CALL_CENTRE, "נקלט בהצלחה"),
    "insurance": ("insurance/2026-11-25T10:00/AddLead", by.INSURANCE_ROWS, by.INSURANCE, "<Code>0</Code>"),
}
SECRETS = (systems.COLLEGE_SECRET, systems.CRM_TOKEN, systems.INSURANCE_PASSWORD)
LEADS = [
    {"name": "נועה בן־דוד", "phone": "050-123-4567", "phone_normalized": "+972501234567", "city": "חיפה"},
    {
        "name": 'ד"ר יוסי <כהן> & בניו',
        "phone": "+972 3 555 6677",
        "phone_normalized": "+97235556677",
        "city": "אילת",
        "email": "",
        "notes": "שורה\r\nשנייה ]]> סוף {{rid}}",
        "consent": True,
        "data": {"interest": "סיעוד & רפואה"},
    },
]


def stored_everywhere() -> str:
    """Give everything of requests and answers that was kept, as one text."""
    rows: list[Any] = [*FrozenRequest.objects.values_list(), *Exchange.objects.values_list()]
    return repr([[bytes(value) if isinstance(value, memoryview) else value for value in row] for row in rows])


@IN_THE_LOOP
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_takes_leads_by_a_rule_made_in_the_editor(editor: Editor, system: str) -> None:
    path, rows, fields, _success = SYSTEMS[system]
    with receiving() as receiver, transmitting():
        rule = editor.make(rows, url=receiver.url(path), **fields)
        source = SourceFactory(name="פייסבוק")
        deliveries = [give(rule, source=source, **lead) for lead in LEADS]
        until_closed()
    for delivery in deliveries:
        delivery.refresh_from_db()
        assert (delivery.state, delivery.outcome_code) == ("accepted", "accepted_by_rule"), delivery.outcome_detail
        assert delivery.routing.client_reference == ("8812" if system == "crm" else "")
        assert Attempt.objects.get(delivery=delivery).status_code in {200, 201}
    kept = stored_everywhere()
    assert not [secret for secret in SECRETS if secret in kept]


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_editor_shows_the_request_readable_and_with_secrets_masked(editor: Editor, system: str) -> None:
    path, rows, fields, _success = SYSTEMS[system]
    shown = editor.preview(rows, url=f"https://crm.example.co.il/{path}", **fields)
    assert "נועה בן־דוד" in shown or "נועה" in shown
    assert not [secret for secret in SECRETS if secret in shown]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_test_send_says_what_the_system_said(editor: Editor, system: str) -> None:
    path, rows, fields, success = SYSTEMS[system]
    with receiving() as receiver:
        rule = editor.make(rows, url=receiver.url(path), **fields)
        page = editor.client.post(f"/admin/distribution/rule/{rule.pk}/test/", follow=True).content.decode()
    assert success.replace("<", "&lt;").replace(">", "&gt;") in page
    assert not [secret for secret in SECRETS if secret in page]


def test_what_is_stored_of_a_rule_comes_back_into_its_editor_and_secrets_do_not(editor: Editor) -> None:
    for system, (path, rows, fields, _success) in SYSTEMS.items():
        user = ClientFactory()
        rule = editor.make(rows, user=user, url=f"https://crm.example.co.il/{path}", **fields)
        page = editor.client.get(f"/admin/distribution/rule/{rule.pk}/change/").content.decode()
        assert all(f'value="{row["name"]}"' in page for row in rows), system
        assert not [secret for secret in SECRETS if secret in page]
        before = rule.live_version
        kept = [{name: value for name, value in row.items() if name != "secret"} for row in rows]
        again = editor.post(
            f"/admin/distribution/rule/{rule.pk}/change/",
            kept,
            url=f"https://crm.example.co.il/{path}",
            **{name: value for name, value in fields.items() if name != "auth_secret"},
        )
        assert again.status_code == 302, errors(again)
        rule.refresh_from_db()
        assert rule.draft_version is None, "saving what is live made a draft of its own"
        assert rule.live_version == before


@IN_THE_LOOP
@pytest.mark.parametrize(
    ("system", "name", "change", "reason"),
    [
        ("college", "mobilephone", {"transform": ""}, "mobilephone"),
        ("crm", "project", {"json_type": "", "value_table": ""}, "must be a number"),
        ("call centre", "t", {"date_format": "YYYY-MM-DD"}, "שגיאה"),
        ("insurance", "phone", {"source": "lead.city"}, "Phone"),
    ],
)
def test_a_refusal_is_seen_although_the_status_may_be_200_and_staff_read_why(
    editor: Editor, system: str, name: str, change: dict[str, str], reason: str
) -> None:
    path, rows, fields, _success = SYSTEMS[system]
    changed = [row | change if row["name"] == name else row for row in rows]
    with receiving() as receiver, transmitting():
        rule = editor.make(changed, url=receiver.url(path), **fields)
        delivery = give(rule, source=SourceFactory(name="פייסבוק"))
        until_closed()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.outcome_code) == ("refused", "refused_by_rule")
    assert reason in delivery.outcome_detail


@IN_THE_LOOP
@pytest.mark.parametrize(("system", "reason"), [("college", "duplicate"), ("crm", "exists")])
def test_the_same_person_again_is_refused_with_the_systems_reason(editor: Editor, system: str, reason: str) -> None:
    path, rows, fields, _success = SYSTEMS[system]
    source = SourceFactory(name="פייסבוק")
    with receiving() as receiver, transmitting():
        rule = editor.make(rows, url=receiver.url(path), **fields)
        give(rule, source=source)
        until_closed()
        again = give(rule, source=source)
        until_closed()
    again.refresh_from_db()
    assert (again.state, again.outcome_detail) == ("refused", reason)


def test_the_card_names_the_routing_id_as_the_client_finds_it(editor: Editor) -> None:
    rule = editor.make(by.INSURANCE_ROWS, url="https://crm.example.co.il/AddLead", **by.INSURANCE)
    page = editor.client.get(f"/admin/accounts/user/{rule.client_id}/tab/rules/").content.decode()
    assert '<code class="badge" dir="ltr">ExternalId</code>' in page


@IN_THE_LOOP
def test_outside_office_hours_the_delivery_waits(editor: Editor) -> None:
    with receiving() as receiver, transmitting(backoff_s=[3600.0]):
        rule = editor.make(by.INSURANCE_ROWS, url=receiver.url("insurance/2026-11-27T10:00/AddLead"), **by.INSURANCE)
        delivery = give(rule)
        receiver.wait_for(1)
    delivery.refresh_from_db()
    assert delivery.state == "waiting"
    assert len(attempts_of_routing(delivery.routing_id)) == 1
